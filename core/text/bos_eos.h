// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <filesystem>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "core/text/hf_tokenizer.h"

namespace variometer {

/// What lies beside a tokenizer and says how it is used: tokenizer_config.json, special_tokens_map.json and, in old
/// folders, added_tokens.json. A file that is not there is an empty object.
struct TokenizerConfig {
  nlohmann::json config = nlohmann::json::object();
  nlohmann::json special_tokens = nlohmann::json::object();
  nlohmann::json added_tokens = nlohmann::json::object();  ///< text and id
  bool has_config = false, has_special_tokens = false;
  /// Hugging Face's class without "Fast": the one named, else the one of config.json's model_type. Empty: not known
  /// here.
  std::string tokenizer_class;

  /// The text of a special token ("bos_token" ...): what the files say, a null too; else what the class has.
  std::optional<std::string> special_token(const char* key) const;
};
/// Throws Error(file) for a file that is no JSON object.
TokenizerConfig read_tokenizer_config(const std::filesystem::path& folder);

/// The text of a special token ("bos_token" ...) in a config: a text or an object with `content`.
std::optional<std::string> special_token(const nlohmann::json& config, const char* key);

/// What the class has for a special token where no file says anything. Nothing: none, or a class not known here.
std::optional<std::string> class_special_token(const std::string& tokenizer_class, const char* key);

/// Sets the tokenizer's BOS and EOS. tokenizer_config.json decides (a null there means there is none), else
/// special_tokens_map.json; without either, what the post-processor puts around a text, else the ids in
/// generation_config.json or config.json, else what the tokenizer's class has. Also the tokens that end a text
/// (HfTokenizer::ends). Returns warnings: files that cannot be read, tokens that do not exist.
std::vector<std::string> resolve_bos_eos(const std::filesystem::path& folder, HfTokenizer& tokenizer);

}  // namespace variometer
