// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/text/vocabulary_files.h"

#include <algorithm>
#include <set>

#include "core/base/error.h"
#include "core/text/gguf_tokenizer.h"

namespace variometer {
namespace {

using nlohmann::json;

constexpr const char* kSpecialKeys[] = {"bos_token", "eos_token", "unk_token", "sep_token",
                                        "pad_token", "cls_token", "mask_token"};

std::int32_t id_of(const TokenizerJson& description, const std::string& token) {
  const auto found = std::ranges::find(description.vocab, token, &std::pair<std::string, std::int32_t>::first);
  if (found == description.vocab.end()) {
    throw file_error("special token " + token.substr(0, 40) + " is not in the vocabulary");
  }
  return found->second;
}

}  // namespace

TokenizerJson json_from_vocabulary(std::string_view text) {
  // Read as the vocabulary of a model, so that the same checks apply.
  std::string whole = R"({"model": {"type": "BPE", "vocab": )";
  whole += text;
  whole += "}}";
  auto description = parse_tokenizer_json(whole);
  if (description.vocab.empty()) throw file_error("no map of tokens to ids; the file is damaged");
  return description;
}

void add_merges_text(TokenizerJson& description, std::string_view text) {
  std::size_t number = 0;
  while (true) {
    const std::size_t end = text.find('\n');
    if (end == std::string_view::npos) return;  // what follows the last line end is not read
    const std::string_view line = text.substr(0, end);
    text.remove_prefix(end + 1);
    if (++number == 1) continue;
    constexpr std::string_view kSpaces = " \t\r\v\f";
    std::vector<std::string> parts;
    for (std::size_t at = line.find_first_not_of(kSpaces); at != std::string_view::npos;) {
      const std::size_t stop = std::min(line.find_first_of(kSpaces, at), line.size());
      parts.emplace_back(line.substr(at, stop - at));
      at = line.find_first_not_of(kSpaces, stop);
    }
    if (parts.size() != 2)
      throw file_error("line " + std::to_string(number) + " is not two pieces with a space between");
    description.merges.emplace_back(std::move(parts[0]), std::move(parts[1]));
  }
}

json added_tokens_of(const TokenizerConfig& config) {
  std::vector<std::string> named;
  for (const char* key : kSpecialKeys) {
    if (auto token = config.special_token(key)) named.push_back(std::move(*token));
  }
  json list = json::array();
  std::set<std::string> seen;
  const auto add = [&](json token, bool special) {
    if (!token.is_object() || !token.contains("content") || !token["content"].is_string()) return;
    const auto content = token["content"].get<std::string>();
    if (content.empty() || !seen.insert(content).second) return;
    if (special || std::ranges::find(named, content) != named.end()) token["special"] = true;
    token.erase("id");
    list.push_back(std::move(token));
  };
  // By id, as they were added.
  std::vector<std::pair<std::uint64_t, json>> ordered;
  if (const json* decoder = json_find(config.config, "added_tokens_decoder");
      decoder != nullptr && decoder->is_object()) {
    for (const auto& [key, token] : decoder->items()) {  // the keys are numbers in text
      if (key.empty() || key.size() > 10 || key.find_first_not_of("0123456789") != std::string::npos) continue;
      ordered.emplace_back(std::stoull(key), token);
    }
  } else {
    for (const auto& [content, id] : config.added_tokens.items()) {
      if (id.is_number_unsigned()) ordered.emplace_back(id.get<std::uint64_t>(), json{{"content", content}});
    }
  }
  std::ranges::stable_sort(ordered, {}, &std::pair<std::uint64_t, json>::first);
  for (auto& [id, token] : ordered) add(std::move(token), false);
  const auto add_special = [&](const json& token) {
    add(token.is_string() ? json{{"content", token}, {"normalized", false}} : token, true);
  };
  for (const char* key : kSpecialKeys) {
    const auto* file = config.config.contains(key) ? &config.config : &config.special_tokens;
    if (const json* token = json_find(*file, key)) {
      add_special(*token);
    } else if (const auto usual = config.special_token(key)) {
      add_special(json(*usual));
    }
  }
  for (const auto* file : {&config.config, &config.special_tokens}) {
    for (const char* key : {"additional_special_tokens", "extra_special_tokens"}) {
      const json* tokens = json_find(*file, key);
      if (tokens == nullptr || !tokens->is_array()) continue;
      for (const auto& token : *tokens) add_special(token);
    }
  }
  return list;
}

json template_around(const TokenizerJson& description, const std::string& before, const std::string& behind) {
  json single = json::array();
  json tokens = json::object();
  const auto add = [&](const std::string& token) {
    if (token.empty()) return;
    single.push_back({{"SpecialToken", {{"id", token}, {"type_id", 0}}}});
    tokens[token] = {{"id", token}, {"ids", json::array({id_of(description, token)})}, {"tokens", {token}}};
  };
  add(before);
  single.push_back({{"Sequence", {{"id", "A"}, {"type_id", 0}}}});
  add(behind);
  json pair = single;
  pair.push_back({{"Sequence", {{"id", "B"}, {"type_id", 1}}}});
  return {{"type", "TemplateProcessing"}, {"single", single}, {"pair", pair}, {"special_tokens", tokens}};
}

void describe_byte_level(TokenizerJson& description, const TokenizerConfig& config) {
  const bool prefix_space = json_flag(config.config, "add_prefix_space", false);
  const json byte_level{{"type", "ByteLevel"}, {"add_prefix_space", prefix_space}, {"use_regex", true}};
  if (config.tokenizer_class == "Qwen2Tokenizer") {
    describe_cutting("qwen2", description);
  } else {
    if (config.tokenizer_class == "GPTNeoXTokenizer") description.rest["normalizer"] = {{"type", "NFC"}};
    description.rest["pre_tokenizer"] = byte_level;
  }
  description.rest["decoder"] = byte_level;
  description.rest["added_tokens"] = added_tokens_of(config);
  const auto bos = config.special_token("bos_token");
  if (bos && json_flag(config.config, "add_bos_token", false)) {
    description.rest["post_processor"] = template_around(description, *bos, "");
  }
}

}  // namespace variometer
