// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

// Reading and reducing on the device, without cub (it costs seconds of compile time).

#include <cuda_bf16.h>

#include <cstdint>

#include "core/kernels/statistics_kernels.h"

namespace variometer::cuda {

inline constexpr int kThreads = 256;
inline constexpr int kWarps = kThreads / 32;
inline constexpr std::uint32_t kMagnitude = 0x7fffffffU;
inline constexpr std::uint32_t kInfinity = 0x7f800000U;
inline constexpr unsigned kAll = 0xffffffffU;

__device__ inline float load(const float* x, std::int64_t i) { return x[i]; }
__device__ inline float load(const __nv_bfloat16* x, std::int64_t i) { return __bfloat162float(x[i]); }

/// Order-preserving key of |x|; infinity and NaN lie above everything finite.
__device__ inline std::uint32_t key_of(float x) { return __float_as_uint(x) & kMagnitude; }

/// Larger key first, then smaller index, as one number; 0 stands for nothing.
__device__ inline unsigned long long packed(std::uint32_t key, std::uint32_t index) {
  return (static_cast<unsigned long long>(key) << 32) | (0xffffffffU - index);
}
__device__ inline std::uint32_t packed_index(unsigned long long entry) {
  return 0xffffffffU - static_cast<std::uint32_t>(entry);
}

/// The maximum over a block of kThreads, for all threads. `scratch`: kWarps values in shared memory.
template <class T>
__device__ T block_max(T value, T* scratch) {
  for (int step = 16; step > 0; step /= 2) {
    const T other = __shfl_xor_sync(kAll, value, step);
    value = other > value ? other : value;
  }
  __syncthreads();
  if (threadIdx.x % 32 == 0) scratch[threadIdx.x / 32] = value;
  __syncthreads();
  for (int warp = 0; warp < kWarps; ++warp) value = scratch[warp] > value ? scratch[warp] : value;
  return value;
}

/// The sum over a block, in thread 0, always added in the same order.
template <class T>
__device__ T block_sum(T value, T* scratch) {
  for (int step = 16; step > 0; step /= 2) value += __shfl_down_sync(kAll, value, step);
  __syncthreads();
  if (threadIdx.x % 32 == 0) scratch[threadIdx.x / 32] = value;
  __syncthreads();
  if (threadIdx.x == 0) {
    for (int warp = 1; warp < kWarps; ++warp) value += scratch[warp];
  }
  return value;
}

/// Central moments as on the CPU (statistics_scan.h): merged pairwise in double.
struct Moments {
  double n, mean, m2, m3, m4;

  __device__ void merge(const Moments& other) {
    if (other.n == 0) return;
    if (n == 0) {
      *this = other;
      return;
    }
    const double na = n, nb = other.n, total = na + nb;
    const double delta = other.mean - mean, step = delta / total;
    const double product = na * nb * step * delta;
    m4 += other.m4 + product * step * step * (na * na - na * nb + nb * nb) +
          6 * step * step * (na * na * other.m2 + nb * nb * m2) + 4 * step * (na * other.m3 - nb * m3);
    m3 += other.m3 + product * step * (na - nb) + 3 * step * (na * other.m2 - nb * m2);
    m2 += other.m2 + product;
    mean += step * nb;
    n = total;
  }
};

/// Merged over the warp in lane 0, in fixed order.
__device__ inline Moments warp_merge(Moments moments) {
  for (int step = 1; step < 32; step *= 2) {
    Moments other;
    other.n = __shfl_down_sync(kAll, moments.n, step);
    other.mean = __shfl_down_sync(kAll, moments.mean, step);
    other.m2 = __shfl_down_sync(kAll, moments.m2, step);
    other.m3 = __shfl_down_sync(kAll, moments.m3, step);
    other.m4 = __shfl_down_sync(kAll, moments.m4, step);
    if (threadIdx.x % (2 * step) == 0) moments.merge(other);
  }
  return moments;
}

}  // namespace variometer::cuda
