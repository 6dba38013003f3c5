// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/kernels/cuda_stream.h"

#include <ATen/ops/empty.h>
#include <c10/core/DeviceGuard.h>
#include <c10/cuda/CUDAStream.h>
#include <c10/util/Exception.h>

#include <algorithm>
#include <string>

#include "core/base/error.h"
#include "core/kernels/cuda_place.h"
#include "core/kernels/statistics_cuda.h"
#include "core/kernels/statistics_kernels.h"

namespace variometer {

cudaStream_t current_cuda_stream(const at::Device& device) {
  return c10::cuda::getCurrentCUDAStream(device.index()).stream();
}

void check_cuda(cudaError_t error, const std::source_location& where) {
  if (error == cudaSuccess) return;
  static_cast<void>(cudaGetLastError());  // told once
  throw c10::Error(c10::SourceLocation{where.function_name(), where.file_name(), where.line()},
                   std::string("CUDA error: ") + cudaGetErrorString(error) + cuda_place(where));
}

void require_cuda_kernels(const at::Device& device) {
  const c10::DeviceGuard guard(device);
  cudaDeviceProp properties{};
  check_cuda(cudaGetDeviceProperties(&properties, std::max<int>(device.index(), 0)));
  const cudaError_t error = cuda::kernels_have_code();
  if (error == cudaSuccess) return;
  static_cast<void>(cudaGetLastError());
  const bool no_code = error == cudaErrorNoKernelImageForDevice || error == cudaErrorInvalidDeviceFunction;
  throw device_error(device.str() + " (" + properties.name + ", compute capability " +
                     std::to_string(properties.major) + "." + std::to_string(properties.minor) + ") " +
                     (no_code ? "is none this program was built for (" VARIOMETER_CUDA_ARCHITECTURES "); build it with "
                                "-DCMAKE_CUDA_ARCHITECTURES=" +
                                    std::to_string(properties.major) + std::to_string(properties.minor)
                              : std::string("cannot be used: ") + cudaGetErrorString(error)) +
                     ", or use --device cpu");
}

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
