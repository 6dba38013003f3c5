// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <filesystem>
#include <string>
#include <utility>

#include "core/checkpoint/gguf.h"
#include "core/text/tokenizer_files.h"

namespace variometer {

/// The tokenizer inside a GGUF file. Throws Error(file) that names the file: none in it, or one that is damaged or not
/// known here.
LoadedTokenizer load_gguf_tokenizer(const GgufFile& file);

/// The same, and the tokenizer.json that says as much.
std::pair<LoadedTokenizer, std::string> load_gguf_tokenizer_with_json(const GgufFile& file);

/// The tokenizer of a model folder, of a tokenizer's file, or of a GGUF file. Throws Error(file).
LoadedTokenizer load_any_tokenizer(const std::filesystem::path& path);

}  // namespace variometer
