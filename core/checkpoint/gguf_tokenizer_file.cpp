// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/checkpoint/gguf_tokenizer_file.h"

#include <limits>
#include <string>

#include "core/base/error.h"
#include "core/checkpoint/safetensors.h"
#include "core/text/gguf_tokenizer.h"

namespace variometer {
namespace {

std::optional<std::int32_t> id_of(const GgufFile& file, const char* key) {
  const auto id = file.integer(key);
  if (!id) return std::nullopt;
  // An id out of range is refused where the number of tokens is known; some files write -1 for none.
  if (*id < 0 || *id == std::numeric_limits<std::uint32_t>::max()) return std::nullopt;
  return *id > std::numeric_limits<std::int32_t>::max() ? std::numeric_limits<std::int32_t>::max()
                                                        : static_cast<std::int32_t>(*id);
}

std::vector<std::string> texts_of(const GgufFile& file, const char* key) {
  std::vector<std::string> texts;
  if (const auto views = file.texts(key)) texts.assign(views->begin(), views->end());
  return texts;
}

GgufTokenizer parts_of(const GgufFile& file) {
  GgufTokenizer parts;
  parts.huggingface_json = std::string(file.text("tokenizer.huggingface.json").value_or(""));
  parts.model = std::string(file.text("tokenizer.ggml.model").value_or(""));
  parts.pre = std::string(file.text("tokenizer.ggml.pre").value_or(""));
  parts.tokens = texts_of(file, "tokenizer.ggml.tokens");
  parts.merges = texts_of(file, "tokenizer.ggml.merges");
  if (const auto scores = file.numbers("tokenizer.ggml.scores")) {
    for (const double score : *scores) parts.scores.push_back(static_cast<float>(score));
  }
  if (const auto types = file.integers("tokenizer.ggml.token_type")) {
    for (const auto type : *types) {
      if (type < 1 || type > 6) throw file_error("tokenizer.ggml.token_type " + std::to_string(type) + " is unknown");
      parts.types.push_back(static_cast<std::int32_t>(type));
    }
  }
  parts.bos = id_of(file, "tokenizer.ggml.bos_token_id");
  parts.eos = id_of(file, "tokenizer.ggml.eos_token_id");
  parts.unknown = id_of(file, "tokenizer.ggml.unknown_token_id");
  parts.end_of_turn = id_of(file, "tokenizer.ggml.eot_token_id");
  parts.end_of_message = id_of(file, "tokenizer.ggml.eom_token_id");
  parts.add_bos = file.flag("tokenizer.ggml.add_bos_token");
  parts.add_eos = file.flag("tokenizer.ggml.add_eos_token");
  parts.add_space_prefix = file.flag("tokenizer.ggml.add_space_prefix");
  return parts;
}

/// Errors of the content get the name of the file in front.
template <class Make>
auto naming(const GgufFile& file, Make make) {
  const std::string path = file.path().string();
  try {
    return make();
  } catch (const Error& error) {
    const std::string what = error.what();
    throw Error(error.kind(), what.starts_with(path) ? what : path + ": " + what);
  }
}

}  // namespace

LoadedTokenizer load_gguf_tokenizer(const GgufFile& file) {
  return naming(file, [&] {
    auto tokenizer = tokenizer_from_gguf(parts_of(file));
    return LoadedTokenizer{tokenizer, tokenizer->warnings()};
  });
}

std::pair<LoadedTokenizer, std::string> load_gguf_tokenizer_with_json(const GgufFile& file) {
  return naming(file, [&] {
    const auto parts = parts_of(file);
    auto description = describe_gguf_tokenizer(parts);
    std::string json = parts.huggingface_json.empty() ? tokenizer_json_text(description) : parts.huggingface_json;
    auto tokenizer = tokenizer_from_gguf(parts, std::move(description));
    return std::pair(LoadedTokenizer{tokenizer, tokenizer->warnings()}, std::move(json));
  });
}

LoadedTokenizer load_any_tokenizer(const std::filesystem::path& path) {
  if (std::filesystem::is_directory(path) && has_tokenizer_files(path)) return load_tokenizer(path);
  if (const auto gguf = find_gguf(path); !gguf.empty()) return load_gguf_tokenizer(GgufFile(gguf));
  return load_tokenizer(path);
}

}  // namespace variometer
