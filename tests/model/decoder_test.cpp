// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/model/decoder.h"

#include <ATen/TensorOperators.h>
#include <ATen/core/grad_mode.h>
#include <ATen/ops/ones.h>
#include <gtest/gtest.h>

#include <cmath>

#include "core/base/config.h"
#include "core/base/error.h"
#include "tests/model/golden.h"

namespace variometer {
namespace {

using testing::relative_error;

class Recorder : public Tap {
 public:
  explicit Recorder(bool attention) : attention_(attention) {}
  void block_output(std::int64_t layer, const at::Tensor& h) override { blocks["block." + std::to_string(layer)] = h; }
  bool wants_attention() const override { return attention_; }
  void attention(std::int64_t layer, const at::Tensor& p) override { maps["attention." + std::to_string(layer)] = p; }

  std::map<std::string, at::Tensor> blocks, maps;

 private:
  bool attention_;
};

struct Case {
  std::string family, variant;
  Switches switches;
};

std::ostream& operator<<(std::ostream& out, const Case& c) { return out << c.family << "_" << c.variant; }

Decoder golden_decoder(const std::string& family, const std::map<std::string, at::Tensor>& golden) {
  RunConfig config;
  config.model = {.family = family, .n_layer = 2, .n_head = 4, .n_embd = 16, .n_inner = 20, .vocab_size = 31};
  config.model.block_size = 12;
  if (family == "llama") {
    config.model.n_kv_head = 2;
    config.model.head_dim = 6;
  } else {
    config.model.tie_embeddings = true;
  }
  Decoder decoder(resolved(config).model, at::kCPU, at::kFloat);
  const at::NoGradGuard no_grad;
  for (auto& parameter : decoder.parameters()) parameter.value.copy_(golden.at("w." + parameter.info.name));
  return decoder;
}

class DecoderGolden : public ::testing::TestWithParam<Case> {
 protected:
  std::map<std::string, at::Tensor> golden = testing::read_golden(GetParam().family);
  Decoder decoder = golden_decoder(GetParam().family, golden);
  at::Tensor ids = golden.at("ids"), targets = golden.at("targets");
  std::string prefix = GetParam().variant + ".";

  void SetUp() override { decoder.switches = GetParam().switches; }
};

TEST_P(DecoderGolden, BlockOutputsAreThoseOfTheReference) {
  for (const bool attention : {false, true}) {
    Recorder recorder(attention);
    const auto hidden = decoder.hidden(ids, &recorder);
    for (const auto& [name, h] : recorder.blocks) EXPECT_LT(relative_error(h, golden.at(prefix + name)), 1e-5) << name;
    EXPECT_LT(relative_error(hidden, golden.at(prefix + "hidden")), 1e-5);
    EXPECT_EQ(recorder.blocks.size(), 2U);
    EXPECT_EQ(recorder.maps.size(), attention ? 2U : 0U);
  }
}

TEST_P(DecoderGolden, LossAndEveryGradientAreThoseOfTheReference) {
  if (GetParam().variant == "offset") GTEST_SKIP() << "the reference keeps no gradients for it";
  auto loss = decoder.loss(ids, targets);
  EXPECT_NEAR(loss.item<double>(), golden.at(prefix + "loss").item<double>(), 1e-5);
  loss.backward();
  int n_with_gradient = 0;
  for (const auto& parameter : decoder.parameters()) {
    const auto expected = golden.find(prefix + "grad." + parameter.info.name);
    if (expected == golden.end()) {
      EXPECT_FALSE(parameter.value.grad().defined()) << parameter.info.name << " is off and got a gradient";
      continue;
    }
    ++n_with_gradient;
    ASSERT_TRUE(parameter.value.grad().defined()) << parameter.info.name;
    // A scalar's gradient is one sum over everything; terms of both signs leave fewer digits of it.
    const double tolerance = parameter.value.numel() == 1 ? 3e-4 : 3e-5;
    EXPECT_LT(relative_error(parameter.value.grad(), expected->second), tolerance) << parameter.info.name;
  }
  EXPECT_GT(n_with_gradient, 15);
}

TEST_P(DecoderGolden, LossWithoutGradientsIsTheSame) {
  const auto with = decoder.loss(ids, targets);
  const at::NoGradGuard no_grad;
  EXPECT_NEAR(decoder.loss(ids, targets).item<float>(), with.item<float>(), 1e-6);
}

TEST_P(DecoderGolden, AttentionRowsSumToOneAndOverRealTokensToLessWithTheSlot) {
  const at::NoGradGuard no_grad;
  Recorder recorder(true);
  decoder.hidden(ids, &recorder);
  for (const auto& [name, p] : recorder.maps) {
    EXPECT_LT((p.sum(-1) - 1).abs().max().item<double>(), 1e-5) << name;
    if (!decoder.switches.kv_bias) continue;
    ASSERT_EQ(p.size(3), p.size(2) + 1);
    EXPECT_LT(p.narrow(3, 1, p.size(2)).sum(-1).max().item<double>(), 1.0) << name;
  }
  const auto expected = golden.find(prefix + "attention.1");
  if (expected == golden.end()) return;
  EXPECT_LT(relative_error(recorder.maps.at("attention.1"), expected->second), 1e-5);
}

INSTANTIATE_TEST_SUITE_P(Families, DecoderGolden,
                         ::testing::Values(Case{"llama", "plain", {}}, Case{"llama", "kv", {.kv_bias = true}},
                                           Case{"llama", "offset", {.kv_bias = true, .kv_logit_offset = -2}},
                                           Case{"llama", "dyt", {.dyt = true}},
                                           Case{"llama", "kv_dyt", {.kv_bias = true, .dyt = true}},
                                           Case{"gpt2", "plain", {}}, Case{"gpt2", "kv", {.kv_bias = true}},
                                           Case{"gpt2", "offset", {.kv_bias = true, .kv_logit_offset = -2}},
                                           Case{"gpt2", "dyt", {.dyt = true}},
                                           Case{"gpt2", "kv_dyt", {.kv_bias = true, .dyt = true}}),
                         [](const auto& c) { return c.param.family + "_" + c.param.variant; });

class HuggingFace : public ::testing::TestWithParam<std::string> {};

TEST_P(HuggingFace, HiddenStatesAttentionAndLogitsAreThoseOfTransformers) {
  const auto golden = testing::read_golden(GetParam());
  auto decoder = golden_decoder(GetParam(), golden);
  const at::NoGradGuard no_grad;
  Recorder recorder(true);
  const auto logits = decoder.logits(golden.at("ids"), &recorder);
  EXPECT_LT(relative_error(logits, golden.at("hf.logits")), 1e-5);
  EXPECT_LT(relative_error(recorder.blocks.at("block.0"), golden.at("hf.block.0")), 1e-5);
  for (const char* name : {"attention.0", "attention.1"}) {
    EXPECT_LT((recorder.maps.at(name) - golden.at(std::string("hf.") + name)).abs().max().item<double>(), 1e-5);
  }
}

INSTANTIATE_TEST_SUITE_P(Families, HuggingFace, ::testing::Values("llama", "gpt2"),
                         [](const auto& c) { return c.param; });

TEST(Decoder, NamesShapesAndRolesAreHuggingFaces) {
  const auto golden = testing::read_golden("llama");
  auto decoder = golden_decoder("llama", golden);
  const auto& k = decoder.require("model.layers.1.self_attn.k_proj.weight");
  EXPECT_EQ(k.info.shape, (std::vector<std::int64_t>{12, 16}));
  EXPECT_EQ(k.info.layer, 1);
  EXPECT_EQ(k.info.role, "k_proj");
  EXPECT_TRUE(k.info.tvr_target && k.decays && !k.extra);
  const auto& slot = decoder.require("model.layers.0.self_attn.k_bias");
  EXPECT_TRUE(slot.extra && !slot.decays && !slot.info.tvr_target);
  EXPECT_FALSE(decoder.require("lm_head.weight").info.tvr_target);
  EXPECT_THROW(decoder.require("model.layers.9.mlp.up_proj.weight"), Error);
}

TEST(Decoder, Gpt2RefusesASequenceLongerThanItsPositions) {
  auto decoder = golden_decoder("gpt2", testing::read_golden("gpt2"));
  const auto ids = at::ones({1, 13}, at::kLong);
  EXPECT_THROW(decoder.hidden(ids), Error);
}

}  // namespace
}  // namespace variometer
