// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <utility>

// The kernels of fused_cuda_kernels.h over tensors, forward and backward, without autograd
// (core/model/fused_cuda_path.h has that). Activations float32 or bfloat16, parameters and their gradients float32, all
// on one CUDA device; work is queued on the current stream. Where .cu files are not part of the program
// (fused_no_cuda.cpp) these throw; no CUDA tensor can exist there. Trainer's thread.
namespace variometer {

struct CudaNorm {
  double eps = 1e-5;
  bool centred = false;      ///< layer norm
  double weight_offset = 0;  ///< added to the weight: 1 in Gemma
};
struct CudaNormOut {
  at::Tensor y;
  at::Tensor normal;  ///< (rows, 2): mean and 1 / standard deviation, for the backward pass
};
/// Gradients; undefined where there is no such parameter.
struct CudaSiteGrads {
  at::Tensor x, weight, bias, alpha;
};

/// Over the last dimension. weight and bias may be undefined.
CudaNormOut norm_cuda(const CudaNorm& norm, const at::Tensor& x, const at::Tensor& weight, const at::Tensor& bias);
CudaSiteGrads norm_backward_cuda(const CudaNorm& norm, const at::Tensor& dy, const at::Tensor& x,
                                 const at::Tensor& normal, const at::Tensor& weight, bool has_bias);

/// weight * tanh(alpha x) + bias; bias may be undefined.
at::Tensor dyt_cuda(const at::Tensor& x, const at::Tensor& alpha, const at::Tensor& weight, const at::Tensor& bias);
CudaSiteGrads dyt_backward_cuda(const at::Tensor& dy, const at::Tensor& x, const at::Tensor& alpha,
                                const at::Tensor& weight, bool has_bias);

/// Rotary positions: x (B, T, H, D), any strides but the last; cos, sin (T, dim) in float32 or x's type. Returns it
/// contiguous. `inverse`: the backward rotation.
at::Tensor rotate_cuda(const at::Tensor& x, const at::Tensor& cos, const at::Tensor& sin, bool inverse);

/// silu(gate) * up. An undefined `up`: both are halves of the last dimension of `gate`.
at::Tensor swiglu_cuda(const at::Tensor& gate, const at::Tensor& up);
std::pair<at::Tensor, at::Tensor> swiglu_backward_cuda(const at::Tensor& dy, const at::Tensor& gate,
                                                       const at::Tensor& up);

at::Tensor gelu_cuda(const at::Tensor& x);
at::Tensor gelu_backward_cuda(const at::Tensor& dy, const at::Tensor& x);

/// The head fused with the loss: see fused_cross_entropy.h. weight_grad is float32, whatever h is. A target outside the
/// vocabulary makes the loss NaN. No more than most_bytes of logits (one row at least) are alive at a time.
struct CudaHeadLoss {
  at::Tensor loss;                 ///< float32 scalar
  at::Tensor h_grad, weight_grad;  ///< undefined unless asked for
};
CudaHeadLoss head_loss_cuda(const at::Tensor& h, const at::Tensor& weight, const at::Tensor& targets,
                            bool with_gradients, std::int64_t most_bytes = std::int64_t{256} << 20);

}  // namespace variometer
