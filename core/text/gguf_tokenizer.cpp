// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/text/gguf_tokenizer.h"

#include <algorithm>
#include <array>
#include <utility>

#include "core/base/error.h"
#include "core/text/sentencepiece_model.h"
#include "core/text/tokenizer_json.h"
#include "core/base/utf8.h"
#include "core/text/vocabulary_files.h"

namespace variometer {
namespace {

using nlohmann::json;

constexpr const char* kModern3 =
    R"((?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+)";
constexpr const char* kModern1 =
    R"((?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+)";

json byte_level(bool use_regex) {
  return {{"type", "ByteLevel"}, {"add_prefix_space", false}, {"trim_offsets", true}, {"use_regex", use_regex}};
}

json sequence(json parts) { return {{"type", "Sequence"}, {"pretokenizers", std::move(parts)}}; }

json split(const char* expression) {
  return {{"type", "Split"}, {"pattern", {{"Regex", expression}}}, {"behavior", "Isolated"}, {"invert", false}};
}

bool any_of(std::string_view name, std::initializer_list<std::string_view> names) {
  return std::ranges::find(names, name) != names.end();
}

/// Programs that run GGUF files put BOS before a text where the file does not say whether to, by the same names.
bool adds_bos_unasked(const GgufTokenizer& parts) {
  if (parts.model == "llama") return true;
  return parts.model == "gpt2" &&
         any_of(parts.pre, {"llama-bpe", "llama3", "llama-v3", "falcon3", "falcon-h1", "pixtral", "midm-2.0", "lfm2",
                            "jina-v5-nano", "tekken", "chameleon"});
}

/// Tokenizers without a BOS. Converters put the model's bos_token_id into the file all the same.
bool has_no_bos(const GgufTokenizer& parts) {
  return parts.model == "gpt2" && any_of(parts.pre, {"qwen2", "falcon", "olmo"}) && !parts.add_bos.value_or(false);
}

PieceKind kind_of(const GgufTokenizer& parts, std::size_t id) {
  return id < parts.types.size() ? static_cast<PieceKind>(parts.types[id]) : PieceKind::normal;
}

std::string token_of(const GgufTokenizer& parts, std::optional<std::int32_t> id) {
  return id ? parts.tokens[static_cast<std::size_t>(*id)] : std::string();
}

TokenizerJson describe_byte_level(const GgufTokenizer& parts) {
  TokenizerJson description;
  json added = json::array();
  for (std::size_t id = 0; id < parts.tokens.size(); ++id) {
    const PieceKind kind = kind_of(parts, id);
    description.vocab.emplace_back(parts.tokens[id], static_cast<std::int32_t>(id));
    if (kind != PieceKind::control && kind != PieceKind::user_defined) continue;
    added.push_back({{"content", parts.tokens[id]}, {"special", kind == PieceKind::control}, {"normalized", false}});
  }
  for (std::size_t i = 0; i < parts.merges.size(); ++i) {
    description.merges.push_back(split_merge(parts.merges[i], i + 1));
  }
  description.rest["model"] = {{"type", "BPE"}};
  describe_cutting(parts.pre, description);
  description.rest["decoder"] = byte_level(true);
  description.rest["added_tokens"] = std::move(added);
  description.rest["post_processor"] =
      template_around(description, parts.add_bos.value_or(adds_bos_unasked(parts)) ? token_of(parts, parts.bos) : "",
                      parts.add_eos.value_or(false) ? token_of(parts, parts.eos) : "");
  return description;
}

TokenizerJson describe_pieces(const GgufTokenizer& parts) {
  if (parts.scores.size() != parts.tokens.size()) {
    throw file_error("tokenizer.ggml.scores and tokens are lists of different lengths");
  }
  SentencepieceModel model;
  model.type = parts.model == "t5" ? SentencepieceModel::Type::unigram : SentencepieceModel::Type::bpe;
  for (std::size_t id = 0; id < parts.tokens.size(); ++id) {
    model.pieces.push_back({parts.tokens[id], parts.scores[id], kind_of(parts, id)});
  }
  model.byte_fallback = std::ranges::find(parts.types, static_cast<std::int32_t>(PieceKind::byte)) != parts.types.end();
  model.dummy_prefix = parts.add_space_prefix.value_or(true);
  model.unknown_id = parts.unknown.value_or(-1);
  if (!parts.unknown) {
    const auto unknown = std::ranges::find(model.pieces, PieceKind::unknown, &SentencepieceModel::Piece::kind);
    if (unknown != model.pieces.end()) model.unknown_id = static_cast<std::int32_t>(unknown - model.pieces.begin());
  }
  model.bos_id = parts.bos.value_or(-1);
  model.eos_id = parts.eos.value_or(-1);
  TokenizerConfig config;
  config.config = {{"add_bos_token", parts.add_bos.value_or(adds_bos_unasked(parts))},
                   {"add_eos_token", parts.add_eos.value_or(parts.model == "t5")}};
  return json_from_sentencepiece(model, config);
}

}  // namespace

void describe_cutting(const std::string& pre, TokenizerJson& description) {
  auto& rest = description.rest;
  if (any_of(pre, {"", "default", "gpt-2", "phi-2", "roberta-bpe", "mpt", "refact", "jina-en", "jina-es", "jina-de"})) {
    rest["pre_tokenizer"] = byte_level(true);
  } else if (any_of(pre, {"olmo", "gptneox", "gpt-neox", "stablelm"})) {
    rest["normalizer"] = {{"type", "NFC"}};
    rest["pre_tokenizer"] = byte_level(true);
  } else if (any_of(pre, {"smollm", "starcoder", "codeshell", "command-r"})) {
    rest["pre_tokenizer"] =
        sequence(json::array({{{"type", "Digits"}, {"individual_digits", true}}, byte_level(true)}));
  } else if (any_of(pre, {"llama-bpe", "llama3", "llama-v3", "dbrx", "phi-4", "olmo2", "cl100k"})) {
    rest["pre_tokenizer"] = sequence(json::array({split(kModern3), byte_level(false)}));
    if (any_of(pre, {"llama-bpe", "llama3", "llama-v3"})) rest["model"]["ignore_merges"] = true;
  } else if (any_of(pre, {"qwen2", "stablelm2", "deepseek-r1-qwen"})) {
    if (pre != "stablelm2") rest["normalizer"] = {{"type", "NFC"}};
    rest["pre_tokenizer"] = sequence(json::array({split(kModern1), byte_level(false)}));
  } else if (pre == "falcon") {
    rest["pre_tokenizer"] = sequence(json::array({{{"type", "Punctuation"}, {"behavior", "Contiguous"}},
                                                  byte_level(true),
                                                  {{"type", "Digits"}, {"individual_digits", false}},
                                                  split("[0-9][0-9][0-9]")}));
  } else {
    throw file_error("tokenizer.ggml.pre is \"" + pre.substr(0, 40) +
                     "\", a way of cutting texts that is not known here; token ids work all the same");
  }
}

TokenizerJson describe_gguf_tokenizer(const GgufTokenizer& parts) {
  const auto n_token = static_cast<std::int64_t>(parts.tokens.size());
  for (const auto& id : {parts.bos, parts.eos, parts.unknown, parts.end_of_turn, parts.end_of_message}) {
    if (id && (*id < 0 || *id >= n_token)) {
      throw file_error("tokenizer.ggml: special token " + std::to_string(*id) + " is outside the " +
                       std::to_string(n_token) + " tokens");
    }
  }
  if (!parts.huggingface_json.empty()) return parse_tokenizer_json(parts.huggingface_json);
  if (parts.tokens.empty()) throw file_error("no tokenizer in it (tokenizer.ggml.tokens)");
  if (!parts.types.empty() && parts.types.size() != parts.tokens.size()) {
    throw file_error("tokenizer.ggml.token_type and tokens are lists of different lengths");
  }
  for (const auto& token : parts.tokens) {
    if (first_malformed(token) != std::string::npos) throw file_error("tokenizer.ggml.tokens: a token is not UTF-8");
  }
  if (parts.model == "gpt2") return describe_byte_level(parts);
  if (parts.model == "llama" || parts.model == "t5") return describe_pieces(parts);
  throw file_error("tokenizer.ggml.model \"" + parts.model.substr(0, 40) + "\" is not supported");
}

std::shared_ptr<HfTokenizer> tokenizer_from_gguf(const GgufTokenizer& parts) {
  return tokenizer_from_gguf(parts, describe_gguf_tokenizer(parts));
}

std::shared_ptr<HfTokenizer> tokenizer_from_gguf(const GgufTokenizer& parts, TokenizerJson description) {
  const std::string source = "GGUF, " + (!parts.huggingface_json.empty() ? "tokenizer.json"
                                         : parts.pre.empty()             ? parts.model
                                                                         : parts.pre);
  auto tokenizer = std::make_shared<HfTokenizer>(std::move(description), source);
  std::vector<std::int32_t> ends;
  for (const auto& id : {parts.eos, parts.end_of_turn, parts.end_of_message}) {
    if (id && std::ranges::find(ends, *id) == ends.end()) ends.push_back(*id);
  }
  tokenizer->set_bos_eos(has_no_bos(parts) ? std::nullopt : parts.bos, parts.eos, std::move(ends));
  return tokenizer;
}

}  // namespace variometer
