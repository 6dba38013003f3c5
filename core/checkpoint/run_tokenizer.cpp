// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/checkpoint/run_tokenizer.h"

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>
#include <string_view>

#include "core/base/error.h"
#include "core/base/json_text.h"
#include "core/checkpoint/byte_tokenizer_files.h"
#include "core/checkpoint/gguf_model.h"
#include "core/checkpoint/gguf_tokenizer_file.h"
#include "core/checkpoint/safetensors.h"
#include "core/text/byte_tokenizer.h"
#include "core/text/sha256.h"
#include "core/text/text_file.h"

namespace variometer {
namespace {

namespace fs = std::filesystem;
constexpr std::uintmax_t kLargest = std::uintmax_t{512} << 20U;

bool has(const RunTokenizer& run, std::string_view name) {
  return std::ranges::any_of(run.files, [&](const auto& file) { return file.first == name; });
}

/// Does the content of that file decide ids? A tokenizer.json stands alone; the other kinds also look into the configs.
bool decides(const RunTokenizer& run, std::string_view name) {
  constexpr std::array kOthers = {std::string_view("vocab.json"),
                                  std::string_view("merges.txt"),
                                  std::string_view("tokenizer.model"),
                                  std::string_view("tokenizer_config.json"),
                                  std::string_view("special_tokens_map.json"),
                                  std::string_view("added_tokens.json")};
  if (has(run, "tokenizer.json")) return name == "tokenizer.json";
  return std::ranges::find(kOthers, name) != kOthers.end();
}

std::string identity(const RunTokenizer& run) {
  std::string all;
  for (const auto& [name, content] : run.files) {
    if (decides(run, name)) all += name + " " + sha256(content) + "\n";
  }
  const auto id = [](std::optional<std::int32_t> token) { return token ? std::to_string(*token) : "none"; };
  return sha256(all + "bos " + id(run.tokenizer->bos()) + "\neos " + id(run.tokenizer->eos()) + "\n");
}

RunTokenizer from_gguf(const fs::path& path) {
  RunTokenizer run;
  auto [loaded, json] = load_gguf_tokenizer_with_json(GgufFile(path));
  run.tokenizer = loaded.tokenizer;
  run.warnings = std::move(loaded.warnings);
  nlohmann::json config{{"tokenizer_class", "PreTrainedTokenizerFast"}, {"clean_up_tokenization_spaces", false}};
  const auto name = [&](const char* key, std::optional<std::int32_t> id) {
    // As it stands in the vocabulary; special tokens decode to themselves.
    config[key] = id ? nlohmann::json(run.tokenizer->token_text(*id)) : nlohmann::json(nullptr);
  };
  name("bos_token", run.tokenizer->bos());
  name("eos_token", run.tokenizer->eos());
  run.files = {{"tokenizer.json", std::move(json)}, {"tokenizer_config.json", json_text(config, 1) + "\n"}};
  if (const auto& ends = loaded.tokenizer->ends(); !ends.empty()) {
    nlohmann::json generation{{"eos_token_id", ends}};
    if (const auto bos = run.tokenizer->bos()) generation["bos_token_id"] = *bos;
    run.files.emplace_back("generation_config.json", json_text(generation, 1) + "\n");
  }
  return run;
}

RunTokenizer from_files(const fs::path& path) {
  RunTokenizer run;
  auto loaded = load_tokenizer(path);
  run.tokenizer = loaded.tokenizer;
  run.warnings = std::move(loaded.warnings);
  const bool is_folder = fs::is_directory(path);
  const fs::path folder = is_folder ? path : path.has_parent_path() ? path.parent_path() : fs::path(".");
  for (const auto& name : tokenizer_file_names(folder)) {
    run.files.emplace_back(name.string(), read_whole_file(folder / name, kLargest));
  }
  // Where nothing else names BOS and EOS, their ids stand here.
  if (fs::is_regular_file(folder / "generation_config.json")) {
    run.files.emplace_back("generation_config.json", read_whole_file(folder / "generation_config.json", kLargest));
  }
  if (const auto own = path.filename().string(); !is_folder && !has(run, own)) {
    const char* name = path.extension() == ".model" ? "tokenizer.model" : "tokenizer.json";
    std::erase_if(run.files, [&](const auto& file) { return file.first == name; });
    run.files.emplace_back(name, read_whole_file(path, kLargest));
  }
  return run;
}

}  // namespace

RunTokenizer bytes_for_run() { return {std::make_shared<ByteTokenizer>(), {}, {}, {}}; }

RunTokenizer load_run_tokenizer(const fs::path& path) {
  if (!fs::exists(path)) throw file_error(path.string() + ": no such tokenizer; give a folder, its file, or bytes");
  const auto gguf = find_gguf(path);
  // A repository of one .gguf file may keep the tokenizer beside it.
  const bool beside = !gguf.empty() && fs::is_directory(path) && has_tokenizer_files(path) &&
                      GgufFile(gguf).find("tokenizer.ggml.model") == nullptr;
  auto run = gguf.empty() || beside ? from_files(path) : from_gguf(gguf);
  run.sha256 = identity(run);
  return run;
}

RunTokenizer tokenizer_of_model(const fs::path& model, std::int64_t vocab_size) {
  const bool is_gguf = !find_gguf(model).empty();
  std::string why = model.string() + ": no tokenizer in it";
  try {
    if (is_gguf || has_tokenizer_files(model)) {
      if (!is_gguf && has_byte_tokenizer(model, vocab_size)) return bytes_for_run();
      return load_run_tokenizer(model);
    }
  } catch (const Error& error) {
    why = error.what();
  }
  if (vocab_size == kByteVocabulary && !is_gguf && !has_tokenizer_files(model)) return bytes_for_run();  // ours
  if (vocab_size < kByteVocabulary) {
    throw file_error(why + ", and its vocabulary of " + std::to_string(vocab_size) + " is too small for bytes (" +
                     std::to_string(kByteVocabulary) + "); put its tokenizer.json there");
  }
  auto run = bytes_for_run();
  run.warnings.push_back(why + "; texts are read byte by byte");
  return run;
}

}  // namespace variometer
