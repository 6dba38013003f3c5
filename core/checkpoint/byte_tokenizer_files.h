// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <filesystem>
#include <nlohmann/json.hpp>

namespace variometer {

/// tokenizer.json for our byte vocabulary, as Hugging Face `tokenizers` reads it: byte-level, no merges, every byte its
/// own id, BOS (256) put in front.
nlohmann::json byte_tokenizer_json();

/// tokenizer.json and tokenizer_config.json into `folder`.
void write_byte_tokenizer(const std::filesystem::path& folder, std::int64_t block_size);

/// Does `folder` hold our byte tokenizer (or none at all, for a vocabulary of 257)?
bool has_byte_tokenizer(const std::filesystem::path& folder, std::int64_t vocab_size);

}  // namespace variometer
