// SPDX-License-Identifier: GPL-3.0-or-later
#include <ATen/core/grad_mode.h>

#include <cmath>

#include "core/base/tvr_rule.h"
#include "core/kernels/tensor_statistics.h"
#include "core/mitigation/mitigation.h"

namespace variometer {
namespace {

// The bias of the module whose weight has this name, if it has one.
void zero_bias(Decoder& decoder, const std::string& weight_name) {
  static const std::string kSuffix = ".weight";
  const auto bias_name = weight_name.substr(0, weight_name.size() - kSuffix.size()) + ".bias";
  for (auto& parameter : decoder.parameters()) {
    if (parameter.info.name == bias_name) parameter.value.zero_();
  }
}

}  // namespace

std::vector<Rescaled> apply_tvr(Decoder& decoder, const TvrConfig& config) {
  const at::NoGradGuard no_grad;
  auto& parameters = decoder.parameters();
  std::vector<std::size_t> candidates;
  std::vector<double> targets;
  std::vector<at::Tensor> weights;
  for (std::size_t i = 0; i < parameters.size(); ++i) {
    const auto target = tvr_target_of(config, parameters[i].info);
    if (!target) continue;
    candidates.push_back(i);
    targets.push_back(*target);
    weights.push_back(parameters[i].value);
  }
  const auto moments = weight_moments(weights);
  std::vector<Rescaled> rescaled;
  for (std::size_t k = 0; k < candidates.size(); ++k) {
    const double target = targets[k], std = std::sqrt(moments[k].variance_unbiased);
    // What is not finite must not be rescaled into looking sound.
    if (moments[k].n_non_finite > 0 || !(std / target > config.ratio_threshold)) continue;
    weights[k].sub_(moments[k].mean).mul_(target / std).add_(moments[k].mean);
    zero_bias(decoder, parameters[candidates[k]].info.name);
    rescaled.push_back({candidates[k], std, target});
  }
  return rescaled;
}

}  // namespace variometer
