// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <ATen/core/Tensor.h>
#include <cuda_runtime_api.h>

#include <cstdint>
#include <memory>
#include <source_location>

// All that our CUDA code asks of LibTorch's CUDA library and of the driver beside launches. The emulated tests have
// another cuda_stream.cpp, so that what calls the kernels is tested with them.
namespace variometer {

/// LibTorch's stream of this thread on `device`.
cudaStream_t current_cuda_stream(const at::Device& device);

/// Throws c10::Error unless it is cudaSuccess: one line that names what was called, and where.
void check_cuda(cudaError_t error, const std::source_location& where = std::source_location::current());

/// n bytes of host memory that copies go to and from without waiting. LibTorch's cache keeps a block until the copies
/// queued with it are done.
at::Tensor pinned_bytes(std::int64_t n);

/// A point in a stream's work.
class CudaEvent {
 public:
  CudaEvent() = default;  ///< none: `wait` returns at once
  /// All that is queued on `device`'s current stream so far.
  static CudaEvent after_queued(const at::Device& device);
  void wait() const;

 private:
  std::shared_ptr<void> event_;
};

}  // namespace variometer
