// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <ATen/core/Tensor.h>

#include "core/kernels/fused_cuda.h"
#include "core/model/block.h"

// The operators of core/kernels/fused_cuda.h behind autograd: one read and one write of the activations where
// LibTorch's composition takes several, computed in float32 and rounded once. core/model/{norm,mlp,attention}.cpp take
// them on a CUDA tensor. Parameters come as they are trained, in float32. Each backward pass may run more than once.
//
// Not among them: matrix products (cuBLAS), and attention. LibTorch's fused attention reads q, k and v once and never
// writes the scores; it also takes the KV-bias slot as one more key (attention.cpp), which costs two copies of k and v,
// small beside the attention itself. A kernel of ours would have to match it on every architecture to be worth having.
namespace variometer {

/// Whether x takes these: on CUDA, unless its model keeps Hugging Face's rounding points.
bool fuses_on_cuda(const BlockContext& context, const at::Tensor& x);

at::Tensor fused_cuda_norm(const CudaNorm& norm, const at::Tensor& x, const at::Tensor& weight, const at::Tensor& bias);
at::Tensor fused_cuda_dyt(const at::Tensor& x, const at::Tensor& alpha, const at::Tensor& weight,
                          const at::Tensor& bias);
/// x (B, T, H, D).
at::Tensor fused_cuda_rotate(const at::Tensor& x, const at::Tensor& cos, const at::Tensor& sin);
/// An undefined `up`: gate holds both, halves of its last dimension.
at::Tensor fused_cuda_swiglu(const at::Tensor& gate, const at::Tensor& up);
at::Tensor fused_cuda_gelu(const at::Tensor& x);

}  // namespace variometer
