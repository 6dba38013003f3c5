// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cuda_runtime_api.h>

namespace variometer::cuda {

/// kernel<<<grid, n_thread, 0, stream>>>(arguments...), spelt as plain C++: g++ compiles these files too, for the
/// emulated tests (tests/kernels/emulation).
template <class... Parameters, class... Arguments>
cudaError_t launch(void (*kernel)(Parameters...), dim3 grid, int n_thread, cudaStream_t stream,
                   Arguments... arguments) {
  cudaLaunchConfig_t config{};
  config.gridDim = grid;
  config.blockDim = dim3(static_cast<unsigned>(n_thread));
  config.stream = stream;
  return cudaLaunchKernelEx(&config, kernel, static_cast<Parameters>(arguments)...);
}

/// The first error of several calls, in the order they were made.
class FirstError {
 public:
  FirstError& operator<<(cudaError_t error) {
    if (error_ == cudaSuccess) error_ = error;
    return *this;
  }
  operator cudaError_t() const { return error_; }

 private:
  cudaError_t error_ = cudaSuccess;
};

}  // namespace variometer::cuda
