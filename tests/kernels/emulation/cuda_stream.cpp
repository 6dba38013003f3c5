// SPDX-License-Identifier: GPL-3.0-or-later
// Instead of core/kernels/cuda_stream.cpp: work is done when it is queued, and host memory is host memory.
#include "core/kernels/cuda_stream.h"

#include <ATen/ops/empty.h>

#include "core/kernels/cuda_place.h"
#include "core/kernels/statistics_cuda.h"

namespace variometer {

cudaStream_t current_cuda_stream(const at::Device&) { return nullptr; }
void check_cuda(cudaError_t error, const std::source_location& where) {
  TORCH_CHECK(error == cudaSuccess, "launch refused: ", static_cast<int>(error), cuda_place(where));
}
void require_cuda_kernels(const at::Device&) {}
at::Tensor pinned_bytes(std::int64_t n) { return at::empty({n}, at::kByte); }
CudaEvent CudaEvent::after_queued(const at::Device&) { return {}; }
void CudaEvent::wait() const {}

}  // namespace variometer
