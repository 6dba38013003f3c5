// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/text/tokenizer_files.h"

#include <algorithm>
#include <array>
#include <utility>

#include "core/base/error.h"
#include "core/text/bos_eos.h"
#include "core/text/sentencepiece_model.h"
#include "core/text/text_file.h"
#include "core/text/vocabulary_files.h"

namespace variometer {
namespace {

namespace fs = std::filesystem;

constexpr std::uintmax_t kLargest = std::uintmax_t{512} << 20U;  // the largest published ones have 35 MB

constexpr std::array<std::string_view, 9> kTokenizerFiles = {
    "tokenizer.json", "tokenizer_config.json", "special_tokens_map.json", "added_tokens.json", "vocab.json",
    "merges.txt",     "tokenizer.model",       "chat_template.jinja",     "chat_template.json"};

/// Errors of the content get the name of the file in front.
template <class Make>
auto naming(const fs::path& path, Make make) {
  try {
    return make();
  } catch (const Error& error) {
    throw Error(error.kind(), path.string() + ": " + error.what());
  }
}

std::shared_ptr<HfTokenizer> load_json(const fs::path& path) {
  const std::string text = read_whole_file(path, kLargest);
  return naming(path,
                [&] { return std::make_shared<HfTokenizer>(parse_tokenizer_json(text), path.filename().string()); });
}

std::shared_ptr<HfTokenizer> load_vocabulary(const fs::path& folder) {
  const fs::path vocabulary = folder / "vocab.json";
  const fs::path merges = folder / "merges.txt";
  const TokenizerConfig config = read_tokenizer_config(folder);
  const std::string vocabulary_text = read_whole_file(vocabulary, kLargest);
  const std::string merges_text = read_whole_file(merges, kLargest);
  return naming(folder / "merges.txt", [&] {
    auto description = naming(vocabulary, [&] { return json_from_vocabulary(vocabulary_text); });
    add_merges_text(description, merges_text);
    describe_byte_level(description, config);
    return std::make_shared<HfTokenizer>(std::move(description), "vocab.json, merges.txt");
  });
}

std::shared_ptr<HfTokenizer> load_sentencepiece(const fs::path& path) {
  const TokenizerConfig config = read_tokenizer_config(path.parent_path());
  const std::string bytes = read_whole_file(path, kLargest);
  return naming(path, [&] {
    return std::make_shared<HfTokenizer>(json_from_sentencepiece(parse_sentencepiece(bytes), config),
                                         path.filename().string());
  });
}

std::shared_ptr<HfTokenizer> load_any(const fs::path& path) {
  if (!fs::exists(path)) throw file_error(path.string() + ": no such file or folder");
  if (!fs::is_directory(path)) {
    const auto name = path.filename();
    if (name == "vocab.json" || name == "merges.txt") return load_vocabulary(path.parent_path());
    return path.extension() == ".model" ? load_sentencepiece(path) : load_json(path);
  }
  if (fs::exists(path / "tokenizer.json")) return load_json(path / "tokenizer.json");
  if (fs::exists(path / "vocab.json") && fs::exists(path / "merges.txt")) return load_vocabulary(path);
  if (fs::exists(path / "tokenizer.model")) return load_sentencepiece(path / "tokenizer.model");
  throw file_error(path.string() +
                   ": no tokenizer in it (tokenizer.json, vocab.json with merges.txt, tokenizer.model)");
}

}  // namespace

bool has_tokenizer_files(const fs::path& folder) {
  return fs::exists(folder / "tokenizer.json") || fs::exists(folder / "tokenizer.model") ||
         (fs::exists(folder / "vocab.json") && fs::exists(folder / "merges.txt"));
}

LoadedTokenizer load_tokenizer(const fs::path& folder_or_file) {
  auto tokenizer = load_any(folder_or_file);
  const fs::path folder = fs::is_directory(folder_or_file) ? folder_or_file : folder_or_file.parent_path();
  auto warnings = tokenizer->warnings();
  for (auto& warning : resolve_bos_eos(folder, *tokenizer)) warnings.push_back(std::move(warning));
  return {std::move(tokenizer), std::move(warnings)};
}

bool is_tokenizer_file(std::string_view name) {
  return std::ranges::find(kTokenizerFiles, name) != kTokenizerFiles.end();
}

std::vector<fs::path> tokenizer_file_names(const fs::path& folder) {
  std::vector<fs::path> found;
  for (const auto name : kTokenizerFiles) {
    if (fs::is_regular_file(folder / name)) found.emplace_back(name);
  }
  return found;
}

std::shared_ptr<HfTokenizer> tokenizer_from_json(std::string_view text) {
  return std::make_shared<HfTokenizer>(parse_tokenizer_json(text), "tokenizer.json");
}

}  // namespace variometer
