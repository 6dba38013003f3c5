// SPDX-License-Identifier: GPL-3.0-or-later
#include <ATen/Parallel.h>
#include <ATen/TensorOperators.h>
#include <ATen/core/grad_mode.h>
#include <ATen/ops/arange.h>
#include <ATen/ops/equal.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <ostream>

#include "core/model/decoder.h"
#include "core/model/init.h"
#include "tests/model/golden.h"

namespace variometer {
namespace {

struct Shape {
  std::string name;
  ModelConfig model;
  std::int64_t B, T;
};

// Odd sizes on purpose: rows that fill no vector, chunks that span sequences, more than one block of queries.
std::vector<Shape> shapes() {
  return {
      {"llama_grouped",
       {.family = "llama",
        .n_layer = 2,
        .n_head = 6,
        .n_kv_head = 2,
        .n_embd = 54,
        .head_dim = 10,
        .n_inner = 70,
        .block_size = 130,
        .vocab_size = 83},
       3,
       130},
      {"llama_demo", {.family = "llama", .n_layer = 2, .n_head = 2, .n_embd = 64, .block_size = 32}, 8, 32},
      {"llama_tied",
       {.family = "llama",
        .n_layer = 1,
        .n_head = 2,
        .n_embd = 20,
        .block_size = 9,
        .vocab_size = 600,
        .tie_embeddings = true},
       5,
       9},
      {"gpt2", {.family = "gpt2", .n_layer = 2, .n_head = 3, .n_embd = 51, .block_size = 70, .vocab_size = 40}, 4, 70},
      {"one_token", {.family = "llama", .n_layer = 1, .n_head = 2, .n_embd = 16, .block_size = 4}, 1, 1}};
}

struct Case {
  Shape shape;
  std::string switches_name;
  Switches switches;
};

std::ostream& operator<<(std::ostream& out, const Case& c) { return out << c.shape.name << ' ' << c.switches_name; }

std::vector<Case> cases() {
  std::vector<Case> all;
  for (const auto& shape : shapes()) {
    all.push_back({shape, "plain", {}});
    all.push_back({shape, "kv", {.kv_bias = true}});
    all.push_back({shape, "offset", {.kv_bias = true, .kv_logit_offset = -3}});
    all.push_back({shape, "dyt", {.dyt = true}});
    all.push_back({shape, "kv_dyt", {.kv_bias = true, .dyt = true}});
  }
  return all;
}

class FusedPath : public ::testing::TestWithParam<Case> {
 protected:
  Decoder decoder = make(GetParam());
  at::Tensor ids = tokens(0), targets = tokens(5);

  static Decoder make(const Case& c) {
    RunConfig config;
    config.model = c.shape.model;
    Decoder decoder(resolved(config).model, at::kCPU, at::kFloat);
    initialise(decoder, {.std = 0.25}, 3);
    const at::NoGradGuard no_grad;
    for (auto& p : decoder.parameters()) {  // biases and norm weights that are not their start
      if (p.info.shape.size() == 1) p.value.mul_(0.8).add_(0.1 * at::arange(p.value.numel(), at::kFloat).sin());
    }
    decoder.switches = c.switches;
    return decoder;
  }

  at::Tensor tokens(int shift) const {
    const auto& shape = GetParam().shape;
    const auto n = shape.B * shape.T;
    return (at::arange(n, at::kLong) * 7 + at::arange(n, at::kLong).pow(2) + shift)
        .remainder(shape.model.vocab_size)
        .reshape({shape.B, shape.T});
  }

  struct Result {
    float loss;
    std::vector<at::Tensor> grads;
  };
  Result run() {
    for (auto& p : decoder.parameters()) p.value.mutable_grad().reset();
    const auto loss = decoder.loss(ids, targets);
    loss.backward();
    Result result{loss.item<float>(), {}};
    for (auto& p : decoder.parameters()) result.grads.push_back(p.value.grad());
    return result;
  }
};

TEST_P(FusedPath, LossAndGradientsAreThoseOfPlainOperators) {
  const auto fused = run();
  decoder.use_reference_path(true);
  const auto plain = run();
  EXPECT_NEAR(fused.loss, plain.loss, 2e-5 * plain.loss);
  for (std::size_t i = 0; i < fused.grads.size(); ++i) {
    const auto& info = decoder.parameters()[i].info;
    ASSERT_EQ(fused.grads[i].defined(), plain.grads[i].defined()) << info.name;
    if (!plain.grads[i].defined()) continue;
    const double tolerance = info.shape == std::vector<std::int64_t>{1} ? 2e-3 : 2e-4;
    // Of a single token the attention logits have no gradient at all: what is found there is rounding.
    const double scale = std::max(plain.grads[i].abs().max().item<double>(), 1e-3);
    EXPECT_LT((fused.grads[i] - plain.grads[i]).abs().max().item<double>(), tolerance * scale) << info.name;
  }
}

TEST_P(FusedPath, TheSameStepAgainAndOnMoreThreadsGivesTheSameBits) {
  const auto n_thread = at::get_num_threads();
  const auto one = run(), two = run();
  at::set_num_threads(n_thread == 1 ? 2 : 1);
  const auto other = run();
  at::set_num_threads(n_thread);
  EXPECT_EQ(one.loss, two.loss);
  EXPECT_EQ(one.loss, other.loss);
  for (std::size_t i = 0; i < one.grads.size(); ++i) {
    if (!one.grads[i].defined()) continue;
    EXPECT_TRUE(at::equal(one.grads[i], two.grads[i])) << decoder.parameters()[i].info.name;
  }
}

TEST_P(FusedPath, TapsSeeTheSameHiddenStatesAndNormInputs) {
  struct Seen : Tap {
    std::vector<at::Tensor> tensors;
    void block_output(std::int64_t, const at::Tensor& h) override { tensors.push_back(h); }
    bool wants_norm_input() const override { return true; }
    void norm_input(std::int64_t, int, const at::Tensor& x) override { tensors.push_back(x); }
  };
  const at::NoGradGuard no_grad;
  Seen fused, plain;
  const auto h = decoder.hidden(ids, &fused);
  decoder.use_reference_path(true);
  EXPECT_LT(testing::relative_error(h, decoder.hidden(ids, &plain)), 3e-5);
  ASSERT_EQ(fused.tensors.size(), plain.tensors.size());
  for (std::size_t i = 0; i < fused.tensors.size(); ++i) {
    EXPECT_LT(testing::relative_error(fused.tensors[i], plain.tensors[i]), 3e-5) << i;
  }
}

INSTANTIATE_TEST_SUITE_P(All, FusedPath, ::testing::ValuesIn(cases()),
                         [](const auto& p) { return p.param.shape.name + "_" + p.param.switches_name; });

}  // namespace
}  // namespace variometer
