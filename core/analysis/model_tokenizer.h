// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "core/text/tokenizer.h"

namespace variometer {

/// The tokenizer of a model folder or a .gguf file; null where it has none that can be used, and then why. A model
/// without one is shown token ids.
TokenizerPtr model_tokenizer(const std::filesystem::path& folder_or_gguf, std::int64_t vocab_size,
                             std::vector<std::string>& warnings);

/// What to tell whoever gave a model this text, of which `ids` came with `rule`: that it is not UTF-8, that it begins
/// with a BOS of its own before which another was put.
std::vector<std::string> text_warnings(const Tokenizer& tokenizer, std::string_view text,
                                       const std::vector<std::int32_t>& ids, Tokenizer::Bos rule);

/// The printable piece of every id; "<17>" where there is no tokenizer.
std::vector<std::string> token_texts_of(const std::vector<std::int32_t>& ids, const Tokenizer* tokenizer);

/// Throws Error(usage) naming the first id that is not in a vocabulary of `vocab_size`.
void require_in_vocabulary(const std::vector<std::int32_t>& ids, std::int64_t vocab_size);

}  // namespace variometer
