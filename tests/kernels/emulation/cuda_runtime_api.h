// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

// Stands where CUDA's header of this name stands under nvcc, so that g++ compiles core/kernels/*.cu as plain C++: the
// part of CUDA's language and run time those files use, every thread of a block a fiber of one CPU thread (emulation.h
// has what that proves and what it does not). Nothing but the tests named Emulated is built with it.

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <source_location>
#include <type_traits>

#include "tests/kernels/emulation/emulation.h"

// NOLINTBEGIN: the names are CUDA's.
#define __global__
#define __device__
#define __host__
#define __forceinline__ inline
#define __launch_bounds__(...)
// One thread at a time runs all blocks of a launch, and its thread-local storage is filled with NaN before each block.
#define __shared__ static thread_local

struct dim3 {
  unsigned x, y, z;
  constexpr dim3(unsigned x_ = 1, unsigned y_ = 1, unsigned z_ = 1) : x(x_), y(y_), z(z_) {}
};
using cudaStream_t = struct CUstream_st*;
enum cudaError_t { cudaSuccess = 0, cudaErrorInvalidValue = 1, cudaErrorInvalidConfiguration = 9 };
struct cudaLaunchConfig_t {
  dim3 gridDim, blockDim;
  std::size_t dynamicSmemBytes;
  cudaStream_t stream;
};

inline dim3 threadIdx, blockIdx, blockDim, gridDim;

inline cudaError_t cudaMemsetAsync(void* memory, int value, std::size_t n, cudaStream_t) {
  std::memset(memory, value, n);
  return cudaSuccess;
}

template <class... Parameters, class... Arguments>
cudaError_t cudaLaunchKernelEx(const cudaLaunchConfig_t* config, void (*kernel)(Parameters...),
                               Arguments... arguments) {
  const dim3 grid = config->gridDim, block = config->blockDim;
  if (grid.x == 0 || grid.y == 0 || grid.z == 0 || grid.x > 0x7fffffffU || grid.y > 65535 || grid.z > 65535 ||
      block.x * block.y * block.z == 0 || block.x * block.y * block.z > 1024) {
    return cudaErrorInvalidConfiguration;
  }
  gridDim = grid;
  blockDim = block;
  variometer::emulation::run(
      {grid.x, grid.y, grid.z}, {block.x, block.y, block.z}, [&] { kernel(static_cast<Parameters>(arguments)...); },
      [](variometer::emulation::Place at, variometer::emulation::Place in) {
        threadIdx = {at.x, at.y, at.z};
        blockIdx = {in.x, in.y, in.z};
      });
  return cudaSuccess;
}

struct cudaFuncAttributes {};
inline cudaError_t cudaFuncGetAttributes(cudaFuncAttributes*, const void*) { return cudaSuccess; }

inline void __syncthreads(std::source_location where = std::source_location::current()) {
  variometer::emulation::wait_for_block(where);
}
inline void __syncwarp(unsigned mask = 0xffffffffU, std::source_location where = std::source_location::current()) {
  variometer::emulation::exchange(nullptr, 0, variometer::emulation::lane(), mask, where);
}
template <class T>
T __shfl_sync(unsigned mask, T value, int source, std::source_location where = std::source_location::current()) {
  static_assert(std::is_arithmetic_v<T>);
  variometer::emulation::exchange(&value, sizeof value, source & 31, mask, where);
  return value;
}
template <class T>
T __shfl_xor_sync(unsigned mask, T value, int step, std::source_location where = std::source_location::current()) {
  return __shfl_sync(mask, value, variometer::emulation::lane() ^ step, where);
}
template <class T>
T __shfl_down_sync(unsigned mask, T value, int step, std::source_location where = std::source_location::current()) {
  const int lane = variometer::emulation::lane();
  return __shfl_sync(mask, value, lane + step < 32 ? lane + step : lane, where);
}

// Whole numbers alone: sums of floats by atomics come out in the order of arrival, which our kernels must not depend
// on.
template <class T>
T atomicAdd(T* at, T value) {
  static_assert(std::is_integral_v<T>);
  const T before = *at;
  *at += value;
  return before;
}
template <class T>
T atomicMax(T* at, T value) {
  static_assert(std::is_integral_v<T>);
  const T before = *at;
  *at = std::max(before, value);
  return before;
}

using std::max;
using std::min;
using std::scalbn;

inline float __uint_as_float(std::uint32_t bits) {
  float x;
  std::memcpy(&x, &bits, sizeof x);
  return x;
}
inline std::uint32_t __float_as_uint(float x) {
  std::uint32_t bits;
  std::memcpy(&bits, &x, sizeof bits);
  return bits;
}
inline int __popc(unsigned x) { return __builtin_popcount(x); }
inline float rsqrtf(float x) { return 1.0F / std::sqrt(x); }
// NOLINTEND
