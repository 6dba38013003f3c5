// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/model/dyt_fit.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/tanh.h>
#include <ATen/ops/zeros_like.h>

#include <algorithm>
#include <cmath>

namespace variometer {
namespace {

constexpr std::int64_t kMostRows = 4096;
constexpr int kGridPoints = 40;
constexpr int kRefinements = 24;

at::Tensor thinned(const at::Tensor& x) {
  const auto every = (x.size(0) + kMostRows - 1) / kMostRows;
  return x.slice(0, 0, x.size(0), std::max<std::int64_t>(every, 1)).to(at::kDouble);
}

class Fitter {
 public:
  Fitter(const at::Tensor& x, const at::Tensor& y, bool with_bias)
      : x_(thinned(x)), y_(thinned(y)), with_bias_(with_bias), y_mean_(y_.mean(0)), y_power_(y_.pow(2).sum()) {}

  DytFit at_alpha(double alpha) const {
    const auto t = at::tanh(x_ * alpha);
    const auto t_mean = with_bias_ ? t.mean(0) : at::zeros_like(y_mean_);
    const auto y_mean = with_bias_ ? y_mean_ : at::zeros_like(y_mean_);
    const auto t_centred = t - t_mean;
    // A channel without any input has no slope to find: the clamp makes it 0.
    const auto weight = (t_centred * (y_ - y_mean)).sum(0) / t_centred.pow(2).sum(0).clamp_min(1e-30);
    const auto bias = y_mean - weight * t_mean;
    const auto residual = (weight * t + bias - y_).pow(2).sum() / y_power_.clamp_min(1e-30);
    return {alpha, weight.to(at::kFloat), bias.to(at::kFloat), residual.item<double>()};
  }

  // Where the search begins and ends: from all but linear at the largest |x| to a step at a typical one.
  double low() const { return 0.05 / std::max(x_.abs().max().item<double>(), 1e-6); }
  double high() const { return std::max(20.0 / std::max(x_.abs().median().item<double>(), 1e-6), 10.0 * low()); }

 private:
  at::Tensor x_, y_;
  bool with_bias_;
  at::Tensor y_mean_, y_power_;
};

}  // namespace

DytFit fit_dyt(const at::Tensor& x, const at::Tensor& y, bool with_bias) {
  const Fitter fitter(x, y, with_bias);
  const double step = std::log(fitter.high() / fitter.low()) / (kGridPoints - 1);
  const double first = std::log(fitter.low());
  auto best = fitter.at_alpha(std::exp(first));
  for (int i = 1; i < kGridPoints; ++i) {
    auto candidate = fitter.at_alpha(std::exp(first + i * step));
    if (candidate.residual < best.residual) best = std::move(candidate);
  }
  // Golden section in log alpha between the neighbours of the best grid point.
  constexpr double kGolden = 0.6180339887498949;
  double low = std::log(best.alpha) - step;
  double high = std::log(best.alpha) + step;
  auto left = fitter.at_alpha(std::exp(high - kGolden * (high - low)));
  auto right = fitter.at_alpha(std::exp(low + kGolden * (high - low)));
  for (int i = 0; i < kRefinements; ++i) {
    if (left.residual < right.residual) {
      high = std::log(right.alpha);
      right = left;
      left = fitter.at_alpha(std::exp(high - kGolden * (high - low)));
    } else {
      low = std::log(left.alpha);
      left = right;
      right = fitter.at_alpha(std::exp(low + kGolden * (high - low)));
    }
  }
  for (auto* candidate : {&left, &right}) {
    if (candidate->residual < best.residual) best = *candidate;
  }
  return best;
}

}  // namespace variometer
