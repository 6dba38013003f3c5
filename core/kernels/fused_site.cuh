// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

// What norms and DyT (fused_norm.cu, fused_dyt.cu) have in common: a warp has one row, so nothing waits for a barrier;
// the gradients of the parameters are sums over rows, partial sums of fixed pieces first, then the pieces in order.

#include "core/kernels/fused_cuda_kernels.h"
#include "core/kernels/launch.cuh"
#include "core/kernels/pack.cuh"

namespace variometer::cuda {

inline constexpr int kMostSums = 3;             // weight, bias, alpha
inline constexpr std::int64_t kLeastRows = 64;  // of a piece
inline constexpr std::int64_t kMostPieces = 256;

struct Pieces {
  explicit Pieces(std::int64_t n_row) {
    const std::int64_t wanted = (n_row + kLeastRows - 1) / kLeastRows;
    const std::int64_t most = wanted < 1 ? 1 : wanted > kMostPieces ? kMostPieces : wanted;
    rows = (n_row + most - 1) / most;
    count = rows == 0 ? 0 : (n_row + rows - 1) / rows;
  }
  std::int64_t rows = 0, count = 0;
};

__device__ inline std::int64_t own_row() { return static_cast<std::int64_t>(blockIdx.x) * kWarps + threadIdx.x / 32; }
inline dim3 warps_for(std::int64_t n_row) { return dim3(static_cast<unsigned>((n_row + kWarps - 1) / kWarps)); }

/// One column of one piece of rows: what one thread of a kernel of partial sums has; neighbours read neighbouring
/// values.
struct Column {
  std::int64_t c, first, last;
  float* part;  ///< its sums, [sum][C] in parts[piece][sum][C]

  __device__ Column(std::int64_t n, std::int64_t C, std::int64_t rows, float* parts)
      : c(static_cast<std::int64_t>(blockIdx.x) * kThreads + threadIdx.x),
        first(blockIdx.y * rows),
        last(min(n, first + rows)),
        part(parts + static_cast<std::int64_t>(blockIdx.y) * kMostSums * C + c) {}
};

struct Sums {
  float* of[kMostSums];
};

/// Adds up the pieces of every column; grid row s makes sum s.
inline __global__ void __launch_bounds__(kThreads)
    add_pieces(const float* __restrict__ parts, std::int64_t n_piece, std::int64_t C, Sums sums) {
  const std::int64_t c = static_cast<std::int64_t>(blockIdx.x) * kThreads + threadIdx.x;
  float* out = sums.of[blockIdx.y];
  if (c >= C || out == nullptr) return;
  double sum = 0;
  for (std::int64_t piece = 0; piece < n_piece; ++piece) sum += parts[(piece * kMostSums + blockIdx.y) * C + c];
  out[c] = static_cast<float>(sum);
}

/// One block: out = sum of n values.
inline __global__ void __launch_bounds__(kThreads)
    add_all(const float* __restrict__ values, std::int64_t n, float* out) {
  __shared__ double scratch[kWarps];
  double sum = 0;
  for (std::int64_t i = threadIdx.x; i < n; i += kThreads) sum += values[i];
  sum = block_sum(sum, scratch);
  if (threadIdx.x == 0) *out = static_cast<float>(sum);
}

/// A backward pass: `rows()` queues what makes dx, `parts(grid, rows)` what makes the partial sums of pieces of so many
/// rows in `scratch`; their sums follow.
template <class Rows, class Parts>
cudaError_t backward(std::int64_t n, std::int64_t C, const SiteGrads& grads, float* scratch, cudaStream_t stream,
                     const Rows& rows, const Parts& parts) {
  FirstError error;
  if (n > 0) error << rows();
  if (grads.weight == nullptr && grads.bias == nullptr && grads.alpha == nullptr) return error;
  const Pieces pieces(n);
  dim3 grid = blocks_for(C);
  if (n > 0) {
    grid.y = static_cast<unsigned>(pieces.count);
    error << parts(grid, pieces.rows);
  }
  // Alpha's sum is over the columns too.
  float* columns = grads.alpha != nullptr ? scratch + kMostPieces * kMostSums * C : nullptr;
  grid.y = kMostSums;
  error << launch(add_pieces, grid, kThreads, stream, scratch, pieces.count, C,
                  Sums{{grads.weight, grads.bias, columns}});
  if (columns != nullptr) error << launch(add_all, dim3(1), kThreads, stream, columns, C, grads.alpha);
  return error;
}

template <class T>
const T* as(const void* x) {
  return static_cast<const T*>(x);
}
template <class T>
T* as(void* x) {
  return static_cast<T*>(x);
}

}  // namespace variometer::cuda
