// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/text/bos_eos.h"

#include <limits>

#include "core/base/error.h"
#include "core/base/python_json.h"
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
    constexpr int kDeepest = 64;
    auto content = parse_python_json(text, kDeepest);
    if (!content.is_object()) throw file_error("not a JSON object; the file is damaged");
    return content;
  } catch (const Error& error) {
    throw file_error(path.string() + ": " + error.what());
  }
}

/// The token ids under `key`, one or a list, that a vocabulary of that size has.
std::vector<std::int32_t> ids_in(const json& config, const char* key, std::int64_t vocab_size) {
  std::vector<std::int32_t> ids;
  const json* value = json_find(config, key);
  if (value == nullptr) return ids;
  const json list = value->is_array() ? *value : json::array({*value});
  for (const auto& id : list) {
    if (!id.is_number_unsigned() || id.get<std::uint64_t>() >= static_cast<std::uint64_t>(vocab_size)) continue;
    ids.push_back(id.get<std::int32_t>());
  }
  return ids;
}

/// The class AutoTokenizer takes for a model where no file names one.
std::string class_of(const std::string& model_type) {
  if (model_type == "gpt2" || model_type == "opt" || model_type == "phi") return "GPT2Tokenizer";
  if (model_type == "gpt_neox" || model_type == "olmo") return "GPTNeoXTokenizer";
  if (model_type == "qwen2" || model_type == "qwen3") return "Qwen2Tokenizer";
  return model_type.starts_with("gemma") ? "GemmaTokenizer" : "";
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
  const std::string id_key = name + "_token_id";
  const auto by_class = class_special_token(sources.files.tokenizer_class, key.c_str());
  const auto default_id = by_class ? tokenizer.find(*by_class) : std::nullopt;
  if (sources.files.has_config) return default_id;
  auto ids = ids_in(sources.generation, id_key.c_str(), tokenizer.vocab_size());
  if (ids.empty()) ids = ids_in(sources.model, id_key.c_str(), tokenizer.vocab_size());
  return ids.empty() ? default_id : std::optional(ids.front());
}

}  // namespace

std::optional<std::string> class_special_token(const std::string& tokenizer_class, const char* key) {
  struct Default {
    const char* tokenizer_class;
    const char* key;
    const char* token;
  };
  static constexpr Default kDefaults[] = {{"GPT2Tokenizer", "bos_token", "<|endoftext|>"},
                                          {"GPT2Tokenizer", "eos_token", "<|endoftext|>"},
                                          {"GPT2Tokenizer", "unk_token", "<|endoftext|>"},
                                          {"CodeGenTokenizer", "bos_token", "<|endoftext|>"},
                                          {"CodeGenTokenizer", "eos_token", "<|endoftext|>"},
                                          {"CodeGenTokenizer", "unk_token", "<|endoftext|>"},
                                          {"GPTNeoXTokenizer", "bos_token", "<|endoftext|>"},
                                          {"GPTNeoXTokenizer", "eos_token", "<|endoftext|>"},
                                          {"GPTNeoXTokenizer", "unk_token", "<|endoftext|>"},
                                          {"GPTNeoXTokenizer", "pad_token", "<|padding|>"},
                                          {"Qwen2Tokenizer", "eos_token", "<|endoftext|>"},
                                          {"Qwen2Tokenizer", "unk_token", "<|endoftext|>"},
                                          {"Qwen2Tokenizer", "pad_token", "<|endoftext|>"},
                                          {"LlamaTokenizer", "bos_token", "<s>"},
                                          {"LlamaTokenizer", "eos_token", "</s>"},
                                          {"LlamaTokenizer", "unk_token", "<unk>"},
                                          {"GemmaTokenizer", "bos_token", "<bos>"},
                                          {"GemmaTokenizer", "eos_token", "<eos>"},
                                          {"GemmaTokenizer", "unk_token", "<unk>"},
                                          {"GemmaTokenizer", "pad_token", "<pad>"},
                                          {"GemmaTokenizer", "mask_token", "<mask>"}};
  for (const auto& each : kDefaults) {
    if (tokenizer_class == each.tokenizer_class && std::string_view(key) == each.key) return each.token;
  }
  return std::nullopt;
}

std::optional<std::string> TokenizerConfig::special_token(const char* key) const {
  for (const json* file : {&config, &special_tokens}) {
    if (file->contains(key)) return variometer::special_token(*file, key);
  }
  return class_special_token(tokenizer_class, key);
}

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
  result.added_tokens = read_object(folder / "added_tokens.json").value_or(json::object());
  if (const json* named = json_find(result.config, "tokenizer_class"); named != nullptr && named->is_string()) {
    result.tokenizer_class = named->get<std::string>();
    if (result.tokenizer_class.ends_with("Fast")) result.tokenizer_class.erase(result.tokenizer_class.size() - 4);
  } else {
    try {
      const auto model = read_object(folder / "config.json").value_or(json::object());
      const json* type = json_find(model, "model_type");
      if (type != nullptr && type->is_string()) result.tokenizer_class = class_of(type->get<std::string>());
    } catch (const Error&) {
      result.tokenizer_class.clear();  // a config.json that cannot be read is told of by whoever reads the model
    }
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
  // A text ends as transformers' generate ends it: where generation_config.json names the tokens, at those and no
  // others; else where config.json does.
  constexpr auto kAny = std::numeric_limits<std::int32_t>::max();  // the model may have more ids than its tokenizer
  auto ends = ids_in(sources.generation, "eos_token_id", kAny);
  if (ends.empty()) ends = ids_in(sources.model, "eos_token_id", kAny);
  tokenizer.set_bos_eos(bos, eos, std::move(ends));
  return warnings;
}

}  // namespace variometer
