// SPDX-License-Identifier: GPL-3.0-or-later
// Built instead of fused_cuda.cpp where the program is not linked with LibTorch's CUDA libraries.
#include "core/base/error.h"
#include "core/kernels/fused_cuda.h"

namespace variometer {
namespace {

[[noreturn]] void missing() {
  throw device_error("this build of Variometer has no CUDA kernels; rebuild it where nvcc and the full LibTorch are");
}

}  // namespace

using at::Tensor;

CudaNormOut norm_cuda(const CudaNorm&, const Tensor&, const Tensor&, const Tensor&) { missing(); }
CudaSiteGrads norm_backward_cuda(const CudaNorm&, const Tensor&, const Tensor&, const Tensor&, const Tensor&, bool) {
  missing();
}
Tensor dyt_cuda(const Tensor&, const Tensor&, const Tensor&, const Tensor&) { missing(); }
CudaSiteGrads dyt_backward_cuda(const Tensor&, const Tensor&, const Tensor&, const Tensor&, bool) { missing(); }
Tensor rotate_cuda(const Tensor&, const Tensor&, const Tensor&, bool) { missing(); }
Tensor swiglu_cuda(const Tensor&, const Tensor&) { missing(); }
std::pair<Tensor, Tensor> swiglu_backward_cuda(const Tensor&, const Tensor&, const Tensor&) { missing(); }
Tensor gelu_cuda(const Tensor&) { missing(); }
Tensor gelu_backward_cuda(const Tensor&, const Tensor&) { missing(); }
CudaHeadLoss head_loss_cuda(const Tensor&, const Tensor&, const Tensor&, bool, std::int64_t) { missing(); }

}  // namespace variometer
