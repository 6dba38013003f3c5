// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/analysis/token_loss.h"

#include <ATen/ops/cross_entropy_loss.h>
#include <ATen/ops/tensor.h>

#include <limits>
#include <numeric>

namespace variometer {

at::Tensor id_tensor(const std::vector<std::int32_t>& ids) {
  return at::tensor(at::ArrayRef<std::int32_t>(ids), at::kInt).to(at::kLong);
}

std::vector<double> token_losses(const at::Tensor& logits, const at::Tensor& ids) {
  const auto n_token = ids.size(1);
  if (n_token < 2) return {};
  const auto predicted = logits.select(0, 0).slice(0, 0, n_token - 1).to(at::kDouble);  // (T - 1, V)
  const auto each = at::cross_entropy_loss(predicted, ids.select(0, 0).slice(0, 1), {}, /*reduction=*/0).cpu();
  const double* values = each.const_data_ptr<double>();
  return {values, values + n_token - 1};
}

double mean_loss(const std::vector<double>& losses) {
  if (losses.empty()) return std::numeric_limits<double>::quiet_NaN();
  return std::accumulate(losses.begin(), losses.end(), 0.0) / static_cast<double>(losses.size());
}

}  // namespace variometer
