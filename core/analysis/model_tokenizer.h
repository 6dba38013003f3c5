// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "core/text/tokenizer.h"

namespace variometer {

/// The tokenizer of a model folder or a .gguf file; null where it has none that can be used, and then why. A model
/// without one is shown token ids.
TokenizerPtr model_tokenizer(const std::filesystem::path& folder_or_gguf, std::int64_t vocab_size,
                             std::vector<std::string>& warnings);

}  // namespace variometer
