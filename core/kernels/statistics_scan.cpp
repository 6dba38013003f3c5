// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/kernels/statistics_scan.h"

#include <algorithm>
#include <array>

#if VARIOMETER_AVX2
#include <immintrin.h>
#endif

namespace variometer::detail {
namespace {

using simd::Floats;
using simd::Ints;
using simd::kLanes;

VARIOMETER_INLINE std::int32_t max_key_body(const float* x, int n) {
  Ints most[4] = {};
  int i = 0;
  for (; i + 4 * kLanes <= n; i += 4 * kLanes) {
    for (int j = 0; j < 4; ++j) {
      Ints bits;
      std::memcpy(&bits, x + i + j * kLanes, sizeof bits);
      bits &= simd::kMagnitude;
      most[j] = bits > most[j] ? bits : most[j];
    }
  }
  std::int32_t largest = 0;
  for (const Ints& lanes : most) {
    for (int j = 0; j < kLanes; ++j) largest = std::max(largest, lanes[j]);
  }
  for (; i < n; ++i) largest = std::max(largest, simd::key_of(x[i]));
  return largest;
}

/// Sum of 32 float lanes in double.
VARIOMETER_INLINE double total(const Floats (&lanes)[4]) {
  double sum = 0;
  for (const Floats& vector : lanes) {
    for (int j = 0; j < kLanes; ++j) sum += static_cast<double>(vector[j]);
  }
  return sum;
}

template <bool kFourth>
VARIOMETER_INLINE void run_sums_body(const float* x, int n, float scale, RunSums& sums) {
  Floats lanes[4] = {};
  int i = 0;
  for (; i + 4 * kLanes <= n; i += 4 * kLanes) {
    for (int j = 0; j < 4; ++j) {
      Floats value;
      std::memcpy(&value, x + i + j * kLanes, sizeof value);
      lanes[j] += value * scale;
    }
  }
  double sum = total(lanes);
  for (int t = i; t < n; ++t) sum += static_cast<double>(x[t] * scale);
  const float shift = static_cast<float>(sum / n);

  Floats s1[4] = {}, s2[4] = {}, s3[4] = {}, s4[4] = {};
  for (i = 0; i + 4 * kLanes <= n; i += 4 * kLanes) {
    for (int j = 0; j < 4; ++j) {
      Floats value;
      std::memcpy(&value, x + i + j * kLanes, sizeof value);
      const Floats d = value * scale - shift;
      const Floats d2 = d * d;
      s1[j] += d;
      s2[j] += d2;
      if constexpr (kFourth) {
        s3[j] += d2 * d;
        s4[j] += d2 * d2;
      }
    }
  }
  sums.shift = static_cast<double>(shift);
  sums.s1 = total(s1);
  sums.s2 = total(s2);
  if constexpr (kFourth) {
    sums.s3 = total(s3);
    sums.s4 = total(s4);
  }
  for (; i < n; ++i) {
    const double d = static_cast<double>(x[i] * scale - shift);
    sums.s1 += d;
    sums.s2 += d * d;
    if constexpr (kFourth) {
      sums.s3 += d * d * d;
      sums.s4 += d * d * d * d;
    }
  }
}

VARIOMETER_INLINE int collect_tail(const float* x, int begin, int n, std::int32_t low, std::int32_t high,
                                   std::int32_t* out, int n_out, std::int64_t& below) {
  for (int i = begin; i < n; ++i) {
    const std::int32_t key = simd::key_of(x[i]);
    below += key < low;
    out[n_out] = key;
    n_out += key >= low && key <= high;
  }
  return n_out;
}

int collect_base(const float* x, int n, std::int32_t low, std::int32_t high, std::int32_t* out, std::int64_t& below) {
  return collect_tail(x, 0, n, low, high, out, 0, below);
}
std::int32_t max_key_base(const float* x, int n) { return max_key_body(x, n); }
template <bool kFourth>
void run_sums_base(const float* x, int n, float scale, RunSums& sums) {
  run_sums_body<kFourth>(x, n, scale, sums);
}

#if VARIOMETER_AVX2
/// For every set of lanes the permutation that moves them to the front.
constexpr auto kPack = [] {
  std::array<std::array<std::uint8_t, 8>, 256> table{};
  for (int set = 0; set < 256; ++set) {
    int n = 0;
    for (int lane = 0; lane < 8; ++lane) {
      if (set & (1 << lane)) table[set][n++] = static_cast<std::uint8_t>(lane);
    }
  }
  return table;
}();

VARIOMETER_TARGET_AVX2 int collect_avx2(const float* x, int n, std::int32_t low, std::int32_t high, std::int32_t* out,
                                        std::int64_t& below) {
  const __m256i magnitude = _mm256_set1_epi32(simd::kMagnitude);
  const __m256i lows = _mm256_set1_epi32(low), highs = _mm256_set1_epi32(high);
  __m256i n_below = _mm256_setzero_si256();
  int n_out = 0, i = 0;
  for (; i + kLanes <= n; i += kLanes) {
    const __m256i key = _mm256_and_si256(_mm256_loadu_si256(reinterpret_cast<const __m256i_u*>(x + i)), magnitude);
    const __m256i under = _mm256_cmpgt_epi32(lows, key);
    n_below = _mm256_sub_epi32(n_below, under);
    const __m256i outside = _mm256_or_si256(under, _mm256_cmpgt_epi32(key, highs));
    const int inside = ~_mm256_movemask_ps(_mm256_castsi256_ps(outside)) & 255;
    const __m256i order =
        _mm256_cvtepu8_epi32(_mm_loadl_epi64(reinterpret_cast<const __m128i_u*>(kPack[inside].data())));
    _mm256_storeu_si256(reinterpret_cast<__m256i_u*>(out + n_out), _mm256_permutevar8x32_epi32(key, order));
    n_out += __builtin_popcount(static_cast<unsigned>(inside));
  }
  alignas(32) std::int32_t counts[kLanes];
  _mm256_store_si256(reinterpret_cast<__m256i*>(counts), n_below);
  for (const std::int32_t count : counts) below += count;
  return collect_tail(x, i, n, low, high, out, n_out, below);
}
VARIOMETER_TARGET_AVX2 std::int32_t max_key_avx2(const float* x, int n) { return max_key_body(x, n); }
template <bool kFourth>
VARIOMETER_TARGET_AVX2 void run_sums_avx2(const float* x, int n, float scale, RunSums& sums) {
  run_sums_body<kFourth>(x, n, scale, sums);
}
#else
constexpr auto collect_avx2 = collect_base;
constexpr auto max_key_avx2 = max_key_base;
template <bool kFourth>
constexpr auto run_sums_avx2 = run_sums_base<kFourth>;
#endif

}  // namespace

void Moments::merge(const Moments& other) {
  if (other.n == 0) return;
  if (n == 0) {
    *this = other;
    return;
  }
  const double na = n, nb = other.n, total_n = na + nb;
  const double delta = other.mean - mean, step = delta / total_n;
  const double product = na * nb * step * delta;  // na nb delta^2 / n
  m4 += other.m4 + product * step * step * (na * na - na * nb + nb * nb) +
        6 * step * step * (na * na * other.m2 + nb * nb * m2) + 4 * step * (na * other.m3 - nb * m3);
  m3 += other.m3 + product * step * (na - nb) + 3 * step * (na * other.m2 - nb * m2);
  m2 += other.m2 + product;
  mean += step * nb;
  n = total_n;
}

Moments RunSums::moments(int n) const {
  const double a = s1 / n, u = unscale, u2 = u * u;  // the mean lies a beside the shift
  Moments result;
  result.n = n;
  result.mean = (shift + a) * u;
  result.m2 = std::max(0.0, s2 - n * a * a) * u2;
  result.m3 = (s3 - 3 * a * s2 + 2 * n * a * a * a) * u2 * u;
  result.m4 = std::max(0.0, s4 - 4 * a * s3 + 6 * a * a * s2 - 3 * n * a * a * a * a) * u2 * u2;
  return result;
}

std::int32_t max_key(const float* x, int n) { return simd::use_avx2() ? max_key_avx2(x, n) : max_key_base(x, n); }

RunSums run_sums(const float* x, int n, std::int32_t largest, bool fourth) {
  // 2^-exponent of the largest value; denormals stay below 2^-29 after the largest factor a float holds safely.
  const int exponent = std::clamp((largest >> 23) - 127 + 1, -120, 126);
  const float scale = std::ldexp(1.0F, -exponent);
  RunSums sums;
  sums.unscale = std::ldexp(1.0, exponent);
  if (simd::use_avx2()) {
    fourth ? run_sums_avx2<true>(x, n, scale, sums) : run_sums_avx2<false>(x, n, scale, sums);
  } else {
    fourth ? run_sums_base<true>(x, n, scale, sums) : run_sums_base<false>(x, n, scale, sums);
  }
  return sums;
}

int collect(const float* x, int n, std::int32_t low, std::int32_t high, std::int32_t* out, std::int64_t& below) {
  return simd::use_avx2() ? collect_avx2(x, n, low, high, out, below) : collect_base(x, n, low, high, out, below);
}

std::int32_t select_key(std::vector<std::int32_t>& keys, std::int64_t k, std::int32_t low, std::int32_t high) {
  constexpr int kBins = 1024;
  std::array<std::uint32_t, kBins> even, odd;  // two tables: equal neighbours do not wait for each other
  while (keys.size() > 64) {
    if (low == high) return low;
    int shift = 0;
    while (((high - low) >> shift) >= kBins) ++shift;
    even.fill(0);
    odd.fill(0);
    std::size_t i = 0;
    for (; i + 2 <= keys.size(); i += 2) {
      ++even[static_cast<std::size_t>((keys[i] - low) >> shift)];
      ++odd[static_cast<std::size_t>((keys[i + 1] - low) >> shift)];
    }
    if (i < keys.size()) ++even[static_cast<std::size_t>((keys[i] - low) >> shift)];
    std::int32_t bin = 0;
    for (;; ++bin) {
      const std::int64_t count = std::int64_t{even[static_cast<std::size_t>(bin)]} + odd[static_cast<std::size_t>(bin)];
      if (k < count) break;
      k -= count;
    }
    if (shift == 0) return low + bin;
    std::size_t kept = 0;
    for (const std::int32_t key : keys) {
      keys[kept] = key;
      kept += ((key - low) >> shift) == bin;
    }
    keys.resize(kept);
    low += bin << shift;
    high = std::min(high, low + (1 << shift) - 1);
  }
  std::nth_element(keys.begin(), keys.begin() + k, keys.end());
  return keys[static_cast<std::size_t>(k)];
}

void Top::offer(float value, std::int64_t index) {
  const std::int32_t key = simd::key_of(value);
  if (key <= threshold_) return;
  auto place = entries_.end();
  while (place != entries_.begin() && simd::key_of((place - 1)->value) < key) --place;
  entries_.insert(place, {value, index});
  if (static_cast<int>(entries_.size()) > n_) entries_.pop_back();
  if (static_cast<int>(entries_.size()) == n_)
    threshold_ = n_ > 0 ? simd::key_of(entries_.back().value) : simd::kMagnitude;
}

}  // namespace variometer::detail
