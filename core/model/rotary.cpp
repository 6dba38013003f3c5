// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/model/rotary.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/arange.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/outer.h>
#include <ATen/ops/pow.h>

#include <algorithm>

namespace variometer {

void RotaryTable::reserve(std::int64_t n_token) {
  if (n_token <= n_token_) return;
  n_token_ = std::max<std::int64_t>(n_token, 2 * n_token_);
  // In float32 throughout and on the CPU, as Hugging Face makes its table: the last bit of the angles shows in the
  // logits.
  const auto exponent = at::arange(0, head_dim_, 2, at::kFloat) / static_cast<double>(head_dim_);
  const auto inverse_frequency = at::pow(theta_, exponent).reciprocal();
  const auto angle = at::outer(at::arange(n_token_, at::kFloat), inverse_frequency);
  const auto both = at::cat({angle, angle}, 1);
  cos_ = both.cos().to(device_).contiguous();
  sin_ = both.sin().to(device_).contiguous();
}

}  // namespace variometer
