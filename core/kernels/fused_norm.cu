// SPDX-License-Identifier: GPL-3.0-or-later
// Norms and DyT, forward and backward; see fused_cuda_kernels.h. A warp has one row: nothing waits for a barrier. The
// gradients of the parameters are sums over rows: partial sums of fixed pieces first, then the pieces in order.
#include "core/kernels/fused_cuda_kernels.h"
#include "core/kernels/launch.cuh"
#include "core/kernels/pack.cuh"

namespace variometer::cuda {
namespace {

constexpr int kMostSums = 3;             // weight, bias, alpha
constexpr std::int64_t kLeastRows = 64;  // of a piece
constexpr std::int64_t kMostPieces = 256;

struct Pieces {
  explicit Pieces(std::int64_t n_row) {
    const std::int64_t wanted = (n_row + kLeastRows - 1) / kLeastRows;
    const std::int64_t most = wanted < 1 ? 1 : wanted > kMostPieces ? kMostPieces : wanted;
    rows = (n_row + most - 1) / most;
    count = rows == 0 ? 0 : (n_row + rows - 1) / rows;
  }
  std::int64_t rows = 0, count = 0;
};

__device__ std::int64_t own_row() { return static_cast<std::int64_t>(blockIdx.x) * kWarps + threadIdx.x / 32; }
dim3 warps_for(std::int64_t n_row) { return dim3(static_cast<unsigned>((n_row + kWarps - 1) / kWarps)); }

/// `weight` where it is there, in float32.
template <int kPack>
__device__ void read_weight(const float* weight, float offset, std::int64_t c, float (&to)[kPack]) {
  if (weight != nullptr) read(weight + c, to);
#pragma unroll
  for (int i = 0; i < kPack; ++i) to[i] = weight == nullptr ? 1.0F : to[i] + offset;
}

template <class T, int kPack>
__global__ void __launch_bounds__(kThreads)
    norm_rows(NormSite site, std::int64_t n, std::int64_t C, const T* x, T* y, float* normal) {
  const std::int64_t row = own_row();
  if (row >= n) return;
  const int lane = threadIdx.x % 32;
  const auto width = static_cast<float>(C);
  x += row * C;
  y += row * C;
  float v[kPack], w[kPack], b[kPack] = {};
  float mean = 0;
  if (site.centred) {
    float sum = 0;
    for (std::int64_t c = lane * kPack; c < C; c += 32 * kPack) {
      read(x + c, v);
#pragma unroll
      for (int i = 0; i < kPack; ++i) sum += v[i];
    }
    mean = warp_sum(sum) / width;
  }
  float squares = 0;
  for (std::int64_t c = lane * kPack; c < C; c += 32 * kPack) {
    read(x + c, v);
#pragma unroll
    for (int i = 0; i < kPack; ++i) squares += (v[i] - mean) * (v[i] - mean);
  }
  const float inverse = 1.0F / sqrtf(warp_sum(squares) / width + site.eps);
  for (std::int64_t c = lane * kPack; c < C; c += 32 * kPack) {
    read(x + c, v);
    read_weight(site.weight, site.weight_offset, c, w);
    if (site.bias != nullptr) read(site.bias + c, b);
#pragma unroll
    for (int i = 0; i < kPack; ++i) v[i] = w[i] * ((v[i] - mean) * inverse) + b[i];
    write(y + c, v);
  }
  if (lane == 0 && normal != nullptr) {
    normal[2 * row] = mean;
    normal[2 * row + 1] = inverse;
  }
}

template <class T, int kPack>
__global__ void __launch_bounds__(kThreads) norm_backward_rows(NormSite site, std::int64_t n, std::int64_t C,
                                                               const T* x, const T* dy, const float* normal, T* dx) {
  const std::int64_t row = own_row();
  if (row >= n) return;
  const int lane = threadIdx.x % 32;
  const float mean = normal[2 * row], inverse = normal[2 * row + 1];
  x += row * C;
  dy += row * C;
  dx += row * C;
  float v[kPack], g[kPack], w[kPack];
  float sum = 0, dot = 0;
  for (std::int64_t c = lane * kPack; c < C; c += 32 * kPack) {
    read(x + c, v);
    read(dy + c, g);
    read_weight(site.weight, site.weight_offset, c, w);
#pragma unroll
    for (int i = 0; i < kPack; ++i) {
      sum += g[i] * w[i];
      dot += g[i] * w[i] * ((v[i] - mean) * inverse);
    }
  }
  const float share = 1.0F / static_cast<float>(C);
  const float mean_inner = site.centred ? warp_sum(sum) * share : 0.0F;
  const float mean_dot = warp_sum(dot) * share;
  for (std::int64_t c = lane * kPack; c < C; c += 32 * kPack) {
    read(x + c, v);
    read(dy + c, g);
    read_weight(site.weight, site.weight_offset, c, w);
#pragma unroll
    for (int i = 0; i < kPack; ++i) {
      v[i] = inverse * (g[i] * w[i] - mean_inner - (v[i] - mean) * inverse * mean_dot);
    }
    write(dx + c, v);
  }
}

template <class T, int kPack>
__global__ void __launch_bounds__(kThreads) dyt_rows(DytSite site, std::int64_t n, std::int64_t C, const T* x, T* y) {
  const std::int64_t row = own_row();
  if (row >= n) return;
  const float alpha = *site.alpha;
  float v[kPack], w[kPack], b[kPack] = {};
  for (std::int64_t c = threadIdx.x % 32 * kPack; c < C; c += 32 * kPack) {
    read(x + row * C + c, v);
    read(site.weight + c, w);
    if (site.bias != nullptr) read(site.bias + c, b);
#pragma unroll
    for (int i = 0; i < kPack; ++i) v[i] = w[i] * tanhf(alpha * v[i]) + b[i];
    write(y + row * C + c, v);
  }
}

template <class T, int kPack>
__global__ void __launch_bounds__(kThreads)
    dyt_backward_rows(DytSite site, std::int64_t n, std::int64_t C, const T* x, const T* dy, T* dx) {
  const std::int64_t row = own_row();
  if (row >= n) return;
  const float alpha = *site.alpha;
  float v[kPack], g[kPack], w[kPack];
  for (std::int64_t c = threadIdx.x % 32 * kPack; c < C; c += 32 * kPack) {
    read(x + row * C + c, v);
    read(dy + row * C + c, g);
    read(site.weight + c, w);
#pragma unroll
    for (int i = 0; i < kPack; ++i) {
      const float t = tanhf(alpha * v[i]);
      v[i] = alpha * g[i] * w[i] * (1.0F - t * t);
    }
    write(dx + row * C + c, v);
  }
}

/// parts[piece][sum][C]: one thread has one column of one piece of rows; neighbours read neighbouring values.
template <class T>
__global__ void __launch_bounds__(kThreads) norm_parts(std::int64_t n, std::int64_t C, std::int64_t rows, const T* x,
                                                       const T* dy, const float* normal, float* parts) {
  const std::int64_t c = static_cast<std::int64_t>(blockIdx.x) * kThreads + threadIdx.x;
  if (c >= C) return;
  const std::int64_t first = blockIdx.y * rows, last = min(n, first + rows);
  float weight = 0, bias = 0;
#pragma unroll 4
  for (std::int64_t row = first; row < last; ++row) {
    const float g = load(dy, row * C + c);
    weight += g * ((load(x, row * C + c) - normal[2 * row]) * normal[2 * row + 1]);
    bias += g;
  }
  float* part = parts + static_cast<std::int64_t>(blockIdx.y) * kMostSums * C + c;
  part[0] = weight;
  part[C] = bias;
}

template <class T>
__global__ void __launch_bounds__(kThreads)
    dyt_parts(DytSite site, std::int64_t n, std::int64_t C, std::int64_t rows, const T* x, const T* dy, float* parts) {
  const std::int64_t c = static_cast<std::int64_t>(blockIdx.x) * kThreads + threadIdx.x;
  if (c >= C) return;
  const std::int64_t first = blockIdx.y * rows, last = min(n, first + rows);
  const float alpha = *site.alpha, w = site.weight[c];
  float weight = 0, bias = 0, slope = 0;
#pragma unroll 4
  for (std::int64_t row = first; row < last; ++row) {
    const float v = load(x, row * C + c), g = load(dy, row * C + c), t = tanhf(alpha * v);
    weight += g * t;
    bias += g;
    slope += g * w * (1.0F - t * t) * v;
  }
  float* part = parts + static_cast<std::int64_t>(blockIdx.y) * kMostSums * C + c;
  part[0] = weight;
  part[C] = bias;
  part[2 * C] = slope;
}

struct Sums {
  float* of[kMostSums];
};

/// Adds up the pieces of every column; grid row s makes sum s.
__global__ void __launch_bounds__(kThreads)
    add_pieces(const float* parts, std::int64_t n_piece, std::int64_t C, Sums sums) {
  const std::int64_t c = static_cast<std::int64_t>(blockIdx.x) * kThreads + threadIdx.x;
  float* out = sums.of[blockIdx.y];
  if (c >= C || out == nullptr) return;
  double sum = 0;
  for (std::int64_t piece = 0; piece < n_piece; ++piece) sum += parts[(piece * kMostSums + blockIdx.y) * C + c];
  out[c] = static_cast<float>(sum);
}

/// One block: out = sum of n values.
__global__ void __launch_bounds__(kThreads) add_all(const float* values, std::int64_t n, float* out) {
  __shared__ double scratch[kWarps];
  double sum = 0;
  for (std::int64_t i = threadIdx.x; i < n; i += kThreads) sum += values[i];
  sum = block_sum(sum, scratch);
  if (threadIdx.x == 0) *out = static_cast<float>(sum);
}

/// What follows the parts: their sums.
cudaError_t finish(const Pieces& pieces, std::int64_t C, const SiteGrads& grads, float* scratch, cudaStream_t stream) {
  float* columns = scratch + kMostPieces * kMostSums * C;
  dim3 grid = blocks_for(C);
  grid.y = grads.alpha != nullptr ? 3 : 2;
  const Sums sums{{grads.weight, grads.bias, grads.alpha != nullptr ? columns : nullptr}};
  FirstError error;
  error << launch(add_pieces, grid, kThreads, stream, scratch, pieces.count, C, sums);
  if (grads.alpha != nullptr) error << launch(add_all, dim3(1), kThreads, stream, columns, C, grads.alpha);
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

}  // namespace

std::size_t site_scratch_floats(std::int64_t C) { return static_cast<std::size_t>((kMostPieces * kMostSums + 1) * C); }

cudaError_t launch_norm(const NormSite& site, Element element, std::int64_t n, std::int64_t C, const void* x, void* y,
                        float* normal, cudaStream_t stream) {
  if (n == 0) return cudaSuccess;
  return with_type(element, [&](auto type) {
    using T = decltype(type);
    const bool wide = C % kWide<T> == 0 && aligned(x, y, site.weight, site.bias);
    return launch(wide ? norm_rows<T, kWide<T>> : norm_rows<T, 1>, warps_for(n), kThreads, stream, site, n, C, as<T>(x),
                  as<T>(y), normal);
  });
}

cudaError_t launch_norm_backward(const NormSite& site, Element element, std::int64_t n, std::int64_t C, const void* x,
                                 const void* dy, const float* normal, void* dx, const SiteGrads& grads, float* scratch,
                                 cudaStream_t stream) {
  const Pieces pieces(n);
  return with_type(element, [&](auto type) {
    using T = decltype(type);
    FirstError error;
    if (n > 0) {
      const bool wide = C % kWide<T> == 0 && aligned(x, dy, dx, site.weight);
      error << launch(wide ? norm_backward_rows<T, kWide<T>> : norm_backward_rows<T, 1>, warps_for(n), kThreads, stream,
                      site, n, C, as<T>(x), as<T>(dy), normal, as<T>(dx));
    }
    if (grads.weight == nullptr && grads.bias == nullptr) return static_cast<cudaError_t>(error);
    if (n > 0) {
      dim3 grid = blocks_for(C);
      grid.y = static_cast<unsigned>(pieces.count);
      error << launch(norm_parts<T>, grid, kThreads, stream, n, C, pieces.rows, as<T>(x), as<T>(dy), normal, scratch);
    }
    return static_cast<cudaError_t>(error << finish(pieces, C, {grads.weight, grads.bias, nullptr}, scratch, stream));
  });
}

cudaError_t launch_dyt(const DytSite& site, Element element, std::int64_t n, std::int64_t C, const void* x, void* y,
                       cudaStream_t stream) {
  if (n == 0) return cudaSuccess;
  return with_type(element, [&](auto type) {
    using T = decltype(type);
    const bool wide = C % kWide<T> == 0 && aligned(x, y, site.weight, site.bias);
    return launch(wide ? dyt_rows<T, kWide<T>> : dyt_rows<T, 1>, warps_for(n), kThreads, stream, site, n, C, as<T>(x),
                  as<T>(y));
  });
}

cudaError_t launch_dyt_backward(const DytSite& site, Element element, std::int64_t n, std::int64_t C, const void* x,
                                const void* dy, void* dx, const SiteGrads& grads, float* scratch, cudaStream_t stream) {
  const Pieces pieces(n);
  return with_type(element, [&](auto type) {
    using T = decltype(type);
    FirstError error;
    if (n > 0) {
      const bool wide = C % kWide<T> == 0 && aligned(x, dy, dx, site.weight);
      error << launch(wide ? dyt_backward_rows<T, kWide<T>> : dyt_backward_rows<T, 1>, warps_for(n), kThreads, stream,
                      site, n, C, as<T>(x), as<T>(dy), as<T>(dx));
      dim3 grid = blocks_for(C);
      grid.y = static_cast<unsigned>(pieces.count);
      error << launch(dyt_parts<T>, grid, kThreads, stream, site, n, C, pieces.rows, as<T>(x), as<T>(dy), scratch);
    }
    return static_cast<cudaError_t>(error << finish(pieces, C, grads, scratch, stream));
  });
}

}  // namespace variometer::cuda
