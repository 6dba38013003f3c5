// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/analysis/model_tokenizer.h"

#include "core/base/error.h"
#include "core/checkpoint/byte_tokenizer_files.h"
#include "core/text/byte_tokenizer.h"
#include "core/text/tokenizer_files.h"

namespace variometer {

TokenizerPtr model_tokenizer(const std::filesystem::path& folder_or_gguf, std::int64_t vocab_size,
                             std::vector<std::string>& warnings) {
  try {
    if (!std::filesystem::is_directory(folder_or_gguf)) return nullptr;
    if (has_byte_tokenizer(folder_or_gguf, vocab_size)) return std::make_shared<ByteTokenizer>();
    if (!has_tokenizer_files(folder_or_gguf)) return nullptr;
    auto loaded = load_tokenizer(folder_or_gguf);
    warnings.insert(warnings.end(), loaded.warnings.begin(), loaded.warnings.end());
    return loaded.tokenizer;
  } catch (const Error& error) {
    warnings.push_back(std::string(error.what()) + "; prompts are token ids");
    return nullptr;
  }
}

}  // namespace variometer
