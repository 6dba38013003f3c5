// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/analysis/token_loss.h"

#include <ATen/ops/cross_entropy_loss.h>
#include <ATen/ops/tensor.h>

#include <algorithm>
#include <limits>
#include <numeric>

namespace variometer {

at::Tensor id_tensor(const std::vector<std::int32_t>& ids) {
  return at::tensor(at::ArrayRef<std::int32_t>(ids), at::kInt).to(at::kLong);
}

std::vector<double> token_losses(const at::Tensor& logits, const at::Tensor& ids) {
  constexpr std::int64_t kAtOnce = 256;  // in double precision the logits of a long text are gigabytes
  const auto n_token = ids.size(1);
  std::vector<double> all;
  for (std::int64_t first = 0; first + 1 < n_token; first += kAtOnce) {
    const auto n = std::min(kAtOnce, n_token - 1 - first);
    const auto predicted = logits.select(0, 0).slice(0, first, first + n).to(at::kDouble);  // (n, V)
    const auto targets = ids.select(0, 0).slice(0, first + 1, first + 1 + n);
    const auto each = at::cross_entropy_loss(predicted, targets, {}, /*reduction=*/0).cpu();
    all.insert(all.end(), each.const_data_ptr<double>(), each.const_data_ptr<double>() + n);
  }
  return all;
}

double mean_loss(const std::vector<double>& losses) {
  if (losses.empty()) return std::numeric_limits<double>::quiet_NaN();
  return std::accumulate(losses.begin(), losses.end(), 0.0) / static_cast<double>(losses.size());
}

}  // namespace variometer
