// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>

#include "core/base/config.h"
#include "core/base/snapshot.h"

namespace variometer {

/// DyT's first alpha by model width (2503.10622, table of its LLaMA runs), in between by interpolation in log width;
/// the site before attention has its own column, the others (before the FFN, final) share one.
double dyt_alpha(std::int64_t n_embd, bool attention_site);

/// The first value of the scale DyT models put on the embeddings: sqrt(n_embd), or 1 in families that scale them so
/// anyway (Gemma).
double dyt_embed_scale(const ModelConfig& config);

/// Does this "dyt_alpha" belong to the site before attention? By the names of the families'
/// norms.
bool is_attention_site(const TensorInfo& info);

}  // namespace variometer
