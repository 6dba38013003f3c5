// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/analysis/model_tokenizer.h"

#include "core/base/error.h"
#include "core/base/utf8.h"
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

std::vector<std::string> text_warnings(const Tokenizer& tokenizer, std::string_view text,
                                       const std::vector<std::int32_t>& ids, Tokenizer::Bos rule) {
  std::vector<std::string> warnings;
  const bool takes_any_byte = tokenizer.kind() == "bytes";
  if (const auto at = first_malformed(text); !takes_any_byte && at != std::string_view::npos) {
    warnings.push_back("the text is not UTF-8 at byte " + std::to_string(at) +
                       "; every malformed part counts as U+FFFD");
  }
  const auto bos = tokenizer.bos();
  if (rule != Tokenizer::Bos::none && bos && ids.size() > 1 && ids[0] == *bos && ids[1] == *bos) {
    warnings.push_back("the text begins with " + tokenizer.token_text(*bos) +
                       ", the model's BOS, and another is put before it: the model sees two; leave it out of the text");
  }
  return warnings;
}

std::vector<std::string> token_texts_of(const std::vector<std::int32_t>& ids, const Tokenizer* tokenizer) {
  if (tokenizer != nullptr) return tokenizer->token_texts(ids);
  std::vector<std::string> texts;
  for (const auto id : ids) texts.push_back("<" + std::to_string(id) + ">");
  return texts;
}

void require_in_vocabulary(const std::vector<std::int32_t>& ids, std::int64_t vocab_size) {
  for (const auto id : ids) {
    if (id < 0 || id >= vocab_size) {
      throw usage_error("token id " + std::to_string(id) + " is outside this model's vocabulary of " +
                        std::to_string(vocab_size));
    }
  }
}

}  // namespace variometer
