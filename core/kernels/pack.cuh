// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

// Values in packs of 16 bytes, computed on as float32.

#include <cstdint>

#include "core/kernels/reduce.cuh"

namespace variometer::cuda {

template <class T>
inline constexpr int kWide = 16 / static_cast<int>(sizeof(T));

template <class T, int n>
struct alignas(sizeof(T) * n < 16 ? sizeof(T) * n : 16) Pack {
  T value[n];
};

template <class T>
__device__ inline T narrowed(float x);
template <>
__device__ inline float narrowed<float>(float x) {
  return x;
}
template <>
__device__ inline __nv_bfloat16 narrowed<__nv_bfloat16>(float x) {
  return __float2bfloat16(x);
}

/// n values from `from` on, which is aligned for their pack.
template <int n, class T>
__device__ inline void read(const T* from, float (&to)[n]) {
  const auto pack = *reinterpret_cast<const Pack<T, n>*>(from);
#pragma unroll
  for (int i = 0; i < n; ++i) to[i] = load(pack.value, i);
}

template <int n, class T>
__device__ inline void write(T* to, const float (&from)[n]) {
  Pack<T, n> pack;
#pragma unroll
  for (int i = 0; i < n; ++i) pack.value[i] = narrowed<T>(from[i]);
  *reinterpret_cast<Pack<T, n>*>(to) = pack;
}

/// The sum over a warp, the same bits in every lane.
__device__ inline float warp_sum(float value) {
  for (int step = 16; step > 0; step /= 2) value += __shfl_xor_sync(kAll, value, step);
  return value;
}

/// Whether all of these lie at multiples of 16 bytes (null does).
template <class... Pointers>
bool aligned(Pointers... pointers) {
  return ((reinterpret_cast<std::uintptr_t>(pointers) % 16 == 0) && ...);
}

/// Calls go(T value) with a value of the element's type.
template <class Go>
cudaError_t with_type(Element element, Go go) {
  return element == Element::float32 ? go(float{}) : go(__nv_bfloat16{});
}

/// Blocks of kThreads for n threads.
inline dim3 blocks_for(std::int64_t n) { return dim3(static_cast<unsigned>((n + kThreads - 1) / kThreads)); }

}  // namespace variometer::cuda
