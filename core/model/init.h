// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/config.h"
#include "core/model/decoder.h"

namespace variometer {

/// Draws the initial weights: N(0, std), with LIR (std / sqrt(layer), layer from 1, 2-D block weights) or GPT-2's
/// special residual init (std / sqrt(2 n_layer) on o_proj and down_proj). Biases 0, norm weights 1, k_bias and v_bias
/// N(0, 0.02), DyT weight 1, bias 0, alpha by width, embedding scale sqrt(C). The same seed gives the same weights on
/// every device (drawn on the CPU with a generator of its own).
void initialise(Decoder& decoder, const InitConfig& init, std::uint64_t seed);

/// Draws every k_bias and v_bias anew from N(0, 0.02).
void draw_kv_bias(Decoder& decoder, std::uint64_t seed);

}  // namespace variometer
