// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string_view>

#include "core/text/bos_eos.h"
#include "core/text/tokenizer_json.h"

namespace variometer {

/// The content of vocab.json, as the model of a tokenizer.json. Throws Error(file).
TokenizerJson json_from_vocabulary(std::string_view text);

/// Adds the content of merges.txt: its first and last line are no merges, as Hugging Face reads it. Throws Error(file).
void add_merges_text(TokenizerJson& description, std::string_view text);

/// Makes it a byte-level BPE that cuts texts as the tokenizer's class does, with the special tokens of the configs and
/// of the class, and BOS in front where they ask for it.
void describe_byte_level(TokenizerJson& description, const TokenizerConfig& config);

/// The tokens the configs add and the special ones that they or the class name, as `added_tokens` of a tokenizer.json.
nlohmann::json added_tokens_of(const TokenizerConfig& config);

/// A template that puts the named tokens around a text, where they are not empty.
nlohmann::json template_around(const TokenizerJson& description, const std::string& before, const std::string& behind);

}  // namespace variometer
