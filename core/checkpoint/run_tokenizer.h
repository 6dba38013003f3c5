// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include "core/text/tokenizer.h"

namespace variometer {

/// What a run reads texts with, and the files by which a model folder carries it along. They are kept in memory: a
/// checkpoint can be written when the model's own folder is long gone.
struct RunTokenizer {
  TokenizerPtr tokenizer;
  /// Of all that decides ids: the vocabulary's files and the ids of BOS and EOS. Empty: bytes.
  std::string sha256;
  std::vector<std::pair<std::string, std::string>> files;  ///< name and content; none for bytes
  std::vector<std::string> warnings;
  bool is_bytes() const { return sha256.empty(); }
};

/// Every byte is a token (byte_tokenizer.h).
RunTokenizer bytes_for_run();

/// The tokenizer of a folder, of a tokenizer's own file, or inside a .gguf file (which becomes a tokenizer.json).
/// Throws Error(file): there is none, or it is damaged.
RunTokenizer load_run_tokenizer(const std::filesystem::path& path);

/// The tokenizer of a model that training starts from. Where the model has none that can be used, bytes, and a warning
/// that says why; throws Error(file) where the model's vocabulary is too small for those.
RunTokenizer tokenizer_of_model(const std::filesystem::path& model, std::int64_t vocab_size);

}  // namespace variometer
