// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

// The fused CUDA operators over tensors, with autograd, against LibTorch's operators in double: what the emulated tests
// run on CPU tensors and a machine with a GPU on its own.

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <vector>

#include "core/kernels/fused_cuda.h"
#include "core/model/fused_cuda_path.h"

namespace variometer::fused_tensors {

using Tensors = std::vector<at::Tensor>;
using Operator = std::function<at::Tensor(const Tensors&)>;

inline double worst(const at::Tensor& found, const at::Tensor& expected) {
  EXPECT_EQ(found.sizes(), expected.sizes());
  return (found.to(at::kCPU, at::kDouble) - expected.to(at::kCPU, at::kDouble)).abs().max().item<double>() /
         std::max(expected.to(at::kDouble).abs().max().item<double>(), 1e-3);
}

/// Value and gradients of y = ours(inputs) under sum(y * dy) are those of `theirs` in double. The first `n_activation`
/// inputs come in both types, the rest are parameters. Gradients come twice: the graph may be kept.
inline void expect_same(const at::Device& device, const Operator& ours, const Operator& theirs, const Tensors& inputs,
                        std::size_t n_activation) {
  for (const auto type : {at::kFloat, at::kBFloat16}) {
    Tensors mine, wide;
    for (std::size_t i = 0; i < inputs.size(); ++i) {
      const auto each = i < n_activation ? inputs[i].to(at::kBFloat16).to(type) : inputs[i];
      mine.push_back(each.to(device, each.scalar_type(), /*non_blocking=*/false, /*copy=*/true).requires_grad_());
      wide.push_back(each.to(at::kDouble).requires_grad_());
    }
    const auto y = ours(mine), expected = theirs(wide);
    EXPECT_EQ(y.scalar_type(), type);
    const double tolerance = type == at::kFloat ? 1e-5 : 1.0 / 256;
    EXPECT_LT(worst(y, expected), tolerance);
    const auto dy = at::randn(expected.sizes(), at::kDouble).to(at::kBFloat16);
    y.backward(dy.to(device, type), /*retain_graph=*/true);
    y.backward(dy.to(device, type));
    expected.backward(dy.to(at::kDouble) * 2);
    for (std::size_t i = 0; i < inputs.size(); ++i) {
      ASSERT_TRUE(mine[i].grad().defined()) << i;
      EXPECT_EQ(mine[i].grad().scalar_type(), mine[i].scalar_type());
      EXPECT_LT(worst(mine[i].grad(), wide[i].grad()), 2 * tolerance) << i;
    }
  }
}

inline void check_norms(const at::Device& device) {
  at::manual_seed(1);
  const auto x = at::randn({3, 5, 40}) * 2 + 1, weight = at::randn({40}), bias = at::randn({40});
  const auto rms = [](const at::Tensor& v) { return v * at::rsqrt(v.pow(2).mean(-1, true) + 1e-3); };
  expect_same(
      device, [](const Tensors& in) { return fused_cuda_norm({.eps = 1e-3}, in[0], in[1], {}); },
      [&](const Tensors& in) { return in[1] * rms(in[0]); }, {x, weight}, 1);
  expect_same(
      device, [](const Tensors& in) { return fused_cuda_norm({.eps = 1e-3, .weight_offset = 1}, in[0], in[1], {}); },
      [&](const Tensors& in) { return (1 + in[1]) * rms(in[0]); }, {x, weight}, 1);
  expect_same(
      device, [](const Tensors& in) { return fused_cuda_norm({.eps = 1e-3, .centred = true}, in[0], in[1], in[2]); },
      [](const Tensors& in) { return at::layer_norm(in[0], {40}, in[1], in[2], 1e-3); }, {x, weight, bias}, 1);
  expect_same(
      device, [](const Tensors& in) { return fused_cuda_norm({.eps = 1e-3, .centred = true}, in[0], {}, {}); },
      [](const Tensors& in) { return at::layer_norm(in[0], {40}, {}, {}, 1e-3); }, {x}, 1);
  // Rows that do not lie one after the other.
  expect_same(
      device, [](const Tensors& in) { return fused_cuda_norm({.eps = 1e-3}, in[0].transpose(0, 1), in[1], {}); },
      [&](const Tensors& in) { return in[1] * rms(in[0].transpose(0, 1)); }, {x, weight}, 1);
}

inline void check_dyt(const at::Device& device) {
  at::manual_seed(2);
  const auto x = at::randn({3, 5, 40}), alpha = at::full({1}, 0.75), weight = at::randn({40}), bias = at::randn({40});
  expect_same(
      device, [](const Tensors& in) { return fused_cuda_dyt(in[0], in[1], in[2], in[3]); },
      [](const Tensors& in) { return in[2] * at::tanh(in[1] * in[0]) + in[3]; }, {x, alpha, weight, bias}, 1);
  expect_same(
      device, [](const Tensors& in) { return fused_cuda_dyt(in[0], in[1], in[2], {}); },
      [](const Tensors& in) { return in[2] * at::tanh(in[1] * in[0]); }, {x, alpha, weight}, 1);
}

inline void check_activations(const at::Device& device) {
  at::manual_seed(3);
  const auto gate = at::randn({2, 7, 24}), up = at::randn({2, 7, 24});
  const auto formula = [](const at::Tensor& g, const at::Tensor& u) { return at::silu(g) * u; };
  expect_same(
      device, [](const Tensors& in) { return fused_cuda_swiglu(in[0], in[1]); },
      [&](const Tensors& in) { return formula(in[0], in[1]); }, {gate, up}, 2);
  expect_same(
      device, [](const Tensors& in) { return fused_cuda_swiglu(in[0], {}); },
      [&](const Tensors& in) { return formula(in[0].narrow(-1, 0, 12), in[0].narrow(-1, 12, 12)); }, {gate}, 1);
  expect_same(
      device, [](const Tensors& in) { return fused_cuda_gelu(in[0]); },
      [](const Tensors& in) { return at::gelu(in[0], "tanh"); }, {gate}, 1);
}

inline void check_rotations(const at::Device& device) {
  at::manual_seed(4);
  for (const std::int64_t dim : {16, 8}) {
    const auto angle = at::randn({6, dim / 2});
    const auto cos = at::cat({angle, angle}, 1).cos(), sin = at::cat({angle, angle}, 1).sin();
    // x as a projection of queries, keys and values leaves it; its gradient as attention does: heads first.
    const auto ours = [&](const Tensors& in) {
      const auto table_type = in[0].scalar_type();
      return fused_cuda_rotate(in[0].narrow(2, 1, 3), cos.to(at::kBFloat16).to(device, table_type),
                               sin.to(at::kBFloat16).to(device, table_type))
          .transpose(1, 2);
    };
    const auto theirs = [&](const Tensors& in) {
      const auto x = in[0].narrow(2, 1, 3).transpose(1, 2);
      const auto turning = x.narrow(-1, 0, dim);
      const auto other = at::cat({-turning.narrow(-1, dim / 2, dim / 2), turning.narrow(-1, 0, dim / 2)}, -1);
      const auto c = cos.to(at::kBFloat16).to(at::kDouble), s = sin.to(at::kBFloat16).to(at::kDouble);
      return at::cat({turning * c + other * s, x.narrow(-1, dim, 16 - dim)}, -1);
    };
    expect_same(device, ours, theirs, {at::randn({2, 6, 5, 16})}, 1);
  }
}

inline void check_head_loss(const at::Device& device) {
  at::manual_seed(5);
  const auto h = at::randn({70, 24}).to(at::kBFloat16).to(at::kFloat);
  const auto weight = at::randn({257, 24}).to(at::kBFloat16).to(at::kFloat);
  const auto targets = (at::arange(70, at::kLong) * 13).remainder(257);
  const auto wide_h = h.to(at::kDouble).requires_grad_(), wide_weight = weight.to(at::kDouble).requires_grad_();
  const auto expected = at::cross_entropy_loss(at::matmul(wide_h, wide_weight.t()), targets);
  expected.backward();
  for (const auto type : {at::kFloat, at::kBFloat16}) {
    for (const std::int64_t most_bytes : {1 << 20, 20000, 1}) {
      const double tolerance = type == at::kFloat ? 1e-5 : 1.0 / 64;  // the logits themselves are rounded
      const auto found = head_loss_cuda(h.to(device, type), weight.to(device), targets.to(device),
                                        /*with_gradients=*/true, most_bytes);
      EXPECT_EQ(found.loss.scalar_type(), at::kFloat);
      EXPECT_NEAR(found.loss.item<double>(), expected.item<double>(), tolerance * expected.item<double>());
      EXPECT_EQ(found.h_grad.scalar_type(), type);
      EXPECT_EQ(found.weight_grad.scalar_type(), at::kFloat);
      EXPECT_LT(worst(found.h_grad, wide_h.grad()), tolerance);
      EXPECT_LT(worst(found.weight_grad, wide_weight.grad()), tolerance);
      const auto alone = head_loss_cuda(h.to(device, type), weight.to(device), targets.to(device),
                                        /*with_gradients=*/false, most_bytes);
      EXPECT_EQ(alone.loss.item<float>(), found.loss.item<float>());
      EXPECT_FALSE(alone.h_grad.defined() || alone.weight_grad.defined());
    }
  }
  EXPECT_TRUE(
      at::isnan(head_loss_cuda(h.to(device), weight.to(device), (targets + 200).to(device), false).loss).item<bool>());
}

}  // namespace variometer::fused_tensors
