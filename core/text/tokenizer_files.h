// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "core/text/hf_tokenizer.h"

namespace variometer {

/// A tokenizer from somewhere, and what is odd about its files.
struct LoadedTokenizer {
  std::shared_ptr<const HfTokenizer> tokenizer;
  std::vector<std::string> warnings;
};

/// Does a folder hold files of a tokenizer that can be read here?
bool has_tokenizer_files(const std::filesystem::path& folder);

/// The tokenizer of a folder (tokenizer.json, else vocab.json + merges.txt, else tokenizer.model) or of one such file.
/// BOS and EOS come from tokenizer_config.json and its neighbours. Throws Error(file) that names the file.
LoadedTokenizer load_tokenizer(const std::filesystem::path& folder_or_file);

/// Is this the name of a file that belongs to a tokenizer?
bool is_tokenizer_file(std::string_view name);

/// Every file of `folder` that belongs to its tokenizer, for copying along with a model.
std::vector<std::filesystem::path> tokenizer_file_names(const std::filesystem::path& folder);

/// A tokenizer.json from memory: what the fuzzer feeds. Throws Error(file).
std::shared_ptr<HfTokenizer> tokenizer_from_json(std::string_view text);

}  // namespace variometer
