// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <functional>
#include <span>
#include <utility>
#include <vector>

#include "core/kernels/statistics.h"

// The kernels of statistics.h over tensors, wherever they lie. All tensors of one call are on one device. On CPU each
// tensor is done by one thread, so that the numbers do not depend on how many there are; on CUDA all tensors share one
// launch on the current stream (float32 and bfloat16 are read as they are, without a copy) and one copy comes back.
// Other types are converted to float32 first. Trainer's thread.
namespace variometer {

/// A measurement under way: on CUDA the kernels and the copy into pinned memory are queued when it is made, and `get`
/// waits for that copy alone; on CPU `get` computes. Tensors are held until then and must not change.
class PendingStatistics {
 public:
  PendingStatistics() = default;
  PendingStatistics(std::vector<at::Tensor> tensors, int n_top);
  /// In the order of the tensors. Call once.
  std::vector<Statistics> get();

 private:
  std::function<std::vector<Statistics>()> finish_;
};

std::vector<Statistics> statistics(std::vector<at::Tensor> tensors, int n_top);
std::vector<WeightMoments> weight_moments(const std::vector<at::Tensor>& tensors);
/// Undefined tensors give NaN.
std::vector<double> squared_norms(const std::vector<at::Tensor>& tensors);
std::vector<double> squared_distances(const std::vector<at::Tensor>& a, const std::vector<at::Tensor>& b);

/// max |x| of (..., T, C) over everything but T, and over everything but C.
struct AbsMaxima {
  std::vector<float> token;    ///< [T]
  std::vector<float> channel;  ///< [C]
};
std::vector<AbsMaxima> abs_maxima(const std::vector<at::Tensor>& tensors);

/// See statistics.h; `matrix` is 2-D.
Pooled abs_max_pool(const at::Tensor& matrix, std::int64_t row_block, std::int64_t column_block);

/// Every finite value with |value| > the tensor's threshold, by rising flat index.
std::vector<std::vector<TopEntry>> collect_above(const std::vector<at::Tensor>& tensors,
                                                 const std::vector<float>& thresholds);

}  // namespace variometer
