// SPDX-License-Identifier: GPL-3.0-or-later
// Rotary positions and activations; see fused_cuda_kernels.h. A thread has one pack of values.
#include "core/kernels/fused_cuda_kernels.h"
#include "core/kernels/launch.cuh"
#include "core/kernels/pack.cuh"

namespace variometer::cuda {
namespace {

__device__ std::int64_t own_index() { return static_cast<std::int64_t>(blockIdx.x) * kThreads + threadIdx.x; }

/// One thread: a pack of a head's first half with its partner of the second, or a pack that is only copied.
template <class T, class Table, int kPack>
__global__ void __launch_bounds__(kThreads)
    rotate(Rotary rotary, HeadStrides strides, const T* __restrict__ x, const Table* __restrict__ cos,
           const Table* __restrict__ sin, T* __restrict__ y, std::int64_t n_unit) {
  const std::int64_t unit = own_index();
  if (unit >= n_unit) return;
  const std::int64_t half = rotary.dim / 2, turning = half / kPack;
  const std::int64_t per_head = turning + (rotary.D - rotary.dim) / kPack;
  const std::int64_t head_row = unit / per_head, place = unit % per_head;  // (b, t, h) flat
  const std::int64_t row = head_row / rotary.n_head, h = head_row % rotary.n_head;
  const std::int64_t b = row / rotary.T, t = row % rotary.T;
  x += b * strides.b + t * strides.t + h * strides.h;
  y += head_row * rotary.D;
  float low[kPack], high[kPack], c[kPack], s[kPack];
  if (place >= turning) {
    const std::int64_t at = rotary.dim + (place - turning) * kPack;
    read(x + at, low);
    write(y + at, low);
    return;
  }
  const std::int64_t k = place * kPack;
  read(x + k, low);
  read(x + half + k, high);
  read(cos + t * rotary.dim + k, c);
  read(sin + t * rotary.dim + k, s);
#pragma unroll
  for (int i = 0; i < kPack; ++i) {
    const float turn = rotary.inverse ? -s[i] : s[i], first = low[i], second = high[i];
    low[i] = first * c[i] - second * turn;
    high[i] = second * c[i] + first * turn;
  }
  write(y + k, low);
  write(y + half + k, high);
}

__device__ float sigmoid(float x) { return 1.0F / (1.0F + expf(-x)); }

template <class T, int kPack>
__global__ void __launch_bounds__(kThreads) swiglu(std::int64_t n, std::int64_t width, const T* __restrict__ gate,
                                                   const T* __restrict__ up, std::int64_t ld, T* __restrict__ y) {
  const std::int64_t per_row = width / kPack, unit = own_index();
  if (unit >= n * per_row) return;
  const std::int64_t row = unit / per_row, c = unit % per_row * kPack;
  float g[kPack], u[kPack];
  read(gate + row * ld + c, g);
  read(up + row * ld + c, u);
#pragma unroll
  for (int i = 0; i < kPack; ++i) g[i] = g[i] * sigmoid(g[i]) * u[i];
  write(y + row * width + c, g);
}

template <class T, int kPack>
__global__ void __launch_bounds__(kThreads)
    swiglu_backward(std::int64_t n, std::int64_t width, const T* __restrict__ gate, const T* __restrict__ up,
                    std::int64_t ld, const T* __restrict__ dy, T* __restrict__ gate_grad, T* __restrict__ up_grad,
                    std::int64_t ld_grad) {
  const std::int64_t per_row = width / kPack, unit = own_index();
  if (unit >= n * per_row) return;
  const std::int64_t row = unit / per_row, c = unit % per_row * kPack;
  float g[kPack], u[kPack], d[kPack];
  read(gate + row * ld + c, g);
  read(up + row * ld + c, u);
  read(dy + row * width + c, d);
#pragma unroll
  for (int i = 0; i < kPack; ++i) {
    const float s = sigmoid(g[i]), silu = g[i] * s;
    g[i] = d[i] * u[i] * (s + silu * (1.0F - s));
    u[i] = d[i] * silu;
  }
  write(gate_grad + row * ld_grad + c, g);
  write(up_grad + row * ld_grad + c, u);
}

constexpr float kGeluScale = 0.79788456080286535588F;  // sqrt(2 / pi)
constexpr float kGeluCubic = 0.044715F;

template <class T, int kPack>
__global__ void __launch_bounds__(kThreads) gelu(std::int64_t n, const T* __restrict__ x, T* __restrict__ y) {
  const std::int64_t i0 = own_index() * kPack;
  if (i0 >= n) return;
  float v[kPack];
  read(x + i0, v);
#pragma unroll
  for (int i = 0; i < kPack; ++i) {
    v[i] = 0.5F * v[i] * (1.0F + tanhf(kGeluScale * (v[i] + kGeluCubic * v[i] * v[i] * v[i])));
  }
  write(y + i0, v);
}

template <class T, int kPack>
__global__ void __launch_bounds__(kThreads)
    gelu_backward(std::int64_t n, const T* __restrict__ x, const T* __restrict__ dy, T* __restrict__ dx) {
  const std::int64_t i0 = own_index() * kPack;
  if (i0 >= n) return;
  float v[kPack], d[kPack];
  read(x + i0, v);
  read(dy + i0, d);
#pragma unroll
  for (int i = 0; i < kPack; ++i) {
    const float t = tanhf(kGeluScale * (v[i] + kGeluCubic * v[i] * v[i] * v[i]));
    const float slope = kGeluScale * (1.0F + 3.0F * kGeluCubic * v[i] * v[i]);
    // Far out 1 - t^2 is 0 and the slope may be infinite.
    const float bend = t * t < 1.0F ? 0.5F * v[i] * (1.0F - t * t) * slope : 0.0F;
    v[i] = d[i] * (0.5F * (1.0F + t) + bend);
  }
  write(dx + i0, v);
}

template <class T, class Table>
cudaError_t rotate_with(const Rotary& rotary, const void* x, const HeadStrides& strides, void* y, cudaStream_t stream) {
  constexpr int kPack = kWide<T>;
  const auto fits = [](std::int64_t n) { return n % kPack == 0; };
  const bool wide = fits(rotary.dim / 2) && fits(rotary.D) && fits(strides.b) && fits(strides.t) && fits(strides.h) &&
                    aligned(x, y, rotary.cos, rotary.sin);
  const std::int64_t per_head = rotary.dim / 2 + rotary.D - rotary.dim;
  const std::int64_t n_unit = rotary.B * rotary.T * rotary.n_head * per_head / (wide ? kPack : 1);
  return launch(wide ? rotate<T, Table, kPack> : rotate<T, Table, 1>, blocks_for(n_unit), kThreads, stream, rotary,
                strides, static_cast<const T*>(x), static_cast<const Table*>(rotary.cos),
                static_cast<const Table*>(rotary.sin), static_cast<T*>(y), n_unit);
}

}  // namespace

cudaError_t launch_rotate(const Rotary& rotary, Element element, const void* x, const HeadStrides& strides, void* y,
                          cudaStream_t stream) {
  if (rotary.B * rotary.T * rotary.n_head * rotary.D == 0) return cudaSuccess;
  if (element == Element::float32) return rotate_with<float, float>(rotary, x, strides, y, stream);
  if (rotary.table == Element::float32) return rotate_with<__nv_bfloat16, float>(rotary, x, strides, y, stream);
  return rotate_with<__nv_bfloat16, __nv_bfloat16>(rotary, x, strides, y, stream);
}

cudaError_t launch_swiglu(Element element, std::int64_t n, std::int64_t width, const void* gate, const void* up,
                          std::int64_t ld, void* y, cudaStream_t stream) {
  if (n * width == 0) return cudaSuccess;
  return with_type(element, [&](auto type) {
    using T = decltype(type);
    const bool wide = width % kWide<T> == 0 && ld % kWide<T> == 0 && aligned(gate, up, y);
    return launch(wide ? swiglu<T, kWide<T>> : swiglu<T, 1>, blocks_for(n * width / (wide ? kWide<T> : 1)), kThreads,
                  stream, n, width, static_cast<const T*>(gate), static_cast<const T*>(up), ld, static_cast<T*>(y));
  });
}

cudaError_t launch_swiglu_backward(Element element, std::int64_t n, std::int64_t width, const void* gate,
                                   const void* up, std::int64_t ld, const void* dy, void* gate_grad, void* up_grad,
                                   std::int64_t ld_grad, cudaStream_t stream) {
  if (n * width == 0) return cudaSuccess;
  return with_type(element, [&](auto type) {
    using T = decltype(type);
    const bool wide = width % kWide<T> == 0 && ld % kWide<T> == 0 && ld_grad % kWide<T> == 0 &&
                      aligned(gate, up, dy, gate_grad, up_grad);
    return launch(wide ? swiglu_backward<T, kWide<T>> : swiglu_backward<T, 1>,
                  blocks_for(n * width / (wide ? kWide<T> : 1)), kThreads, stream, n, width,
                  static_cast<const T*>(gate), static_cast<const T*>(up), ld, static_cast<const T*>(dy),
                  static_cast<T*>(gate_grad), static_cast<T*>(up_grad), ld_grad);
  });
}

cudaError_t launch_gelu(Element element, std::int64_t n, const void* x, void* y, cudaStream_t stream) {
  if (n == 0) return cudaSuccess;
  return with_type(element, [&](auto type) {
    using T = decltype(type);
    const bool wide = n % kWide<T> == 0 && aligned(x, y);
    return launch(wide ? gelu<T, kWide<T>> : gelu<T, 1>, blocks_for(n / (wide ? kWide<T> : 1)), kThreads, stream, n,
                  static_cast<const T*>(x), static_cast<T*>(y));
  });
}

cudaError_t launch_gelu_backward(Element element, std::int64_t n, const void* x, const void* dy, void* dx,
                                 cudaStream_t stream) {
  if (n == 0) return cudaSuccess;
  return with_type(element, [&](auto type) {
    using T = decltype(type);
    const bool wide = n % kWide<T> == 0 && aligned(x, dy, dx);
    return launch(wide ? gelu_backward<T, kWide<T>> : gelu_backward<T, 1>, blocks_for(n / (wide ? kWide<T> : 1)),
                  kThreads, stream, n, static_cast<const T*>(x), static_cast<const T*>(dy), static_cast<T*>(dx));
  });
}

}  // namespace variometer::cuda
