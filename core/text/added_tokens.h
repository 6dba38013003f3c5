// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <map>
#include <nlohmann/json.hpp>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "core/text/normalizer.h"
#include "core/text/prefix_finder.h"
#include "core/text/token_model.h"

namespace variometer {

struct AddedToken {
  std::string content;
  bool single_word = false;  ///< not inside a word
  bool strip_left = false;   ///< takes white space before it along
  bool strip_right = false;
  bool normalized = true;  ///< looked for after normalisation, itself normalised
  bool special = false;    ///< left out when decoding
};

/// Tokens that are cut out of a text before anything else is done to it. Fill it, then share it between threads.
class AddedTokens {
 public:
  /// The `added_tokens` of a tokenizer.json. Ids are those of the vocabulary, else counted on from its end; the file's
  /// own are only compared. Throws Error(file). Returns warnings.
  std::vector<std::string> add(const nlohmann::json& list, const TokenModel& model, const Normalizer& normalizer);

  /// A part of a text: an added token, or text between (id -1).
  struct Part {
    std::string_view text;
    std::int32_t id = -1;
  };
  /// Cuts the tokens that are looked for before (after) normalisation out of `text`: the leftmost first, of those the
  /// longest. Parts may be empty.
  std::vector<Part> find(std::string_view text, bool normalized) const;

  std::int32_t id_of(std::string_view content) const;
  /// What decoding takes for that id, or null where it is no added token.
  const std::string* text_of(std::int32_t id) const;
  bool is_special(const std::string& token) const { return special_.contains(token); }
  std::int32_t largest_id() const;

 private:
  static AddedToken read(const nlohmann::json& description);

  std::map<std::string, std::int32_t, std::less<>> ids_;
  std::unordered_map<std::int32_t, AddedToken> tokens_;
  std::unordered_map<std::int32_t, std::string> normalized_texts_;  ///< where normalisation changes the content
  std::set<std::string> special_;
  PrefixFinder raw_, normalized_;
};

}  // namespace variometer
