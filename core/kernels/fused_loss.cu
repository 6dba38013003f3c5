// SPDX-License-Identifier: GPL-3.0-or-later
// The loss of rows of logits and its gradient in their place; see fused_cuda_kernels.h. One block a row: the first read
// keeps a running maximum and the sum of exponentials below it, the second writes.
#include "core/kernels/fused_cuda_kernels.h"
#include "core/kernels/launch.cuh"
#include "core/kernels/pack.cuh"

namespace variometer::cuda {
namespace {

constexpr float kLowest = -3.402823466e38F;  // not -infinity, whose difference from itself is NaN

/// What a thread has seen: the sum of exp(x - largest). NaN and +infinity make the sum NaN.
struct Running {
  float largest = kLowest, sum = 0;

  template <int n>
  __device__ void add(const float (&x)[n]) {
    float most = largest;
#pragma unroll
    for (int i = 0; i < n; ++i) most = fmaxf(most, x[i]);
    sum *= expf(largest - most);
    largest = most;
#pragma unroll
    for (int i = 0; i < n; ++i) sum += expf(x[i] - most);
  }
};

template <class T, int kPack>
__global__ void __launch_bounds__(kThreads)
    cross_entropy(std::int64_t V, T* __restrict__ logits, std::int64_t ld, const std::int64_t* __restrict__ targets,
                  float scale, float* __restrict__ losses) {
  __shared__ float scratch[kWarps];
  __shared__ float total;
  T* row = logits + blockIdx.x * ld;
  const std::int64_t target = targets[blockIdx.x], packed_end = V / kPack * kPack;
  Running running;
  float x[kPack], one[1];
  for (std::int64_t c = static_cast<std::int64_t>(threadIdx.x) * kPack; c < packed_end; c += kThreads * kPack) {
    read(row + c, x);
    running.add(x);
  }
  if (const std::int64_t c = packed_end + threadIdx.x; c < V) {
    read(row + c, one);
    running.add(one);
  }
  const float largest = block_max(running.largest, scratch);
  const float sum = block_sum(running.sum * expf(running.largest - largest), scratch);
  if (threadIdx.x == 0) {
    total = sum;
    const bool exists = target >= 0 && target < V;
    losses[blockIdx.x] = exists ? largest + logf(sum) - load(row, target) : nanf("");
  }
  __syncthreads();  // the target's logit has been read: rows may be written
  if (scale == 0) return;
  const float factor = scale / total;
  for (std::int64_t c = static_cast<std::int64_t>(threadIdx.x) * kPack; c < packed_end; c += kThreads * kPack) {
    read(row + c, x);
#pragma unroll
    for (int i = 0; i < kPack; ++i) x[i] = expf(x[i] - largest) * factor - (c + i == target ? scale : 0.0F);
    write(row + c, x);
  }
  if (const std::int64_t c = packed_end + threadIdx.x; c < V) {
    read(row + c, one);
    one[0] = expf(one[0] - largest) * factor - (c == target ? scale : 0.0F);
    write(row + c, one);
  }
}

}  // namespace

cudaError_t launch_cross_entropy(Element element, std::int64_t n, std::int64_t V, void* logits, std::int64_t ld,
                                 const std::int64_t* targets, float scale, float* losses, cudaStream_t stream) {
  if (n == 0) return cudaSuccess;
  const dim3 grid(static_cast<unsigned>(n));
  return with_type(element, [&](auto type) {
    using T = decltype(type);
    const bool wide = ld % kWide<T> == 0 && aligned(logits);
    return launch(wide ? cross_entropy<T, kWide<T>> : cross_entropy<T, 1>, grid, kThreads, stream, V,
                  static_cast<T*>(logits), ld, targets, scale, losses);
  });
}

}  // namespace variometer::cuda
