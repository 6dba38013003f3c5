// SPDX-License-Identifier: GPL-3.0-or-later
// Norms, forward and backward; see fused_cuda_kernels.h and fused_site.cuh.
#include "core/kernels/fused_site.cuh"

namespace variometer::cuda {
namespace {

/// `weight` where it is there, in float32.
template <int kPack>
__device__ void read_weight(const float* weight, float offset, std::int64_t c, float (&to)[kPack]) {
  if (weight != nullptr) read(weight + c, to);
#pragma unroll
  for (int i = 0; i < kPack; ++i) to[i] = weight == nullptr ? 1.0F : to[i] + offset;
}

template <class T, int kPack>
__global__ void __launch_bounds__(kThreads)
    norm_rows(NormSite site, std::int64_t n, std::int64_t C, const T* __restrict__ x, T* __restrict__ y,
              float* __restrict__ normal) {
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
__global__ void __launch_bounds__(kThreads)
    norm_backward_rows(NormSite site, std::int64_t n, std::int64_t C, const T* __restrict__ x, const T* __restrict__ dy,
                       const float* __restrict__ normal, T* __restrict__ dx) {
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

template <class T>
__global__ void __launch_bounds__(kThreads)
    norm_parts(std::int64_t n, std::int64_t C, std::int64_t rows, const T* __restrict__ x, const T* __restrict__ dy,
               const float* __restrict__ normal, float* __restrict__ parts) {
  const Column column(n, C, rows, parts);
  const std::int64_t c = column.c;
  if (c >= C) return;
  float weight = 0, bias = 0;
#pragma unroll 4
  for (std::int64_t row = column.first; row < column.last; ++row) {
    const float g = load(dy, row * C + c);
    weight += g * ((load(x, row * C + c) - normal[2 * row]) * normal[2 * row + 1]);
    bias += g;
  }
  column.part[0] = weight;
  column.part[C] = bias;
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
  return with_type(element, [&](auto type) {
    using T = decltype(type);
    const bool wide = C % kWide<T> == 0 && aligned(x, dy, dx, site.weight);
    return backward(
        n, C, {grads.weight, grads.bias, nullptr}, scratch, stream,
        [&] {
          return launch(wide ? norm_backward_rows<T, kWide<T>> : norm_backward_rows<T, 1>, warps_for(n), kThreads,
                        stream, site, n, C, as<T>(x), as<T>(dy), normal, as<T>(dx));
        },
        [&](dim3 grid, std::int64_t rows) {
          return launch(norm_parts<T>, grid, kThreads, stream, n, C, rows, as<T>(x), as<T>(dy), normal, scratch);
        });
  });
}

}  // namespace variometer::cuda
