// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

// Run-time dispatch without ifuncs (sanitizers do not like resolvers): a kernel is written once as an always_inline
// body on GCC vectors of eight lanes and instantiated twice, for the base instruction set and for AVX2. FMA is left
// off, so that both give the same bits.

#include <cstdint>
#include <cstring>

#define VARIOMETER_INLINE [[gnu::always_inline]] inline

#if defined(__x86_64__)
#define VARIOMETER_AVX2 1
#define VARIOMETER_TARGET_AVX2 [[gnu::target("avx2")]]
#else
#define VARIOMETER_AVX2 0
#define VARIOMETER_TARGET_AVX2
#endif

namespace variometer::simd {

typedef float Floats __attribute__((vector_size(32)));
typedef std::int32_t Ints __attribute__((vector_size(32)));
typedef double Doubles __attribute__((vector_size(64)));
inline constexpr int kLanes = 8;
inline constexpr std::int32_t kMagnitude = 0x7fffffff;  ///< everything but the sign
inline constexpr std::int32_t kInfinity = 0x7f800000;

/// Whether this machine runs the AVX2 instances. The tests turn it off to compare.
inline bool& use_avx2() {
#if VARIOMETER_AVX2
  static bool value = __builtin_cpu_supports("avx2");
#else
  static bool value = false;
#endif
  return value;
}

/// Order-preserving key of |x|: for finite values smaller |x| means smaller key; infinity and NaN lie above.
VARIOMETER_INLINE std::int32_t key_of(float x) {
  std::int32_t bits;
  std::memcpy(&bits, &x, sizeof bits);
  return bits & kMagnitude;
}
VARIOMETER_INLINE float value_of(std::int32_t key) {
  float x;
  std::memcpy(&x, &key, sizeof x);
  return x;
}

}  // namespace variometer::simd
