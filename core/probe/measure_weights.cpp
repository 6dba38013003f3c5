// SPDX-License-Identifier: GPL-3.0-or-later
#include <ATen/ops/cat.h>

#include <cmath>

#include "core/base/in_use.h"
#include "core/base/tvr_rule.h"
#include "core/kernels/tensor_statistics.h"
#include "core/probe/probe.h"

namespace variometer {
namespace {

/// TVR's ratio of a tensor, or NaN where TVR does not look at it.
float tvr_ratio(const TensorInfo& info, const TvrConfig& tvr, double std_found) {
  const auto target = tvr.enabled ? tvr_target_of(tvr, info) : std::nullopt;
  return target ? static_cast<float>(std_found / *target) : kNotMeasured;
}

}  // namespace

std::vector<float> dyt_alpha(const std::vector<Parameter>& parameters) {
  std::vector<at::Tensor> alphas;  // a block's attention site comes before its FFN site
  for (const auto& parameter : parameters) {
    if (parameter.info.role == "dyt_alpha" && parameter.info.layer >= 0) alphas.push_back(parameter.value.detach());
  }
  if (alphas.empty()) return {};
  const at::Tensor here = at::cat(alphas).cpu();  // one copy
  return {here.const_data_ptr<float>(), here.const_data_ptr<float>() + here.numel()};
}

WeightSnapshot measure_weights(const std::vector<Parameter>& parameters, const Mitigations& mitigations,
                               const std::vector<at::Tensor>* previous) {
  std::vector<at::Tensor> values, gradients;
  for (const auto& parameter : parameters) {
    values.push_back(parameter.value.detach());
    gradients.push_back(parameter.value.grad());
  }
  const auto moments = weight_moments(values);
  const auto gradient_norms = squared_norms(gradients);
  std::vector<double> changes, previous_norms;
  if (previous != nullptr) {
    changes = squared_distances(values, *previous);
    previous_norms = squared_norms(*previous);
  }
  WeightSnapshot snapshot;
  snapshot.tensors.resize(parameters.size());
  for (std::size_t i = 0; i < parameters.size(); ++i) {
    WeightStat& stat = snapshot.tensors[i];
    if (!in_use(parameters[i].info, mitigations)) {  // nothing reads it: it has no statistics of this model
      stat.std = stat.mean = stat.abs_max = kNotMeasured;
      continue;
    }
    const double std_found = std::sqrt(moments[i].variance_unbiased);
    stat.std = static_cast<float>(std_found);
    stat.mean = static_cast<float>(moments[i].mean);
    stat.abs_max = moments[i].abs_max;
    stat.grad_norm = static_cast<float>(std::sqrt(gradient_norms[i]));
    if (previous != nullptr && previous_norms[i] > 0) {
      stat.update_ratio = static_cast<float>(std::sqrt(changes[i] / previous_norms[i]));
    }
    stat.tvr_ratio = tvr_ratio(parameters[i].info, mitigations.tvr, std_found);
  }
  return snapshot;
}

}  // namespace variometer
