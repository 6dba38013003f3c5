// SPDX-License-Identifier: GPL-3.0-or-later
#include <ATen/core/grad_mode.h>
#include <ATen/ops/var_mean.h>

#include <algorithm>
#include <cmath>
#include <span>

#include "core/kernels/statistics.h"
#include "core/mitigation/mitigation.h"

namespace variometer {
namespace {

struct Spread {
  double mean = 0, std = 0;  // unbiased
};

Spread spread_of(const at::Tensor& weight) {
  if (weight.is_cpu() && weight.is_contiguous()) {
    const auto moments = weight_moments(
        std::span<const float>(weight.const_data_ptr<float>(), static_cast<std::size_t>(weight.numel())));
    // What is not finite must not be rescaled into looking sound.
    if (moments.n_non_finite > 0) return {};
    return {moments.mean, std::sqrt(moments.variance_unbiased)};
  }
  const auto [variance, mean] = at::var_mean(weight, /*unbiased=*/true);
  return {mean.item<double>(), std::sqrt(variance.item<double>())};
}

bool is_blacklisted(const std::string& name, const std::vector<std::string>& blacklist) {
  return std::any_of(blacklist.begin(), blacklist.end(),
                     [&](const std::string& part) { return !part.empty() && name.find(part) != std::string::npos; });
}

// The bias of the module whose weight has this name, if it has one.
void zero_bias(Decoder& decoder, const std::string& weight_name) {
  static const std::string kSuffix = ".weight";
  const auto bias_name = weight_name.substr(0, weight_name.size() - kSuffix.size()) + ".bias";
  for (auto& parameter : decoder.parameters()) {
    if (parameter.info.name == bias_name) parameter.value.zero_();
  }
}

}  // namespace

double tvr_target(const TvrConfig& config, std::int32_t layer) {
  if (!config.scale_with_depth) return config.target_std;
  return config.target_std / std::sqrt(static_cast<double>(layer) + 1.0);
}

std::vector<Rescaled> apply_tvr(Decoder& decoder, const TvrConfig& config) {
  const at::NoGradGuard no_grad;
  std::vector<Rescaled> rescaled;
  auto& parameters = decoder.parameters();
  for (std::size_t i = 0; i < parameters.size(); ++i) {
    const auto& info = parameters[i].info;
    if (!info.tvr_target || is_blacklisted(info.name, config.blacklist)) continue;
    const double target = tvr_target(config, info.layer);
    const auto spread = spread_of(parameters[i].value);
    if (!(spread.std / target > config.ratio_threshold)) continue;  // also when it is not a number
    parameters[i].value.sub_(spread.mean).mul_(target / spread.std).add_(spread.mean);
    zero_bias(decoder, info.name);
    rescaled.push_back({i, spread.std, target});
  }
  return rescaled;
}

}  // namespace variometer
