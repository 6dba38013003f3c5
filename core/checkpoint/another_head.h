// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <filesystem>
#include <string>

#include "core/base/config.h"

// A config.json that ties the head to the embedding, and weights that hold a head that is another matrix. transformers
// 5 takes the stored head, and so do we: read_hf_config makes it a model with a head of its own, which is how it is
// saved again. transformers 4 takes the embedding.
namespace variometer {

/// Do the weights (folder or file) hold a head that is another matrix than the embedding `model` ties it to? False
/// where they cannot be read: whoever loads them says so.
bool holds_another_head(const std::filesystem::path& weights, const ModelConfig& model);

/// What to tell whoever loads such a folder; empty for all others.
std::string another_head_warning(const std::filesystem::path& folder);

}  // namespace variometer
