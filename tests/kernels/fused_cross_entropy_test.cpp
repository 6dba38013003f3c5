// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/kernels/fused_cross_entropy.h"

#include <ATen/TensorOperators.h>
#include <ATen/core/grad_mode.h>
#include <ATen/ops/arange.h>
#include <ATen/ops/cross_entropy_loss.h>
#include <ATen/ops/matmul.h>
#include <gtest/gtest.h>

#include "core/base/error.h"

namespace variometer {
namespace {

at::Tensor wave(std::int64_t rows, std::int64_t columns, double frequency) {
  return (at::arange(rows * columns, at::kFloat) * frequency).sin().reshape({rows, columns}).contiguous();
}

struct Size {
  std::int64_t N, C, V;
};

// The last one is wide enough that the rows' logits go through in more than one block.
class FusedCrossEntropy : public ::testing::TestWithParam<Size> {
 protected:
  at::Tensor h = wave(GetParam().N, GetParam().C, 0.7).requires_grad_();
  at::Tensor weight = wave(GetParam().V, GetParam().C, 0.3).requires_grad_();
  at::Tensor targets = (at::arange(GetParam().N, at::kLong) * 13).remainder(GetParam().V);
};
INSTANTIATE_TEST_SUITE_P(Sizes, FusedCrossEntropy,
                         ::testing::Values(Size{1, 3, 2}, Size{70, 17, 257}, Size{300, 8, 30000}));

double worst(const at::Tensor& found, const at::Tensor& expected) {
  return (found - expected).abs().max().item<double>() / expected.abs().max().item<double>();
}

TEST_P(FusedCrossEntropy, LossAndGradientsAreThoseOfPlainOperatorsUnderAnyFactor) {
  const auto loss = fused_cross_entropy(h, weight, targets);
  (loss * 0.25).backward();
  const auto h_double = h.detach().to(at::kDouble).requires_grad_();
  const auto weight_double = weight.detach().to(at::kDouble).requires_grad_();
  const auto expected = at::cross_entropy_loss(at::matmul(h_double, weight_double.t()), targets);
  (expected * 0.25).backward();
  EXPECT_NEAR(loss.item<double>(), expected.item<double>(), 1e-6 * expected.item<double>());
  EXPECT_LT(worst(h.grad(), h_double.grad()), 1e-5);
  EXPECT_LT(worst(weight.grad(), weight_double.grad()), 1e-5);
}

TEST_P(FusedCrossEntropy, ASecondBackwardPassOverTheSameGraphHasItsOwnFactor) {
  const auto loss = fused_cross_entropy(h, weight, targets);
  loss.backward({}, /*retain_graph=*/true);
  const at::Tensor once = weight.grad().clone();
  for (const double factor : {0.25, 3.0, 1.0}) {
    weight.mutable_grad().reset();
    (loss * factor).backward({}, /*retain_graph=*/true);
    EXPECT_LT(worst(weight.grad(), once * factor), 1e-6) << factor;
  }
}

TEST_P(FusedCrossEntropy, TheLossAloneIsTheSame) {
  const auto with = fused_cross_entropy(h, weight, targets).item<double>();
  const at::NoGradGuard no_grad;
  EXPECT_EQ(fused_cross_entropy(h, weight, targets).item<double>(), with);
}

TEST_P(FusedCrossEntropy, ATargetOutsideTheVocabularyIsAnError) {
  targets[0] = GetParam().V;
  EXPECT_THROW(fused_cross_entropy(h, weight, targets), Error);
  targets[0] = -1;
  EXPECT_THROW(fused_cross_entropy(h, weight, targets), Error);
}

}  // namespace
}  // namespace variometer
