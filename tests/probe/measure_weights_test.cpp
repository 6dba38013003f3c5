// SPDX-License-Identifier: GPL-3.0-or-later
#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include <cmath>

#include "core/probe/probe.h"

namespace variometer {
namespace {

std::vector<Parameter> three_parameters() {
  auto generator = at::make_generator<at::CPUGeneratorImpl>(4);
  std::vector<Parameter> parameters(3);
  parameters[0].info = {
      .name = "model.layers.3.self_attn.q_proj.weight", .layer = 3, .role = "q_proj", .tvr_target = true};
  parameters[0].value = at::randn({40, 64}, generator) * 0.3 + 0.01;
  parameters[1].info = {.name = "model.layers.3.input_layernorm.weight", .layer = 3, .role = "norm"};
  parameters[1].value = at::ones({64});
  parameters[2].info = {
      .name = "model.layers.3.mlp.down_proj.weight", .layer = 3, .role = "down_proj", .tvr_target = true};
  parameters[2].value = at::randn({64, 40}, generator);
  parameters[2].value.mutable_grad() = at::randn({64, 40}, generator);
  return parameters;
}

TEST(MeasureWeights, EqualsPyTorchInDouble) {
  const auto parameters = three_parameters();
  const auto stats = measure_weights(parameters, {}).tensors;
  ASSERT_EQ(stats.size(), 3U);
  for (std::size_t i = 0; i < 3; ++i) {
    const at::Tensor w = parameters[i].value.to(at::kDouble);
    EXPECT_NEAR(stats[i].std, w.std(/*unbiased=*/true).item<double>(), 1e-6);
    EXPECT_NEAR(stats[i].mean, w.mean().item<double>(), 1e-6);
    EXPECT_EQ(stats[i].abs_max, parameters[i].value.abs().max().item<float>());
    EXPECT_TRUE(std::isnan(stats[i].update_ratio));
    EXPECT_TRUE(std::isnan(stats[i].tvr_ratio));
  }
  EXPECT_TRUE(std::isnan(stats[0].grad_norm)) << "no gradient, no norm";
  EXPECT_NEAR(stats[2].grad_norm, parameters[2].value.grad().to(at::kDouble).norm().item<double>(), 1e-4);
}

TEST(MeasureWeights, RelatesTheUpdateToWhatWasThere) {
  auto parameters = three_parameters();
  std::vector<at::Tensor> previous;
  for (const auto& parameter : parameters) previous.push_back(parameter.value.clone());
  parameters[0].value.mul_(1.01);
  previous[1].zero_();
  const auto stats = measure_weights(parameters, {}, &previous).tensors;
  EXPECT_NEAR(stats[0].update_ratio, 0.01, 1e-6);
  EXPECT_TRUE(std::isnan(stats[1].update_ratio)) << "nothing to relate to";
  EXPECT_EQ(stats[2].update_ratio, 0.0F);
}

TEST(MeasureWeights, KnowsTvrsRatioOfItsTargetsOnly) {
  const auto parameters = three_parameters();
  Mitigations mitigations;
  mitigations.tvr.enabled = true;
  mitigations.tvr.target_std = 0.02;
  mitigations.tvr.blacklist = {"mlp.down_proj"};
  auto stats = measure_weights(parameters, mitigations).tensors;
  EXPECT_NEAR(stats[0].tvr_ratio, stats[0].std / 0.02, 1e-4);
  EXPECT_TRUE(std::isnan(stats[1].tvr_ratio));
  EXPECT_TRUE(std::isnan(stats[2].tvr_ratio)) << "blacklisted";
  mitigations.tvr.scale_with_depth = true;  // layer 3 is the fourth: target / 2
  stats = measure_weights(parameters, mitigations).tensors;
  EXPECT_NEAR(stats[0].tvr_ratio, stats[0].std / 0.01, 1e-4);
}

// `tvr.blacklist` ends with a comma, or is set to nothing: TVR rescales as before, and so says its ratio.
TEST(MeasureWeights, TakesAnEmptyEntryOfTheBlacklistForNoName) {
  Mitigations mitigations;
  mitigations.tvr.enabled = true;
  mitigations.tvr.blacklist = {"", "mlp.down_proj"};
  const auto stats = measure_weights(three_parameters(), mitigations).tensors;
  EXPECT_FALSE(std::isnan(stats[0].tvr_ratio));
  EXPECT_TRUE(std::isnan(stats[2].tvr_ratio)) << "blacklisted";
}

TEST(DytAlpha, ComesInTheOrderOfTheSites) {
  std::vector<Parameter> parameters(3);
  for (int i = 0; i < 3; ++i) {
    parameters[static_cast<std::size_t>(i)].info.role = "dyt_alpha";
    parameters[static_cast<std::size_t>(i)].info.layer = i < 2 ? 0 : -1;
    parameters[static_cast<std::size_t>(i)].value = at::full({1}, 0.25F * static_cast<float>(i + 1));
  }
  EXPECT_EQ(dyt_alpha(parameters), (std::vector<float>{0.25F, 0.5F}));
}

}  // namespace
}  // namespace variometer
