// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/text/bos_eos.h"

#include "core/base/error.h"
#include "core/text/text_file.h"

namespace variometer {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

constexpr std::uintmax_t kLargest = std::uintmax_t{64} << 20U;

/// An object, or nothing where the file is not there.
std::optional<json> read_object(const fs::path& path) {
  if (!fs::exists(path)) return std::nullopt;
  const std::string text = read_whole_file(path, kLargest);
  try {
    auto content = parse_tokenizer_json(text).rest;
    return content;
  } catch (const Error& error) {
    throw file_error(path.string() + ": " + error.what());
  }
}

/// A token id under `key`; the first of several.
std::optional<std::int32_t> id_in(const json& config, const char* key, std::int64_t vocab_size) {
  const json* value = json_find(config, key);
  if (value != nullptr && value->is_array() && !value->empty()) value = &value->front();
  if (value == nullptr || !value->is_number_unsigned()) return std::nullopt;
  const auto id = value->get<std::uint64_t>();
  if (id >= static_cast<std::uint64_t>(vocab_size)) return std::nullopt;
  return static_cast<std::int32_t>(id);
}

struct Sources {
  TokenizerConfig files;
  json generation = json::object(), model = json::object();
};

std::optional<std::int32_t> resolve(const Sources& sources, const HfTokenizer& tokenizer, const std::string& name,
                                    std::optional<std::int32_t> by_post_processor, std::vector<std::string>& warnings) {
  const std::string key = name + "_token";
  const auto& config = sources.files.config;
  const auto& map = sources.files.special_tokens;
  if (config.contains(key) || map.contains(key)) {
    const auto text = special_token(config.contains(key) ? config : map, key.c_str());
    if (!text) return std::nullopt;
    const auto id = tokenizer.find(*text);
    if (!id) warnings.push_back(key + " " + text->substr(0, 40) + " is not in the tokenizer's vocabulary; ignored");
    return id;
  }
  if (by_post_processor) return by_post_processor;
  if (sources.files.has_config) return std::nullopt;
  const std::string id_key = name + "_token_id";
  const auto id = id_in(sources.generation, id_key.c_str(), tokenizer.vocab_size());
  return id ? id : id_in(sources.model, id_key.c_str(), tokenizer.vocab_size());
}

}  // namespace

TokenizerConfig read_tokenizer_config(const fs::path& folder) {
  TokenizerConfig result;
  if (auto config = read_object(folder / "tokenizer_config.json")) {
    result.config = std::move(*config);
    result.has_config = true;
  }
  if (auto map = read_object(folder / "special_tokens_map.json")) {
    result.special_tokens = std::move(*map);
    result.has_special_tokens = true;
  }
  return result;
}

std::optional<std::string> special_token(const json& config, const char* key) {
  const json* value = json_find(config, key);
  if (value != nullptr && value->is_object()) value = json_find(*value, "content");
  if (value == nullptr || !value->is_string()) return std::nullopt;
  return value->get<std::string>();
}

std::vector<std::string> resolve_bos_eos(const fs::path& folder, HfTokenizer& tokenizer) {
  std::vector<std::string> warnings;
  Sources sources;
  const auto read = [&](auto reader) {
    try {
      reader();
    } catch (const Error& error) {
      warnings.push_back(std::string(error.what()) + "; BOS and EOS are taken from elsewhere");
    }
  };
  read([&] { sources.files = read_tokenizer_config(folder); });
  read([&] { sources.generation = read_object(folder / "generation_config.json").value_or(json::object()); });
  read([&] {
    sources.model = read_object(folder / "config.json").value_or(json::object());
    if (const json* nested = json_find(sources.model, "text_config")) sources.model.update(*nested);
  });
  const auto& post_processor = tokenizer.post_processor();
  const auto bos = resolve(sources, tokenizer, "bos", post_processor.first(), warnings);
  const auto eos = resolve(sources, tokenizer, "eos", post_processor.last(), warnings);
  tokenizer.set_bos_eos(bos, eos);
  return warnings;
}

}  // namespace variometer
