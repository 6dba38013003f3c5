// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/train/adamw.h"

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include <array>

#include "core/base/error.h"

namespace variometer {
namespace {

/// ((7 i + 3 k) mod 11 - 5) / 8: exact in float32, the same in Python.
at::Tensor pattern(at::IntArrayRef shape, std::int64_t k) {
  const at::Tensor i = at::arange(c10::multiply_integers(shape), at::kLong);
  return (((i * 7 + k * 3) % 11 - 5).to(at::kFloat) / 8).reshape(shape);
}

std::vector<Parameter> three_parameters() {
  std::vector<Parameter> parameters(3);
  parameters[0].info.name = "model.layers.0.mlp.up_proj.weight";
  parameters[0].value = pattern({2, 3}, 1).requires_grad_();
  parameters[0].decays = true;
  parameters[1].info.name = "model.norm.weight";
  parameters[1].value = pattern({3}, 2).requires_grad_();
  parameters[2].info.name = "model.layers.0.self_attn.k_bias";
  parameters[2].value = pattern({1, 1, 1, 2}, 3).requires_grad_();
  parameters[2].extra = true;
  return parameters;
}

void set_gradients(std::vector<Parameter>& parameters, std::int64_t step, bool kv_bias) {
  parameters[0].value.mutable_grad() = pattern({2, 3}, step + 10);
  parameters[1].value.mutable_grad() = pattern({3}, step + 20);
  parameters[2].value.mutable_grad() = kv_bias ? pattern({1, 1, 1, 2}, step + 30) : at::Tensor();
}

TrainConfig with_decay() {
  TrainConfig train;
  train.weight_decay = 0.1;
  return train;
}

void expect_values(const at::Tensor& tensor, const std::vector<double>& expected) {
  const at::Tensor flat = tensor.detach().flatten().to(at::kDouble).contiguous();
  ASSERT_EQ(flat.numel(), static_cast<std::int64_t>(expected.size()));
  for (std::size_t i = 0; i < expected.size(); ++i) EXPECT_NEAR(flat.const_data_ptr<double>()[i], expected[i], 2e-6);
}

// torch.optim.AdamW in float64, three groups (decay 0.1, 0, 0.05), learning rate 0.01 s at step s = 1..5, the third
// parameter without a gradient at step 3.
TEST(AdamW, ProducesPyTorchsValuesGroupByGroup) {
  auto parameters = three_parameters();
  AdamW optimizer(parameters);
  for (std::int64_t step = 1; step <= 5; ++step) {
    set_gradients(parameters, step, step != 3);
    optimizer.step(with_decay(), 0.01 * static_cast<double>(step), /*kv_bias_weight_decay=*/0.05);
  }
  expect_values(parameters[0].value, {-0.185018634, 0.544978657, 0.137375715, -0.398698749, 0.460175818, 0.060147545});
  expect_values(parameters[1].value, {0.137686046, -0.410995887, 0.561770628});
  expect_values(parameters[2].value, {0.464761579, 0.032361135});
}

// As above, the third parameter's learning rate multiplied by 1/4, 2/4, -, 3/4, 1.
TEST(AdamW, GivesEveryParameterItsShareOfTheLearningRate) {
  auto parameters = three_parameters();
  AdamW optimizer(parameters);
  for (std::int64_t step = 1; step <= 5; ++step) {
    set_gradients(parameters, step, step != 3);
    const double share = std::array{0.25, 0.5, 0.0, 0.75, 1.0}.at(static_cast<std::size_t>(step - 1));
    optimizer.step(with_decay(), 0.01 * static_cast<double>(step), /*kv_bias_weight_decay=*/0.05, {1, 1, share});
  }
  expect_values(parameters[0].value, {-0.185018634, 0.544978657, 0.137375715, -0.398698749, 0.460175818, 0.060147545});
  expect_values(parameters[1].value, {0.137686046, -0.410995887, 0.561770628});
  expect_values(parameters[2].value, {0.473987391, 0.017388282});
}

TEST(AdamW, LeavesAParameterWithoutGradientAloneDecayAndStepCountIncluded) {
  auto parameters = three_parameters();
  AdamW optimizer(parameters);
  set_gradients(parameters, 1, /*kv_bias=*/false);
  const at::Tensor before = parameters[2].value.detach().clone();
  optimizer.step(with_decay(), 0.01, 0.05);
  EXPECT_TRUE(at::equal(parameters[2].value, before));
  for (const auto& [name, tensor] : optimizer.state()) {
    if (name.ends_with("k_bias.step")) {
      EXPECT_EQ(tensor.item<float>(), 0);
    } else if (name.ends_with("norm.weight.step")) {
      EXPECT_EQ(tensor.item<float>(), 1);
    }
  }
}

TEST(AdamW, GoesOnFromASavedStateBitForBit) {
  auto one = three_parameters(), two = three_parameters();
  AdamW first(one), second(two);
  for (std::int64_t step = 1; step <= 6; ++step) {
    set_gradients(one, step, true);
    first.step(with_decay(), 0.01, 0);
    if (step != 3) continue;
    second.set_state(first.state());
    for (std::size_t i = 0; i < one.size(); ++i) two[i].value.detach().copy_(one[i].value.detach());
  }
  for (std::int64_t step = 4; step <= 6; ++step) {
    set_gradients(two, step, true);
    second.step(with_decay(), 0.01, 0);
  }
  for (std::size_t i = 0; i < one.size(); ++i) EXPECT_TRUE(at::equal(one[i].value, two[i].value));
}

TEST(AdamW, RefusesAStateThatLacksATensorOrHasAnotherShape) {
  auto parameters = three_parameters();
  AdamW optimizer(parameters);
  auto state = optimizer.state();
  state[1].second = at::zeros({5});
  EXPECT_THROW(optimizer.set_state(state), Error);
  state.erase(state.begin() + 1);
  EXPECT_THROW(optimizer.set_state(state), Error);
}

// torch.nn.utils.clip_grad_norm_(..., 0.5) in float64.
TEST(ClipGradients, ScalesAllByTheJointNormAsPyTorchDoes) {
  auto parameters = three_parameters();
  parameters[0].value.mutable_grad() = pattern({2, 3}, 5);
  parameters[1].value.mutable_grad() = pattern({3}, 6);
  EXPECT_NEAR(clip_gradients(parameters, 0.5).item<double>(), 1.2055, 5e-5);
  expect_values(parameters[0].value.grad(),
                {-0.0518475417, -0.2592377086, 0.1036950834, -0.1036950834, 0.2592377086, 0.0518475417});
  expect_values(parameters[1].value.grad(), {0.1036950834, -0.1036950834, 0.2592377086});
}

TEST(ClipGradients, LeavesSmallGradientsAndSwitchedOffClippingAlone) {
  auto parameters = three_parameters();
  set_gradients(parameters, 1, true);
  const at::Tensor before = parameters[0].value.grad().clone();
  clip_gradients(parameters, 100);
  EXPECT_TRUE(at::equal(parameters[0].value.grad(), before));
  clip_gradients(parameters, 0);
  EXPECT_TRUE(at::equal(parameters[0].value.grad(), before));
}

}  // namespace
}  // namespace variometer
