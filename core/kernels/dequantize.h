// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstddef>
#include <cstdint>

namespace variometer {

/// Can `dequantize` read this ggml type? Q4_0 Q4_1 Q5_0 Q5_1 Q8_0 Q4_K Q5_K Q6_K.
bool can_dequantize(std::uint32_t ggml_type);

/// The values of `n` quantised values, a whole number of blocks; any alignment. Scales are widened to float32 and the
/// arithmetic is float32 without fused multiply-add: bit for bit what ggml's own reference gives. One thread.
void dequantize(std::uint32_t ggml_type, const std::byte* from, std::int64_t n, float* to);

}  // namespace variometer
