// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/model/rotary.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/arange.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/clamp.h>
#include <ATen/ops/outer.h>
#include <ATen/ops/pow.h>
#include <ATen/ops/scalar_tensor.h>
#include <ATen/ops/tensor.h>
#include <ATen/ops/where.h>

#include <algorithm>
#include <cmath>
#include <numbers>

namespace variometer {
namespace {

// All of this in float32 and in the order Hugging Face does it: the last bit of an angle shows in the logits.

at::Tensor exponents(const RopeOptions& options) {
  return at::arange(0, options.dim, 2, at::kFloat) / static_cast<double>(options.dim);
}

at::Tensor periods(const RopeOptions& options) { return at::pow(options.theta, exponents(options)); }

at::Tensor dynamic(const RopeOptions& options, std::int64_t n_token) {
  if (static_cast<double>(n_token) <= options.max_positions) return periods(options).reciprocal();
  const auto length = at::scalar_tensor(static_cast<double>(n_token), at::kFloat);
  const auto d = static_cast<double>(options.dim);
  const auto stretch = options.factor * length / options.max_positions - (options.factor - 1);
  return at::pow(options.theta * stretch.pow(d / (d - 2)), exponents(options)).reciprocal();
}

at::Tensor llama3(const RopeOptions& options) {
  const auto inverse = periods(options).reciprocal();
  const double old = options.original_positions, low = options.low_freq_factor, high = options.high_freq_factor;
  const auto wavelength = 2 * std::numbers::pi * inverse.reciprocal();
  const auto slowed = at::where(wavelength > old / low, inverse / options.factor, inverse);
  const auto smooth = (old * wavelength.reciprocal() - low) / (high - low);
  const auto between = (1 - smooth) * slowed / options.factor + smooth * slowed;
  const auto is_between = (wavelength < old / high).logical_not() * (wavelength > old / low).logical_not();
  return at::where(is_between, between, slowed);
}

at::Tensor yarn(const RopeOptions& options) {
  const auto d = static_cast<double>(options.dim);
  const auto place = [&](double rotations) {
    return d * std::log(options.original_positions / (rotations * 2 * std::numbers::pi)) /
           (2 * std::log(options.theta));
  };
  double low = place(options.beta_fast), high = place(options.beta_slow);
  if (options.truncate) {
    low = std::floor(low);
    high = std::ceil(high);
  }
  low = std::max(low, 0.0);
  high = std::min(high, d - 1);
  if (low == high) high += 0.001;
  const auto ramp = at::clamp((at::arange(options.dim / 2, at::kFloat) - low) / (high - low), 0, 1);
  const auto kept = 1 - ramp;
  const auto period = periods(options);
  return (options.factor * period).reciprocal() * (1 - kept) + period.reciprocal() * kept;
}

at::Tensor longrope(const RopeOptions& options, std::int64_t n_token) {
  const bool is_long = static_cast<double>(n_token) > options.original_positions;
  const auto factors = at::tensor(is_long ? options.long_factor : options.short_factor, at::kFloat);
  return (factors * periods(options)).reciprocal();
}

// What decides between tables for sequences of different lengths; one value where there is but one table.
std::int64_t deciding_length(const RopeOptions& options, std::int64_t n_token) {
  if (options.type == "dynamic") return std::max(n_token, static_cast<std::int64_t>(options.max_positions));
  if (options.type == "longrope") return static_cast<double>(n_token) > options.original_positions ? 1 : 0;
  return 0;
}

}  // namespace

at::Tensor inverse_frequencies(const RopeOptions& options, std::int64_t n_token) {
  if (options.type == "linear") return periods(options).reciprocal() / options.factor;
  if (options.type == "dynamic") return dynamic(options, n_token);
  if (options.type == "llama3") return llama3(options);
  if (options.type == "yarn") return yarn(options);
  if (options.type == "longrope") return longrope(options, n_token);
  return periods(options).reciprocal();
}

void RotaryTable::reserve(std::int64_t n_token) {
  const auto length = deciding_length(options_, n_token);
  if (n_token <= n_token_ && length == length_) return;
  n_token_ = std::max<std::int64_t>(n_token, length == length_ ? 2 * n_token_ : n_token_);
  length_ = length;
  const auto angle = at::outer(at::arange(n_token_, at::kFloat), inverse_frequencies(options_, n_token));
  const auto both = at::cat({angle, angle}, 1);
  cos_ = (both.cos() * options_.attention_factor).to(device_).contiguous();
  sin_ = (both.sin() * options_.attention_factor).to(device_).contiguous();
}

}  // namespace variometer
