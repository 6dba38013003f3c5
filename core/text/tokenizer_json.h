// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace variometer {

/// The content of a tokenizer.json. The long lists (vocabularies of a quarter of a million tokens) are kept flat, all
/// else as JSON. Other kinds of tokenizer files are turned into one of these.
struct TokenizerJson {
  nlohmann::json rest = nlohmann::json::object();
  std::vector<std::pair<std::string, std::int32_t>> vocab;  ///< model.vocab as an object: token and id
  std::vector<std::pair<std::string, double>> pieces;       ///< model.vocab as a list: piece and score, id = place
  std::vector<std::pair<std::string, std::string>> merges;  ///< model.merges, by rank
};

/// Reads it; every number and every level of nesting is checked. Throws Error(file) without a file name.
TokenizerJson parse_tokenizer_json(std::string_view text);

/// Writes it as a file that Hugging Face `tokenizers` reads: what it wants said is said, defaults included.
std::string tokenizer_json_text(const TokenizerJson& description);

/// "left right" of a line of merges. Throws Error(file); `number` counts from 1.
std::pair<std::string, std::string> split_merge(std::string_view line, std::size_t number);

/// A member of an object, or what stands for it where it is absent or null. A wrong type throws Error(file).
bool json_flag(const nlohmann::json& object, const char* key, bool otherwise);
std::string json_text(const nlohmann::json& object, const char* key, const std::string& otherwise);
std::string json_text(const nlohmann::json& object, const char* key);  ///< must be there
std::int32_t json_id(const nlohmann::json& value, const char* what);
/// Null where absent.
const nlohmann::json* json_find(const nlohmann::json& object, const char* key);

}  // namespace variometer
