// SPDX-License-Identifier: GPL-3.0-or-later
// Built instead of statistics_cuda.cpp where the program is not linked with LibTorch's CUDA libraries.
#include "core/base/error.h"
#include "core/kernels/statistics_cuda.h"

namespace variometer {
namespace {

[[noreturn]] void missing() {
  throw device_error("this build of Variometer has no CUDA kernels; rebuild it where nvcc and the full LibTorch are");
}

}  // namespace

void require_cuda_kernels(const at::Device&) { missing(); }
std::function<std::vector<Statistics>()> launch_statistics_cuda(const std::vector<at::Tensor>&, int, bool) {
  missing();
}
std::vector<double> squared_distances_cuda(const std::vector<at::Tensor>&, const std::vector<at::Tensor>&) {
  missing();
}
std::vector<AbsMaxima> abs_maxima_cuda(const std::vector<at::Tensor>&) { missing(); }
Pooled abs_max_pool_cuda(const at::Tensor&, std::int64_t, std::int64_t) { missing(); }
std::vector<std::vector<TopEntry>> collect_above_cuda(const std::vector<at::Tensor>&, const std::vector<float>&) {
  missing();
}

}  // namespace variometer
