// SPDX-License-Identifier: GPL-3.0-or-later
// Included by the fused_kernels_*.cpp files only, each compiled for one instruction set, inside that set's own
// namespace (VARIOMETER_ISA) so that no two builds of a function ever share a name. No standard templates here, for the
// same reason.
#pragma once

#include <cstddef>
#include <cstdint>

namespace variometer::VARIOMETER_ISA {
namespace {

using index = std::int64_t;

constexpr index kLanes = VARIOMETER_LANES;
typedef float Vec __attribute__((vector_size(VARIOMETER_LANES * 4), aligned(4), may_alias));
typedef std::int32_t IntVec __attribute__((vector_size(VARIOMETER_LANES * 4), aligned(4), may_alias));

inline Vec load(const float* p) { return *reinterpret_cast<const Vec*>(p); }
inline void store(float* p, Vec v) { *reinterpret_cast<Vec*>(p) = v; }
// x - 0 is x for every x, so that this is one broadcast and no sum.
inline Vec splat(float x) { return x - Vec{}; }

inline float sum_of(Vec v) {
  float lanes[kLanes];
  store(lanes, v);
  for (index width = kLanes / 2; width > 0; width /= 2) {
    for (index i = 0; i < width; ++i) lanes[i] += lanes[i + width];
  }
  return lanes[0];
}

inline float max_of(Vec v) {
  float lanes[kLanes];
  store(lanes, v);
  float largest = lanes[0];
  for (index i = 1; i < kLanes; ++i) largest = lanes[i] > largest ? lanes[i] : largest;
  return largest;
}

inline Vec max(Vec a, Vec b) { return a > b ? a : b; }
inline Vec min(Vec a, Vec b) { return a < b ? a : b; }

// The first n < kLanes floats; the rest is `fill`.
inline Vec load_some(const float* p, index n, float fill) {
  float lanes[kLanes];
  for (index i = 0; i < kLanes; ++i) lanes[i] = i < n ? p[i] : fill;
  return load(lanes);
}
inline void store_some(float* p, index n, Vec v) {
  float lanes[kLanes];
  store(lanes, v);
  for (index i = 0; i < n; ++i) p[i] = lanes[i];
}

// e^x, within 2 ulp on [-87, 88]; smaller x give 0, larger ones infinity, NaN stays. x = n ln 2 + r, |r| <= ln 2 / 2, a
// polynomial for e^r, and 2^n put into the exponent in two halves so that no n overflows it.
inline Vec exp(Vec x) {
  const Vec clamped = min(max(x, splat(-104.0F)), splat(89.0F));
  constexpr float kRound = 12582912.0F;  // 1.5 * 2^23: adding it leaves the nearest integer in the low bits
  const Vec shifted = clamped * 1.44269504088896341F + kRound;
  const Vec n = shifted - kRound;
  Vec r = clamped - n * 0.693359375F;
  r = r + n * 2.12194440e-4F;
  Vec p = splat(1.9875691500e-4F);
  p = p * r + 1.3981999507e-3F;
  p = p * r + 8.3334519073e-3F;
  p = p * r + 4.1665795894e-2F;
  p = p * r + 1.6666665459e-1F;
  p = p * r + 5.0000001201e-1F;
  p = p * (r * r) + r + 1.0F;
  const IntVec exponent = reinterpret_cast<IntVec>(shifted) - 0x4B400000;
  const IntVec half = exponent >> 1;
  const Vec first = reinterpret_cast<Vec>((half + 127) << 23);
  const Vec second = reinterpret_cast<Vec>((exponent - half + 127) << 23);
  const Vec y = p * first * second;
  return x == x ? y : x;
}

inline Vec sigmoid(Vec x) { return 1.0F / (1.0F + exp(-x)); }

inline Vec abs(Vec x) { return reinterpret_cast<Vec>(reinterpret_cast<IntVec>(x) & 0x7FFFFFFF); }

// tanh x: an odd polynomial near 0, where 1 - 2 / (e^2x + 1) would lose every digit, and that formula elsewhere.
inline Vec tanh(Vec x) {
  const Vec size = abs(x);
  const Vec z = x * x;
  Vec p = splat(-5.70498872745e-3F);
  p = p * z + 2.06390887954e-2F;
  p = p * z - 5.37397155531e-2F;
  p = p * z + 1.33314422036e-1F;
  p = p * z - 3.33332819422e-1F;
  const Vec near = p * z * x + x;
  const Vec far = 1.0F - 2.0F / (exp(size + size) + 1.0F);
  const Vec signed_far = x < 0.0F ? -far : far;
  return size < 0.625F ? near : signed_far;
}

}  // namespace
}  // namespace variometer::VARIOMETER_ISA
