// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <functional>
#include <vector>

#include "core/kernels/tensor_statistics.h"

// The CUDA side of tensor_statistics.h, which dispatches to it. Where .cu files are not part of the program
// (statistics_no_cuda.cpp) these throw; no CUDA tensor can exist there.
namespace variometer {

/// Throws Error(device) where this program has no code for that card, with the card's name and what would do.
void require_cuda_kernels(const at::Device& device);

/// Queues everything on the current stream; the returned function waits for the copy and hands out the numbers.
/// median = false leaves abs_median 0 and saves the further reads of the data. Undefined tensors give count 0.
std::function<std::vector<Statistics>()> launch_statistics_cuda(const std::vector<at::Tensor>& tensors, int n_top,
                                                                bool median);
/// b empty: squared norms of a.
std::vector<double> squared_distances_cuda(const std::vector<at::Tensor>& a, const std::vector<at::Tensor>& b);
std::vector<AbsMaxima> abs_maxima_cuda(const std::vector<at::Tensor>& tensors);
Pooled abs_max_pool_cuda(const at::Tensor& matrix, std::int64_t row_block, std::int64_t column_block);
std::vector<std::vector<TopEntry>> collect_above_cuda(const std::vector<at::Tensor>& tensors,
                                                      const std::vector<float>& thresholds);

}  // namespace variometer
