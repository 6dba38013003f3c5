// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

// Stands where CUDA's header of this name stands under nvcc; see cuda_runtime_api.h beside it.

#include "tests/kernels/emulation/cuda_runtime_api.h"

// NOLINTBEGIN: the names are CUDA's.
struct __nv_bfloat16 {
  std::uint16_t bits;
};

inline float __bfloat162float(__nv_bfloat16 x) { return __uint_as_float(std::uint32_t{x.bits} << 16); }

/// To the nearest, ties to even; NaN stays NaN.
inline __nv_bfloat16 __float2bfloat16(float x) {
  if (x != x) return {0x7fff};
  const std::uint32_t bits = __float_as_uint(x);
  return {static_cast<std::uint16_t>((bits + 0x7fff + (bits >> 16 & 1)) >> 16)};
}
// NOLINTEND
