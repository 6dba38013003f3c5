// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/text/hf_tokenizer.h"

namespace variometer {

/// What a GGUF file says of its tokenizer, under `tokenizer.` (design: families, GGUF).
struct GgufTokenizer {
  std::string model;  ///< ggml.model: "gpt2", "llama", "t5" ...
  std::string pre;    ///< ggml.pre: how texts are cut, by a name
  std::vector<std::string> tokens;
  std::vector<float> scores;
  std::vector<std::int32_t> types;  ///< PieceKind
  std::vector<std::string> merges;
  std::optional<std::int32_t> bos, eos, unknown;
  std::optional<std::int32_t> end_of_turn, end_of_message;  ///< end a text as EOS does
  std::optional<bool> add_bos, add_eos, add_space_prefix;
  std::string huggingface_json;  ///< a whole tokenizer.json; then nothing else counts
};

/// Normalizer and pre-tokenizer of a byte-level BPE, by the name converters give to the way published models cut a text
/// ("gpt-2", "llama-bpe", "qwen2", ...). Throws Error(file) for one that is not known here.
void describe_cutting(const std::string& pre, TokenizerJson& description);

/// As the content of a tokenizer.json. Throws Error(file): lists of different lengths, a way of cutting that is not
/// known here.
TokenizerJson describe_gguf_tokenizer(const GgufTokenizer& parts);

/// The tokenizer of the file. Throws Error(file).
std::shared_ptr<HfTokenizer> tokenizer_from_gguf(const GgufTokenizer& parts);
/// The same from its description, where that was made already.
std::shared_ptr<HfTokenizer> tokenizer_from_gguf(const GgufTokenizer& parts, TokenizerJson description);

}  // namespace variometer
