// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <nlohmann/json.hpp>
#include <optional>
#include <vector>

namespace variometer {

/// The `post_processor` of a tokenizer.json: special tokens around the tokens of one text. Immutable.
class PostProcessor {
 public:
  PostProcessor() = default;
  /// Throws Error(file) for a component that is unknown or has wrong settings. `description` may be null.
  explicit PostProcessor(const nlohmann::json& description);

  std::vector<std::int32_t> apply(std::vector<std::int32_t> ids) const;

  /// What stands before and behind the text, where it is one token at the very end of it.
  std::optional<std::int32_t> first() const;
  std::optional<std::int32_t> last() const;

 private:
  /// Special tokens, or (where it is empty) the tokens so far.
  using Part = std::vector<std::int32_t>;
  using Template = std::vector<Part>;
  void add(const nlohmann::json& description, int depth);
  static Template read_template(const nlohmann::json& description);

  std::vector<Template> steps_;
};

}  // namespace variometer
