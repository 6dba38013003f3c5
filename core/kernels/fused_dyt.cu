// SPDX-License-Identifier: GPL-3.0-or-later
// DyT, forward and backward; see fused_cuda_kernels.h and fused_site.cuh.
#include "core/kernels/fused_site.cuh"

namespace variometer::cuda {
namespace {

template <class T, int kPack>
__global__ void __launch_bounds__(kThreads)
    dyt_rows(DytSite site, std::int64_t n, std::int64_t C, const T* __restrict__ x, T* __restrict__ y) {
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
    dyt_backward_rows(DytSite site, std::int64_t n, std::int64_t C, const T* __restrict__ x, const T* __restrict__ dy,
                      T* __restrict__ dx) {
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

template <class T>
__global__ void __launch_bounds__(kThreads)
    dyt_parts(DytSite site, std::int64_t n, std::int64_t C, std::int64_t rows, const T* __restrict__ x,
              const T* __restrict__ dy, float* __restrict__ parts) {
  const Column column(n, C, rows, parts);
  const std::int64_t c = column.c;
  if (c >= C) return;
  const float alpha = *site.alpha, w = site.weight[c];
  float weight = 0, bias = 0, slope = 0;
#pragma unroll 4
  for (std::int64_t row = column.first; row < column.last; ++row) {
    const float v = load(x, row * C + c), g = load(dy, row * C + c), t = tanhf(alpha * v);
    weight += g * t;
    bias += g;
    slope += g * w * (1.0F - t * t) * v;
  }
  column.part[0] = weight;
  column.part[C] = bias;
  column.part[2 * C] = slope;
}

}  // namespace

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
  return with_type(element, [&](auto type) {
    using T = decltype(type);
    const bool wide = C % kWide<T> == 0 && aligned(x, dy, dx, site.weight);
    return backward(
        n, C, grads, scratch, stream,
        [&] {
          return launch(wide ? dyt_backward_rows<T, kWide<T>> : dyt_backward_rows<T, 1>, warps_for(n), kThreads, stream,
                        site, n, C, as<T>(x), as<T>(dy), as<T>(dx));
        },
        [&](dim3 grid, std::int64_t rows) {
          return launch(dyt_parts<T>, grid, kThreads, stream, site, n, C, rows, as<T>(x), as<T>(dy), scratch);
        });
  });
}

}  // namespace variometer::cuda
