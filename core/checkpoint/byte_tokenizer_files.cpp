// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/checkpoint/byte_tokenizer_files.h"

#include <array>
#include <string>

#include "core/base/json_text.h"
#include "core/checkpoint/json_file.h"
#include "core/text/byte_tokenizer.h"

namespace variometer {
namespace {

constexpr const char* kBosText = "<bos>";

std::string utf8(unsigned code_point) {
  if (code_point < 0x80) return {static_cast<char>(code_point)};
  return {static_cast<char>(0xC0 | code_point >> 6), static_cast<char>(0x80 | (code_point & 0x3F))};
}

/// The character that stands for each byte in byte-level vocabularies: printable Latin-1 stands for itself, the rest is
/// counted up from U+0100.
std::array<std::string, 256> byte_characters() {
  std::array<std::string, 256> characters;
  unsigned next = 0x100;
  for (unsigned byte = 0; byte < 256; ++byte) {
    const bool printable = (byte >= 33 && byte <= 126) || (byte >= 161 && byte <= 172) || byte >= 174;
    characters[byte] = utf8(printable ? byte : next++);
  }
  return characters;
}

nlohmann::json byte_level() {
  return {{"type", "ByteLevel"}, {"add_prefix_space", false}, {"trim_offsets", true}, {"use_regex", false}};
}

}  // namespace

nlohmann::json byte_tokenizer_json() {
  using nlohmann::json;
  json vocabulary = json::object();
  const auto characters = byte_characters();
  for (std::size_t byte = 0; byte < 256; ++byte) vocabulary[characters[byte]] = byte;
  const json bos = {{"SpecialToken", {{"id", kBosText}, {"type_id", 0}}}};
  const auto sequence = [](const char* id, int type) { return json{{"Sequence", {{"id", id}, {"type_id", type}}}}; };
  return {
      {"version", "1.0"},
      {"truncation", nullptr},
      {"padding", nullptr},
      {"added_tokens", json::array({{{"id", kBosToken},
                                     {"content", kBosText},
                                     {"single_word", false},
                                     {"lstrip", false},
                                     {"rstrip", false},
                                     {"normalized", false},
                                     {"special", true}}})},
      {"normalizer", nullptr},
      {"pre_tokenizer", byte_level()},
      {"post_processor",
       {{"type", "TemplateProcessing"},
        {"single", json::array({bos, sequence("A", 0)})},
        {"pair", json::array({bos, sequence("A", 0), sequence("B", 1)})},
        {"special_tokens",
         {{kBosText, {{"id", kBosText}, {"ids", json::array({kBosToken})}, {"tokens", json::array({kBosText})}}}}}}},
      {"decoder", byte_level()},
      {"model",
       {{"type", "BPE"},
        {"dropout", nullptr},
        {"unk_token", nullptr},
        {"continuing_subword_prefix", nullptr},
        {"end_of_word_suffix", nullptr},
        {"fuse_unk", false},
        {"byte_fallback", false},
        {"ignore_merges", false},
        {"vocab", vocabulary},
        {"merges", json::array()}}}};
}

void write_byte_tokenizer(const std::filesystem::path& folder, std::int64_t block_size) {
  write_text_file(folder / "tokenizer.json", json_text(byte_tokenizer_json(), 1) + "\n");
  const nlohmann::json config{{"tokenizer_class", "PreTrainedTokenizerFast"},
                              {"bos_token", kBosText},
                              {"clean_up_tokenization_spaces", false},
                              {"model_max_length", block_size}};
  write_text_file(folder / "tokenizer_config.json", json_text(config, 1) + "\n");
}

bool has_byte_tokenizer(const std::filesystem::path& folder, std::int64_t vocab_size) {
  const auto path = folder / "tokenizer.json";
  if (!std::filesystem::exists(path)) return vocab_size == kByteVocabulary;
  constexpr std::uintmax_t kLargest = 1U << 16U;  // ours has 11 kB, published ones up to 35 MB
  return std::filesystem::file_size(path) < kLargest && read_json_file(path) == byte_tokenizer_json();
}

}  // namespace variometer
