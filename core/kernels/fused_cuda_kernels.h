// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

// The row and element operators of training on CUDA: raw device pointers and a stream, no LibTorch. Activations are
// float32 or bfloat16 (`element`), parameters and their gradients float32; everything is computed in float32 and
// rounded once, when it is stored. All calls only queue work. Results are the same bits every time: no atomics, sums in
// a fixed order. Rows are contiguous unless a distance (`ld`, in values) is given. 16 bytes are moved at a time where
// pointers and widths allow, single values otherwise.
//
// Matrix products and attention are not here: cuBLAS and LibTorch's fused attention have them.

#include <cuda_runtime_api.h>

#include <cstddef>
#include <cstdint>

#include "core/kernels/element.h"

namespace variometer::cuda {

/// y = (weight_offset + weight) * (x - mean) / sqrt(variance + eps) + bias over each row; without `centred` mean = 0.
struct NormSite {
  const float* weight = nullptr;  ///< [C]; null: ones, no offset
  const float* bias = nullptr;    ///< [C]; may be null
  float weight_offset = 0;        ///< 1 in Gemma's norms
  float eps = 1e-5F;
  bool centred = false;  ///< layer norm
};

/// y = weight * tanh(alpha x) + bias.
struct DytSite {
  const float* alpha = nullptr;   ///< [1]
  const float* weight = nullptr;  ///< [C]
  const float* bias = nullptr;    ///< [C]; may be null
};

/// Written, not added to; null: not wanted.
struct SiteGrads {
  float* weight = nullptr;  ///< [C]
  float* bias = nullptr;    ///< [C]
  float* alpha = nullptr;   ///< [1]; DyT only
};

/// normal [n, 2] receives mean and 1 / sqrt(variance + eps) of each row, for the backward pass; null: not kept.
cudaError_t launch_norm(const NormSite& site, Element element, std::int64_t n, std::int64_t C, const void* x, void* y,
                        float* normal, cudaStream_t stream);
/// dx is written. Scratch: site_scratch_floats(C) floats.
cudaError_t launch_norm_backward(const NormSite& site, Element element, std::int64_t n, std::int64_t C, const void* x,
                                 const void* dy, const float* normal, void* dx, const SiteGrads& grads, float* scratch,
                                 cudaStream_t stream);
cudaError_t launch_dyt(const DytSite& site, Element element, std::int64_t n, std::int64_t C, const void* x, void* y,
                       cudaStream_t stream);
cudaError_t launch_dyt_backward(const DytSite& site, Element element, std::int64_t n, std::int64_t C, const void* x,
                                const void* dy, void* dx, const SiteGrads& grads, float* scratch, cudaStream_t stream);
std::size_t site_scratch_floats(std::int64_t C);

/// Rotary positions of B sequences of T tokens of n_head heads of D values. The first `dim` of each head turn (halves
/// are pairs), the rest is copied. cos, sin (T, dim), halves alike, in `table`'s type.
struct Rotary {
  std::int64_t B = 0, T = 0, n_head = 0, D = 0, dim = 0;
  const void* cos = nullptr;
  const void* sin = nullptr;
  Element table = Element::float32;  ///< float32, or as the activations
  bool inverse = false;              ///< the backward rotation
};
/// From x, with these distances between sequences, tokens and heads, to y (B, T, n_head, D).
struct HeadStrides {
  std::int64_t b = 0, t = 0, h = 0;
};
cudaError_t launch_rotate(const Rotary& rotary, Element element, const void* x, const HeadStrides& strides, void* y,
                          cudaStream_t stream);

/// y (n, width) = silu(gate) * up; rows of gate and up are ld apart.
cudaError_t launch_swiglu(Element element, std::int64_t n, std::int64_t width, const void* gate, const void* up,
                          std::int64_t ld, void* y, cudaStream_t stream);
/// gate_grad and up_grad: rows ld_grad apart.
cudaError_t launch_swiglu_backward(Element element, std::int64_t n, std::int64_t width, const void* gate,
                                   const void* up, std::int64_t ld, const void* dy, void* gate_grad, void* up_grad,
                                   std::int64_t ld_grad, cudaStream_t stream);

/// y = gelu_new(x), n values.
cudaError_t launch_gelu(Element element, std::int64_t n, const void* x, void* y, cudaStream_t stream);
cudaError_t launch_gelu_backward(Element element, std::int64_t n, const void* x, const void* dy, void* dx,
                                 cudaStream_t stream);

/// losses [n] = -log softmax(row)[target]; with `scale` != 0 the rows become (softmax - one-hot) * scale in place. A
/// target outside [0, V) makes that row's loss NaN.
cudaError_t launch_cross_entropy(Element element, std::int64_t n, std::int64_t V, void* logits, std::int64_t ld,
                                 const std::int64_t* targets, float scale, float* losses, cudaStream_t stream);

}  // namespace variometer::cuda
