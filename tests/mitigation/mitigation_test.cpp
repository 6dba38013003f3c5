// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/mitigation/mitigation.h"

#include <ATen/TensorOperators.h>
#include <ATen/core/grad_mode.h>
#include <ATen/ops/arange.h>
#include <ATen/ops/equal.h>
#include <ATen/ops/zeros_like.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "core/model/dyt_fit.h"
#include "core/model/init.h"

namespace variometer {
namespace {

struct Setting {
  std::string family;
  Decoder decoder;
  at::Tensor ids = at::arange(64, at::kLong).remainder(61).reshape({2, 32});
};

Setting setting(const std::string& family, double std = 0.2) {
  RunConfig config;
  config.model = {.family = family, .n_layer = 3, .n_head = 2, .n_embd = 32, .block_size = 32, .vocab_size = 61};
  Setting s{family, Decoder(resolved(config).model, at::kCPU, at::kFloat)};
  initialise(s.decoder, {.std = std}, 11);
  return s;
}

at::Tensor hidden(Setting& s) {
  const at::NoGradGuard no_grad;
  return s.decoder.hidden(s.ids);
}

double distance(const at::Tensor& a, const at::Tensor& b) {
  return (a - b).norm().item<double>() / b.norm().item<double>();
}

class Families : public ::testing::TestWithParam<std::string> {};
INSTANTIATE_TEST_SUITE_P(All, Families, ::testing::Values("llama", "gpt2"), [](const auto& p) { return p.param; });

TEST_P(Families, TvrLeavesTheTargetStdAndTheMean) {
  const at::NoGradGuard no_grad;
  auto s = setting(GetParam());
  auto& parameters = s.decoder.parameters();
  std::vector<double> means;
  std::vector<at::Tensor> before;
  for (auto& p : parameters) {
    if (p.info.tvr_target) p.value.add_(0.05);
    if (p.info.role == "bias") p.value.fill_(0.7);
    means.push_back(p.value.mean().item<double>());
    before.push_back(p.value.detach().clone());
  }
  const auto rescaled = apply_tvr(s.decoder, {.target_std = 0.01});
  EXPECT_EQ(rescaled.size(), s.family == "llama" ? 21U : 12U);
  for (const auto& r : rescaled) {
    const auto& p = parameters[r.parameter];
    EXPECT_NEAR(p.value.std().item<double>(), 0.01, 1e-7) << p.info.name;
    EXPECT_NEAR(p.value.mean().item<double>(), means[r.parameter], 1e-6) << p.info.name;
    EXPECT_GT(r.std_before, 0.1);
    EXPECT_EQ(r.target, 0.01);
  }
  for (std::size_t i = 0; i < parameters.size(); ++i) {
    const auto& p = parameters[i];
    if (p.info.tvr_target) continue;
    // A module's bias becomes zero with its weight; all else is as it was.
    const auto expected = p.info.role == "bias" ? at::zeros_like(p.value) : before[i];
    EXPECT_TRUE(at::equal(p.value, expected)) << p.info.name;
  }
}

TEST_P(Families, TvrIsTheFormulaOfThePaper) {
  const at::NoGradGuard no_grad;
  auto s = setting(GetParam());
  std::vector<at::Tensor> before;
  for (auto& p : s.decoder.parameters()) before.push_back(p.value.to(at::kDouble));
  for (const auto& r : apply_tvr(s.decoder, {.target_std = 0.03})) {
    const auto& w = before[r.parameter];
    const auto expected = (w - w.mean()) / w.std(/*unbiased=*/true) * 0.03 + w.mean();
    const auto& p = s.decoder.parameters()[r.parameter];
    EXPECT_LT((p.value - expected).abs().max().item<double>(), 1e-7) << p.info.name;
    EXPECT_NEAR(r.std_before, w.std(/*unbiased=*/true).item<double>(), 1e-7) << p.info.name;
  }
}

TEST_P(Families, TvrLeavesAloneWhatIsBelowTheThresholdOrBlacklisted) {
  auto s = setting(GetParam(), 0.0115);
  EXPECT_TRUE(apply_tvr(s.decoder, {.target_std = 0.01, .ratio_threshold = 1.2}).empty());
  const std::string listed = s.family == "llama" ? "self_attn.q_proj" : "attn.c_attn";
  const auto before = s.decoder.parameters();
  std::vector<at::Tensor> values;
  for (const auto& p : before) values.push_back(p.value.detach().clone());
  const auto rescaled = apply_tvr(s.decoder, {.target_std = 0.01, .ratio_threshold = 1.0, .blacklist = {"", listed}});
  EXPECT_EQ(rescaled.size(), s.family == "llama" ? 18U : 9U);
  for (std::size_t i = 0; i < values.size(); ++i) {
    const auto& p = s.decoder.parameters()[i];
    if (p.info.role == "bias") continue;
    const bool untouched = p.info.name.find(listed) != std::string::npos || !p.info.tvr_target;
    EXPECT_EQ(at::equal(p.value, values[i]), untouched) << p.info.name;
  }
}

TEST_P(Families, TvrScalesTheTargetWithDepthAndNeverScalesUp) {
  auto s = setting(GetParam());
  for (const auto& r : apply_tvr(s.decoder, {.target_std = 0.01, .ratio_threshold = 1.0, .scale_with_depth = true})) {
    const auto& p = s.decoder.parameters()[r.parameter];
    EXPECT_NEAR(p.value.std().item<double>(), 0.01 / std::sqrt(p.info.layer + 1.0), 1e-7) << p.info.name;
  }
  EXPECT_TRUE(apply_tvr(s.decoder, {.target_std = 0.02, .ratio_threshold = 1.0}).empty());
}

TEST_P(Families, TvrDoesNotTouchAMatrixThatIsNotFinite) {
  const at::NoGradGuard no_grad;
  auto s = setting(GetParam());
  auto& first = *std::find_if(s.decoder.parameters().begin(), s.decoder.parameters().end(),
                              [](const Parameter& p) { return p.info.tvr_target; });
  first.value[0][0] = std::numeric_limits<float>::quiet_NaN();
  for (const auto& r : apply_tvr(s.decoder, {})) {
    EXPECT_NE(s.decoder.parameters()[r.parameter].info.name, first.info.name);
  }
}

TEST_P(Families, NeutralKvBiasChangesNothingAtItsFirstStepBeyondRounding) {
  auto s = setting(GetParam());
  const auto before = hidden(s);
  MitigationState state;
  const Mitigations off, on{.kv_bias = {.enabled = true, .start = "neutral", .anneal_steps = 4}};
  state.change(s.decoder, off, on, s.ids, 3, /*step=*/10);
  EXPECT_LT(distance(hidden(s), before), 1e-6);
  std::vector<double> offsets;
  for (int step = 0; step < 6; ++step) {
    state.advance(s.decoder, on);
    offsets.push_back(s.decoder.switches.kv_logit_offset);
  }
  EXPECT_EQ(offsets, (std::vector<double>{-20, -15, -10, -5, 0, 0}));
  EXPECT_GT(distance(hidden(s), before), 1e-3);  // the zero offset is not neutral
}

TEST_P(Families, KvBiasOffAndOnAgainKeepsWhatWasLearned) {
  const at::NoGradGuard no_grad;
  auto s = setting(GetParam());
  const auto plain = hidden(s);
  MitigationState state;
  const Mitigations off, on{.kv_bias = {.enabled = true}};
  state.change(s.decoder, off, on, s.ids, 3, /*step=*/10);
  EXPECT_TRUE(s.decoder.switches.kv_bias);
  for (auto& p : s.decoder.parameters()) {
    if (p.info.role == "k_bias") p.value.fill_(0.25);
  }
  const auto with = hidden(s);
  state.change(s.decoder, on, off, s.ids, 4, /*step=*/10);
  EXPECT_TRUE(at::equal(hidden(s), plain));
  state.change(s.decoder, off, on, s.ids, 5, /*step=*/10);
  EXPECT_TRUE(at::equal(hidden(s), with));
}

TEST_P(Families, KvBiasStartIsDrawnFromItsSeed) {
  MitigationState a, b;
  auto one = setting(GetParam()), two = setting(GetParam());
  const Mitigations off, on{.kv_bias = {.enabled = true}};
  a.change(one.decoder, off, on, one.ids, 3, /*step=*/10);
  b.change(two.decoder, off, on, two.ids, 4, /*step=*/10);
  for (std::size_t i = 0; i < one.decoder.parameters().size(); ++i) {
    const auto& p = one.decoder.parameters()[i];
    if (p.info.role != "v_bias") continue;
    EXPECT_FALSE(at::equal(p.value, two.decoder.parameters()[i].value));
    EXPECT_LT(p.value.abs().max().item<double>(), 0.02 * 5);
  }
}

TEST_P(Families, PaperDytStartsWithAlphaByWidthAndTheEmbeddingScaleOfTheRoot) {
  auto s = setting(GetParam());
  MitigationState state;
  const Mitigations off, on{.dyt = {.enabled = true, .alpha_other = 0.3}};
  state.change(s.decoder, off, on, s.ids, 0, /*step=*/10);
  const std::string prefix = s.family == "llama" ? "model." : "transformer.";
  const std::string first = prefix + (s.family == "llama" ? "layers.0.input_layernorm" : "h.0.ln_1");
  EXPECT_FLOAT_EQ(s.decoder.require(first + ".dyt.alpha").value.item<float>(), 1.0F);
  EXPECT_FLOAT_EQ(
      s.decoder.require(prefix + (s.family == "llama" ? "norm" : "ln_f") + ".dyt.alpha").value.item<float>(), 0.3F);
  EXPECT_FLOAT_EQ(s.decoder.require(prefix + "embed_scale").value.item<float>(), std::sqrt(32.0F));
}

TEST_P(Families, CalibratedDytStartsCloserToTheOldOutputThanPaperDyt) {
  auto paper = setting(GetParam()), calibrated = setting(GetParam());
  const auto before = hidden(paper);
  MitigationState a, b;
  const Mitigations off;
  a.change(paper.decoder, off, {.dyt = {.enabled = true, .start = "paper"}}, paper.ids, 0, /*step=*/10);
  b.change(calibrated.decoder, off, {.dyt = {.enabled = true, .start = "calibrated"}}, calibrated.ids, 0, /*step=*/10);
  const double near = distance(hidden(calibrated), before), far = distance(hidden(paper), before);
  EXPECT_LT(near, 0.6 * far);
}

TEST_P(Families, DytOffAndOnAgainKeepsWhatWasLearned) {
  auto s = setting(GetParam());
  const auto plain = hidden(s);
  MitigationState state;
  const Mitigations off, on{.dyt = {.enabled = true, .start = "calibrated"}};
  state.change(s.decoder, off, on, s.ids, 0, /*step=*/10);
  const auto with = hidden(s);
  state.change(s.decoder, on, off, s.ids, 0, /*step=*/10);
  EXPECT_TRUE(at::equal(hidden(s), plain));
  state.change(s.decoder, off, on, s.ids, 0, /*step=*/10);
  EXPECT_TRUE(at::equal(hidden(s), with));
}

TEST_P(Families, DytIsBoundedByItsWeightAndOddWithoutBias) {
  const at::NoGradGuard no_grad;
  auto s = setting(GetParam());
  s.decoder.switches.dyt = true;
  const auto h = hidden(s);  // the final site's output: weight 1, bias 0
  EXPECT_LE(h.abs().max().item<double>(), 1.0);
  // With the blocks silenced the final DyT sees the embeddings alone, and must answer -x with -y.
  for (auto& p : s.decoder.parameters()) {
    if (p.info.role == "o_proj" || p.info.role == "down_proj") p.value.zero_();
  }
  const auto plus = hidden(s);
  for (auto& p : s.decoder.parameters()) {
    if (p.info.role == "embedding" || p.info.role == "position") p.value.neg_();
  }
  EXPECT_LT((hidden(s) + plus).abs().max().item<double>(), 1e-6);
}

TEST_P(Families, ARestoredStateReadsTheSameSwitches) {
  auto s = setting(GetParam());
  MitigationState state;
  const Mitigations off,
      on{.kv_bias = {.enabled = true, .start = "neutral", .anneal_steps = 10}, .dyt = {.enabled = true}};
  state.change(s.decoder, off, on, s.ids, 3, /*step=*/10);
  for (int step = 0; step < 3; ++step) state.advance(s.decoder, on);
  auto next = state;
  next.advance(s.decoder, on);
  const auto expected = s.decoder.switches;
  s.decoder.switches = {};
  auto resumed = state;
  resumed.restore(s.decoder, on);
  resumed.advance(s.decoder, on);
  EXPECT_EQ(s.decoder.switches.kv_logit_offset, expected.kv_logit_offset);
  EXPECT_TRUE(s.decoder.switches.kv_bias && s.decoder.switches.dyt);
}

/// The share of the learning rate a parameter of this role gets.
double share(const Setting& s, const MitigationState& state, const Mitigations& now, const std::string& role) {
  const auto shares = state.rate_shares(s.decoder, now);
  for (std::size_t i = 0; i < shares.size(); ++i) {
    if (s.decoder.parameters()[i].info.role == role) return shares[i];
  }
  ADD_FAILURE() << "no parameter is a " << role;
  return 0;
}

TEST_P(Families, WhatASwitchBringsIntoUseWarmsUpFromThatSwitchOnAndNothingElseDoes) {
  auto s = setting(GetParam());
  const std::string matrix = s.family == "llama" ? "q_proj" : "o_proj";
  const Mitigations off{.kv_bias = {.warmup_steps = 4}, .dyt = {.warmup_steps = 2}};
  Mitigations kv = off, both = off;
  kv.kv_bias.enabled = both.kv_bias.enabled = both.dyt.enabled = true;
  MitigationState state;
  const auto after_updates = [&](int n, const Mitigations& now, const std::string& role) {
    std::vector<double> seen;
    for (int i = 0; i < n; ++i) {
      state.advance(s.decoder, now);
      seen.push_back(share(s, state, now, role));
      EXPECT_EQ(share(s, state, now, matrix), 1);
    }
    return seen;
  };
  state.change(s.decoder, off, kv, s.ids, 3, /*step=*/10);
  EXPECT_EQ(after_updates(2, kv, "v_bias"), (std::vector{0.25, 0.5}));
  EXPECT_EQ(share(s, state, kv, "norm"), 1);
  state.change(s.decoder, kv, both, s.ids, 3, /*step=*/12);  // KV bias goes on as it was
  EXPECT_EQ(after_updates(1, both, "dyt_alpha"), (std::vector{0.5}));
  EXPECT_EQ(share(s, state, both, "k_bias"), 0.75);
  EXPECT_EQ(share(s, state, both, "embed_scale"), 0.5);
  EXPECT_EQ(after_updates(3, both, "dyt_weight"), (std::vector{1.0, 1.0, 1.0}));
  // Off again: now the norms' moments are old.
  state.change(s.decoder, both, kv, s.ids, 3, /*step=*/16);
  EXPECT_EQ(after_updates(3, kv, "norm"), (std::vector{0.5, 1.0, 1.0}));
  // Off and on again begins anew.
  state.change(s.decoder, kv, off, s.ids, 3, /*step=*/19);
  state.change(s.decoder, off, kv, s.ids, 3, /*step=*/19);
  EXPECT_EQ(after_updates(1, kv, "k_bias"), (std::vector{0.25}));
  // A length changed under way counts from the same switch.
  kv.kv_bias.warmup_steps = 8;
  EXPECT_EQ(after_updates(1, kv, "k_bias"), (std::vector{0.25}));
}

TEST_P(Families, WithoutALengthOnlyACalibratedDytWarmsUp) {
  auto s = setting(GetParam());
  const Mitigations off;
  for (const auto& [start, expected] : {std::pair{"paper", 1.0}, {"calibrated", 1.0 / 200}}) {
    const Mitigations on{.kv_bias = {.enabled = true}, .dyt = {.enabled = true, .start = start}};
    MitigationState state;
    state.change(s.decoder, off, on, s.ids, 3, /*step=*/10);
    state.advance(s.decoder, on);
    EXPECT_EQ(share(s, state, on, "dyt_alpha"), expected) << start;
    EXPECT_EQ(share(s, state, on, "k_bias"), 1) << start;
  }
}

TEST_P(Families, WhatIsOnBeforeTheFirstUpdateHasTheRunsOwnWarmUpAlone) {
  auto s = setting(GetParam());
  const Mitigations off,
      on{.kv_bias = {.enabled = true, .warmup_steps = 4}, .dyt = {.enabled = true, .warmup_steps = 4}};
  MitigationState state;
  state.change(s.decoder, off, on, s.ids, 3, /*step=*/0);
  for (int i = 0; i < 3; ++i) {
    state.advance(s.decoder, on);
    for (const double each : state.rate_shares(s.decoder, on)) EXPECT_EQ(each, 1);
  }
}

TEST(FitDyt, FindsThePlantedAlphaWeightAndBias) {
  const auto x = at::arange(4000, at::kFloat).reshape({500, 8}).mul(0.37).sin() * 3;
  const auto weight = at::arange(8, at::kFloat) * 0.25 + 0.5;
  const auto fit = fit_dyt(x, weight * (x * 0.8).tanh() + 0.3, /*with_bias=*/true);
  EXPECT_NEAR(fit.alpha, 0.8, 1e-3);
  EXPECT_LT((fit.weight - weight).abs().max().item<double>(), 1e-2);
  EXPECT_LT((fit.bias - 0.3).abs().max().item<double>(), 1e-2);
  EXPECT_LT(fit.residual, 1e-6);
}

}  // namespace
}  // namespace variometer
