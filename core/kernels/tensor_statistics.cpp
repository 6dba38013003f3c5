// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/kernels/tensor_statistics.h"

#include <cmath>
#include <limits>
#include <memory>

#include "core/kernels/parallel.h"
#include "core/kernels/simd.h"
#include "core/kernels/statistics_cuda.h"

namespace variometer {
namespace {

/// Contiguous float32 on the CPU, detached.
at::Tensor readable(const at::Tensor& x) { return x.detach().to(at::kFloat).contiguous(); }

std::span<const float> span_of(const at::Tensor& x) {
  return {x.const_data_ptr<float>(), static_cast<std::size_t>(x.numel())};
}

bool on_cuda(const std::vector<at::Tensor>& tensors) {
  for (const auto& tensor : tensors) {
    if (tensor.defined()) return tensor.is_cuda();
  }
  return false;
}

/// use(i, values, tensor) for every defined tensor; each is done by one thread, the one its first value falls to when
/// all values are dealt out evenly. Waking a thread for less than 16,384 values does not pay.
template <class Use>
void for_each_tensor(const std::vector<at::Tensor>& tensors, Use use) {
  std::vector<at::Tensor> contiguous(tensors.size());
  std::vector<std::int64_t> begins(tensors.size());
  std::int64_t n_value = 0;
  for (std::size_t i = 0; i < tensors.size(); ++i) {
    begins[i] = n_value;
    if (!tensors[i].defined()) continue;
    contiguous[i] = readable(tensors[i]);
    n_value += contiguous[i].numel();
  }
  parallel_for(0, n_value, 16384, [&](std::int64_t from, std::int64_t to) {
    for (std::size_t i = 0; i < contiguous.size(); ++i) {
      if (!contiguous[i].defined() || begins[i] < from || begins[i] >= to) continue;
      use(i, span_of(contiguous[i]), contiguous[i]);
    }
  });
}

}  // namespace

PendingStatistics::PendingStatistics(std::vector<at::Tensor> tensors, int n_top) {
  if (on_cuda(tensors)) {
    finish_ = launch_statistics_cuda(tensors, n_top, /*median=*/true);
    return;
  }
  finish_ = [tensors = std::move(tensors), n_top] {
    std::vector<Statistics> result(tensors.size());
    for_each_tensor(
        tensors, [&](std::size_t i, std::span<const float> x, const at::Tensor&) { result[i] = statistics(x, n_top); });
    return result;
  };
}

std::vector<Statistics> PendingStatistics::get() {
  if (!finish_) return {};
  auto result = finish_();
  finish_ = nullptr;
  return result;
}

std::vector<Statistics> statistics(std::vector<at::Tensor> tensors, int n_top) {
  return PendingStatistics(std::move(tensors), n_top).get();
}

std::vector<WeightMoments> weight_moments(const std::vector<at::Tensor>& tensors) {
  std::vector<WeightMoments> result(tensors.size());
  if (on_cuda(tensors)) {
    const auto all = launch_statistics_cuda(tensors, 1, /*median=*/false)();
    for (std::size_t i = 0; i < all.size(); ++i) {
      const auto n = static_cast<double>(all[i].count);
      result[i].mean = all[i].mean;
      result[i].variance_unbiased = n > 1 ? all[i].variance * n / (n - 1) : all[i].variance;
      result[i].abs_max = all[i].top.empty() ? std::numeric_limits<float>::quiet_NaN() : std::fabs(all[i].top[0].value);
      result[i].n_non_finite = all[i].n_nan + all[i].n_infinite;
      result[i].squared_norm = n * (all[i].variance + all[i].mean * all[i].mean);
    }
    return result;
  }
  for_each_tensor(tensors,
                  [&](std::size_t i, std::span<const float> x, const at::Tensor&) { result[i] = weight_moments(x); });
  return result;
}

std::vector<double> squared_norms(const std::vector<at::Tensor>& tensors) {
  if (on_cuda(tensors)) return squared_distances_cuda(tensors, {});
  std::vector<double> result(tensors.size(), std::numeric_limits<double>::quiet_NaN());
  for_each_tensor(tensors,
                  [&](std::size_t i, std::span<const float> x, const at::Tensor&) { result[i] = squared_norm(x); });
  return result;
}

std::vector<double> squared_distances(const std::vector<at::Tensor>& a, const std::vector<at::Tensor>& b) {
  TORCH_CHECK(a.size() == b.size(), "squared_distances: ", a.size(), " tensors and ", b.size());
  if (on_cuda(a)) return squared_distances_cuda(a, b);
  std::vector<double> result(a.size(), std::numeric_limits<double>::quiet_NaN());
  for_each_tensor(a, [&](std::size_t i, std::span<const float> x, const at::Tensor&) {
    const at::Tensor other = readable(b[i]);
    result[i] = squared_distance(x, span_of(other));
  });
  return result;
}

std::vector<AbsMaxima> abs_maxima(const std::vector<at::Tensor>& tensors) {
  if (on_cuda(tensors)) return abs_maxima_cuda(tensors);
  std::vector<AbsMaxima> result(tensors.size());
  for_each_tensor(tensors, [&](std::size_t i, std::span<const float> x, const at::Tensor& tensor) {
    const std::int64_t n_token = tensor.size(-2), n_channel = tensor.size(-1), n_matrix = n_token * n_channel;
    result[i].token.resize(static_cast<std::size_t>(n_token));
    result[i].channel.resize(static_cast<std::size_t>(n_channel));
    for (std::int64_t at = 0; at < tensor.numel(); at += n_matrix) {
      abs_maxima(x.subspan(static_cast<std::size_t>(at), static_cast<std::size_t>(n_matrix)), n_token, n_channel,
                 result[i].token, result[i].channel);
    }
  });
  return result;
}

Pooled abs_max_pool(const at::Tensor& matrix, std::int64_t row_block, std::int64_t column_block) {
  if (matrix.is_cuda()) return abs_max_pool_cuda(matrix, row_block, column_block);
  const at::Tensor x = readable(matrix);
  return abs_max_pool(span_of(x), x.size(0), x.size(1), row_block, column_block);
}

std::vector<std::vector<TopEntry>> collect_above(const std::vector<at::Tensor>& tensors,
                                                 const std::vector<float>& thresholds) {
  TORCH_CHECK(tensors.size() == thresholds.size(), "collect_above: ", tensors.size(), " tensors and ",
              thresholds.size(), " thresholds");
  if (on_cuda(tensors)) return collect_above_cuda(tensors, thresholds);
  std::vector<std::vector<TopEntry>> result(tensors.size());
  for_each_tensor(tensors, [&](std::size_t i, std::span<const float> x, const at::Tensor&) {
    const std::int32_t least = simd::key_of(thresholds[i]);
    for (std::size_t at = 0; at < x.size(); ++at) {
      const std::int32_t key = simd::key_of(x[at]);
      if (key > least && key < simd::kInfinity) result[i].push_back({x[at], static_cast<std::int64_t>(at)});
    }
  });
  return result;
}

}  // namespace variometer
