// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

namespace variometer {

/// A text or a regular expression to look for, as `tokenizers` does: Oniguruma, UTF-8, leftmost, not overlapping.
/// \p{L} and \p{N} hold what Unicode 16 has, whatever the library's age. Immutable; shared by threads.
class Pattern {
 public:
  static Pattern literal(std::string text);
  /// Throws Error(file) where `expression` is none.
  static Pattern expression(const std::string& expression);

  /// Calls `found` with begin and end of every match, in order. `text` is well-formed UTF-8. Throws Error(file) where a
  /// search takes unreasonably long.
  void for_each_match(std::string_view text, const std::function<void(std::size_t, std::size_t)>& found) const;

  /// Is there something written by hand for it? Then it is searched without a regular expression.
  bool by_hand() const { return by_hand_ != nullptr; }

 private:
  using Scan = std::size_t (*)(std::string_view text, std::size_t begin);

  std::string text_;             ///< a literal that is not empty
  std::shared_ptr<void> regex_;  ///< or an Oniguruma regex
  Scan by_hand_ = nullptr;  ///< or the end of the match that begins at a place, for expressions that match everywhere
};

/// \p{L} and \p{N} of `expression` with the characters that have come since Unicode 14. Public for tests.
std::string with_newer_characters(std::string_view expression);

}  // namespace variometer
