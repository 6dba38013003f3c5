// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/analysis/model_tokenizer.h"

#include "core/base/error.h"
#include "core/checkpoint/byte_tokenizer_files.h"
#include "core/checkpoint/gguf.h"
#include "core/checkpoint/gguf_tokenizer_file.h"
#include "core/text/byte_tokenizer.h"

namespace variometer {

TokenizerPtr model_tokenizer(const std::filesystem::path& folder_or_gguf, std::int64_t vocab_size,
                             std::vector<std::string>& warnings) {
  try {
    const bool is_folder = std::filesystem::is_directory(folder_or_gguf);
    if (!is_folder && !GgufFile(folder_or_gguf).find("tokenizer.ggml.model")) return nullptr;
    if (is_folder && has_byte_tokenizer(folder_or_gguf, vocab_size)) return std::make_shared<ByteTokenizer>();
    if (is_folder && !has_tokenizer_files(folder_or_gguf)) return nullptr;
    auto loaded = load_any_tokenizer(folder_or_gguf);
    warnings.insert(warnings.end(), loaded.warnings.begin(), loaded.warnings.end());
    return loaded.tokenizer;
  } catch (const Error& error) {
    warnings.push_back(std::string(error.what()) + "; prompts are token ids");
    return nullptr;
  }
}

}  // namespace variometer
