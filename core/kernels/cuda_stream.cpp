// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/kernels/cuda_stream.h"

#include <ATen/ops/empty.h>
#include <c10/cuda/CUDAException.h>
#include <c10/cuda/CUDAStream.h>

namespace variometer {

cudaStream_t current_cuda_stream(const at::Device& device) {
  return c10::cuda::getCurrentCUDAStream(device.index()).stream();
}

void check_cuda(cudaError_t error) { C10_CUDA_CHECK(error); }

at::Tensor pinned_bytes(std::int64_t n) {
  return at::empty({n}, at::TensorOptions().dtype(at::kByte).pinned_memory(true));
}

CudaEvent CudaEvent::after_queued(const at::Device& device) {
  cudaEvent_t event = nullptr;
  check_cuda(cudaEventCreateWithFlags(&event, cudaEventDisableTiming));
  CudaEvent made;
  made.event_ = std::shared_ptr<void>(event, [](void* e) { cudaEventDestroy(static_cast<cudaEvent_t>(e)); });
  check_cuda(cudaEventRecord(event, current_cuda_stream(device)));
  return made;
}

void CudaEvent::wait() const {
  if (event_) check_cuda(cudaEventSynchronize(static_cast<cudaEvent_t>(event_.get())));
}

}  // namespace variometer
