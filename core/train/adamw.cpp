// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/train/adamw.h"

#include <ATen/core/grad_mode.h>
#include <ATen/ops/_foreach_add.h>
#include <ATen/ops/_foreach_mul.h>
#include <ATen/ops/_foreach_norm.h>
#include <ATen/ops/_fused_adamw.h>
#include <ATen/ops/linalg_vector_norm.h>
#include <ATen/ops/stack.h>
#include <ATen/ops/zeros.h>
#include <ATen/ops/zeros_like.h>

#include <map>

#include "core/base/error.h"

namespace variometer {
namespace {

bool is_kv_bias(const Parameter& parameter) {
  return parameter.info.name.ends_with(".k_bias") || parameter.info.name.ends_with(".v_bias");
}

}  // namespace

AdamW::AdamW(std::vector<Parameter>& parameters) : parameters_(parameters) {
  moments_.reserve(parameters.size());
  for (const auto& parameter : parameters) {
    const auto value = parameter.value.detach();
    moments_.push_back({at::zeros_like(value), at::zeros_like(value), at::zeros({}, value.options())});
  }
}

void AdamW::step(const TrainConfig& train, double learning_rate, double kv_bias_weight_decay,
                 const std::vector<double>& rate_shares) {
  struct Group {
    std::vector<at::Tensor> values, gradients, exp_avgs, exp_avg_sqs, steps;
  };
  std::map<std::pair<double, double>, Group> groups;  // by weight decay and learning rate
  for (std::size_t i = 0; i < parameters_.size(); ++i) {
    const auto& parameter = parameters_[i];
    if (!parameter.value.grad().defined()) continue;
    const double decay = is_kv_bias(parameter) ? kv_bias_weight_decay : parameter.decays ? train.weight_decay : 0.0;
    const double share = rate_shares.empty() ? 1.0 : rate_shares.at(i);
    auto& group = groups[{decay, learning_rate * share}];
    group.values.push_back(parameter.value);
    group.gradients.push_back(parameter.value.grad());
    group.exp_avgs.push_back(moments_[i].exp_avg);
    group.exp_avg_sqs.push_back(moments_[i].exp_avg_sq);
    group.steps.push_back(moments_[i].step);
  }
  const at::NoGradGuard no_grad;
  for (auto& [how, group] : groups) {
    const auto& [weight_decay, rate] = how;
    at::_foreach_add_(group.steps, 1);
    at::_fused_adamw_(group.values, group.gradients, group.exp_avgs, group.exp_avg_sqs, /*max_exp_avg_sqs=*/{},
                      group.steps, rate, train.beta1, train.beta2, weight_decay, train.eps,
                      /*amsgrad=*/false, /*maximize=*/false);
  }
}

void AdamW::zero_grad() {
  for (auto& parameter : parameters_) parameter.value.mutable_grad().reset();
}

std::vector<std::pair<std::string, at::Tensor>> AdamW::state() const {
  std::vector<std::pair<std::string, at::Tensor>> state;
  state.reserve(3 * parameters_.size());
  for (std::size_t i = 0; i < parameters_.size(); ++i) {
    const std::string& name = parameters_[i].info.name;
    state.emplace_back(name + ".exp_avg", moments_[i].exp_avg);
    state.emplace_back(name + ".exp_avg_sq", moments_[i].exp_avg_sq);
    state.emplace_back(name + ".step", moments_[i].step);
  }
  return state;
}

void AdamW::set_state(const std::vector<std::pair<std::string, at::Tensor>>& state) {
  const std::map<std::string, at::Tensor> by_name(state.begin(), state.end());
  const at::NoGradGuard no_grad;
  for (const auto& [name, mine] : this->state()) {
    const auto found = by_name.find(name);
    if (found == by_name.end())
      throw file_error("optimizer state: " + name + " is missing; is the checkpoint complete?");
    if (found->second.sizes() != mine.sizes()) {
      throw file_error("optimizer state: " + name +
                       " has another shape than the model's; is it this model's checkpoint?");
    }
    mine.copy_(found->second);
  }
}

at::Tensor clip_gradients(std::vector<Parameter>& parameters, double max_norm) {
  std::vector<at::Tensor> gradients;
  gradients.reserve(parameters.size());
  for (const auto& parameter : parameters) {
    if (parameter.value.grad().defined()) gradients.push_back(parameter.value.grad());
  }
  const at::NoGradGuard no_grad;
  if (gradients.empty()) return at::zeros({}, parameters.front().value.options().requires_grad(false));
  const at::Tensor norm = at::linalg_vector_norm(at::stack(at::_foreach_norm(gradients)));
  if (max_norm > 0) at::_foreach_mul_(gradients, norm.add(1e-6).reciprocal().mul(max_norm).clamp_max(1.0));
  return norm;
}

}  // namespace variometer
