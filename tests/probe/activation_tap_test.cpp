// SPDX-License-Identifier: GPL-3.0-or-later
#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include <cmath>

#include "core/kernels/statistics.h"
#include "core/probe/probe.h"

namespace variometer {
namespace {

using Wants = ActivationTap::Wants;

ModelConfig model_of(std::int64_t n_layer, std::int64_t n_embd) {
  ModelConfig model;
  model.n_layer = n_layer;
  model.n_embd = n_embd;
  return model;
}

/// Block outputs as a decoder would show them: (B, T, C) normals.
std::vector<at::Tensor> outputs_of(std::int64_t n_layer, std::vector<std::int64_t> shape, std::uint64_t seed = 1) {
  auto generator = at::make_generator<at::CPUGeneratorImpl>(seed);
  std::vector<at::Tensor> outputs;
  for (std::int64_t l = 0; l < n_layer; ++l) outputs.push_back(at::randn(shape, generator));
  return outputs;
}

ActivationTap measured(const std::vector<at::Tensor>& outputs, ProbeConfig config = {}, Wants wants = {}) {
  ActivationTap tap(model_of(static_cast<std::int64_t>(outputs.size()), outputs[0].size(2)), config, {}, wants);
  for (std::size_t l = 0; l < outputs.size(); ++l) tap.block_output(static_cast<std::int64_t>(l), outputs[l]);
  return tap;
}

TEST(ActivationTap, FindsExactlyThePlantedMassiveActivation) {
  auto outputs = outputs_of(4, {1, 9, 64});
  for (auto& h : outputs) h *= 0.1;
  outputs[2][0][0][7] = 500.0F;
  const auto snapshot = measured(outputs).snapshot();
  ASSERT_EQ(snapshot.massive.size(), 1U);
  const ActivationPlace& found = snapshot.massive[0];
  EXPECT_EQ(found.layer, 2);
  EXPECT_EQ(found.token, 0);
  EXPECT_EQ(found.channel, 7);
  EXPECT_EQ(found.sequence, 0);
  EXPECT_EQ(found.value, 500.0F);
  EXPECT_FLOAT_EQ(found.ratio, 500.0F / snapshot.layers[2].median);
  ASSERT_EQ(snapshot.layers[2].top.size(), 3U);
  EXPECT_EQ(snapshot.layers[2].top[0].channel, 7);
  EXPECT_EQ(snapshot.layers[2].top[0].layer, 2);
  EXPECT_FLOAT_EQ(snapshot.layers[2].ratio, found.ratio);
}

TEST(ActivationTap, MeasuresEveryLayerAsPyTorchDoes) {
  const auto outputs = outputs_of(3, {2, 16, 48});
  const auto snapshot = measured(outputs, {}, {.maps = true}).snapshot();
  ASSERT_EQ(snapshot.layers.size(), 3U);
  for (std::size_t l = 0; l < 3; ++l) {
    const LayerActivation& found = snapshot.layers[l];
    const at::Tensor h = outputs[l].to(at::kDouble), flat = outputs[l].flatten();
    EXPECT_EQ(found.median, flat.abs().median().item<float>());
    EXPECT_NEAR(found.mean, h.mean().item<double>(), 1e-6);
    EXPECT_NEAR(found.variance, h.var(/*unbiased=*/false).item<double>(), 1e-6);
    const at::Tensor d = h - h.mean();
    const double kurtosis = d.pow(4).mean().item<double>() / std::pow(d.pow(2).mean().item<double>(), 2) - 3;
    EXPECT_NEAR(found.kurtosis, kurtosis, 1e-5);
    const auto [values, places] = at::topk(flat.abs(), 3);
    for (int k = 0; k < 3; ++k) {
      const auto place = places[k].item<std::int64_t>();
      const auto& top = found.top[static_cast<std::size_t>(k)];
      EXPECT_EQ(top.value, flat[place].item<float>());
      EXPECT_EQ((top.sequence * 16 + top.token) * 48 + top.channel, place);
      const float median = outputs[l][top.sequence].abs().median().item<float>();
      EXPECT_FLOAT_EQ(top.ratio, std::fabs(top.value) / median);
    }
    const at::Tensor most = outputs[l].abs().amax(0);  // (T, C)
    for (int t = 0; t < 16; ++t) EXPECT_EQ(found.token_max[static_cast<std::size_t>(t)], most[t].max().item<float>());
    for (int c = 0; c < 48; ++c) {
      EXPECT_EQ(found.channel_max[static_cast<std::size_t>(c)], most.select(1, c).max().item<float>());
    }
    EXPECT_EQ(found.non_finite, 0);
    EXPECT_TRUE(std::isnan(found.first_token_share));
  }
}

// Both comparisons are strict (2503.22329's per-token code).
TEST(MassiveRule, IsStrictInBothComparisons) {
  auto h = at::full({1, 4, 32}, 0.0625F);
  h[0][1][3] = 100.0F;
  EXPECT_TRUE(measured({h}).snapshot().massive.empty()) << "100 is not above 100";
  h[0][1][3] = 100.00001F;
  EXPECT_EQ(measured({h}).snapshot().massive.size(), 1U);
  h.fill_(0.5F);
  h[0][1][3] = 500.0F;
  EXPECT_TRUE(measured({h}).snapshot().massive.empty()) << "1,000 x the median is not above it";
  h[0][1][3] = -500.0625F;
  const auto massive = measured({h}).snapshot().massive;
  ASSERT_EQ(massive.size(), 1U);
  EXPECT_EQ(massive[0].value, -500.0625F);
}

TEST(MassiveRule, RatioOnlyDropsTheAbsoluteThreshold) {
  auto h = at::full({1, 4, 32}, 0.01F);
  h[0][0][5] = 0.21F;
  ProbeConfig config;
  EXPECT_TRUE(measured({h}, config).snapshot().massive.empty());
  config.ratio_only = true;
  ASSERT_EQ(measured({h}, config).snapshot().massive.size(), 1U);
  config.small_ratio_threshold = 22;
  EXPECT_TRUE(measured({h}, config).snapshot().massive.empty());
  config.small_ratio_threshold = 20;
  EXPECT_TRUE(measured({at::zeros({1, 4, 32})}, config).snapshot().massive.empty()) << "no ratio to a zero median";
}

// The median is that of the sequence: what is massive in one sequence need not be in another.
TEST(MassiveRule, TakesTheMedianOfTheSequence) {
  auto h = at::full({3, 8, 32}, 0.1F);
  h[0][2][4] = 300.0F;
  h[1].fill_(2.0F);
  h[1][5][6] = 300.0F;  // 150 x its sequence's median
  h[2][7][31] = -400.0F;
  h[2][0][0] = 150.0F;
  const auto snapshot = measured({h}).snapshot();
  ASSERT_EQ(snapshot.massive.size(), 3U);
  EXPECT_EQ(snapshot.massive[0].sequence, 2);
  EXPECT_EQ(snapshot.massive[0].token, 7);
  EXPECT_EQ(snapshot.massive[0].channel, 31);
  EXPECT_EQ(snapshot.massive[0].value, -400.0F);
  EXPECT_EQ(snapshot.massive[1].sequence, 0);
  EXPECT_EQ(snapshot.massive[1].token, 2);
  EXPECT_EQ(snapshot.massive[1].channel, 4);
  EXPECT_EQ(snapshot.massive[2].value, 150.0F);
  EXPECT_FLOAT_EQ(snapshot.layers[0].top[1].ratio, snapshot.layers[0].top[1].sequence == 1 ? 150.0F : 3000.0F);
}

TEST(ActivationTap, CountsWhatIsNotFiniteAndGoesOn) {
  auto h = at::ones({1, 4, 16});
  h[0][1][2] = std::nanf("");
  h[0][3][3] = INFINITY;
  const auto snapshot = measured({h}, {}, {.maps = true}).snapshot();
  EXPECT_EQ(snapshot.layers[0].non_finite, 2);
  EXPECT_EQ(snapshot.layers[0].median, 1.0F);
  EXPECT_TRUE(std::isnan(snapshot.layers[0].token_max[1]));
}

TEST(ActivationTap, ReadsBfloat16AsItIs) {
  const auto h = outputs_of(1, {1, 8, 64})[0].to(at::kBFloat16);
  const auto found = measured({h}).snapshot().layers[0];
  EXPECT_EQ(found.median, h.to(at::kFloat).abs().median().item<float>());
  EXPECT_EQ(std::fabs(found.top[0].value), h.to(at::kFloat).abs().max().item<float>());
}

TEST(Attention, SharesAndEntropyAreMeansOverHeadsAndAllQueriesButTheFirst) {
  ActivationTap tap(model_of(2, 4), {}, {}, {.attention = true});
  EXPECT_TRUE(tap.wants_attention());
  // Layer 0: causal, uniform over what is visible. Layer 1: a KV slot first; a quarter of every row goes there.
  auto plain = at::zeros({1, 2, 4, 4}), slot = at::zeros({1, 2, 4, 5});
  double first = 0, entropy = 0;
  for (int q = 0; q < 4; ++q) {
    for (int k = 0; k <= q; ++k) {
      plain.select(2, q).select(2, k).fill_(1.0 / (q + 1));
      slot.select(2, q).select(2, k + 1).fill_(0.75 / (q + 1));
    }
    slot.select(2, q).select(2, 0).fill_(0.25);
    if (q == 0) continue;
    first += 1.0 / 3 / (q + 1);
    entropy += 1.0 / 3 * std::log(q + 1);
  }
  for (int l = 0; l < 2; ++l) {
    tap.attention(l, l == 0 ? plain : slot);
    tap.block_output(l, at::ones({1, 4, 4}));
  }
  const auto layers = tap.snapshot().layers;
  EXPECT_NEAR(layers[0].first_token_share, first, 1e-6);
  EXPECT_NEAR(layers[0].attention_entropy, entropy, 1e-6);
  EXPECT_TRUE(std::isnan(layers[0].kv_slot_share));
  EXPECT_NEAR(layers[1].first_token_share, 0.75 * first, 1e-6);
  EXPECT_NEAR(layers[1].kv_slot_share, 0.25, 1e-6);
  EXPECT_NEAR(layers[1].attention_entropy, 0.75 * entropy - 0.25 * std::log(0.25) - 0.75 * std::log(0.75), 1e-6);
}

TEST(ActivationTap, DrawsAFrameThatKeepsThePeakAndItsPlace) {
  auto outputs = outputs_of(3, {1, 10, 50});
  outputs[1][0][9][49] = -77.0F;
  auto tap = measured(outputs, {}, {.frame = true, .frame_layer = 1, .frame_cells = 8});
  const FramePtr frame = tap.frame(12);
  ASSERT_TRUE(frame);
  EXPECT_EQ(frame->step, 12);
  EXPECT_EQ(frame->layer, 1);
  EXPECT_EQ(frame->token_block, 2);
  EXPECT_EQ(frame->channel_block, 7);
  EXPECT_EQ(frame->rows, 5);
  EXPECT_EQ(frame->columns, 8);
  EXPECT_EQ(frame->values.back(), -77.0F);
  EXPECT_EQ(frame->arg_token.back(), 9);
  EXPECT_EQ(frame->arg_channel.back(), 49);
  EXPECT_EQ(frame->median, outputs[1].abs().median().item<float>());
  EXPECT_FALSE(measured(outputs).frame(0)) << "not wanted";
}

TEST(ActivationTap, HandsOutHiddenStatesAndAttentionOnRequest) {
  const auto outputs = outputs_of(2, {1, 3, 8});
  const auto maps = outputs_of(2, {1, 2, 3, 3}, 9);
  ActivationTap tap(model_of(2, 8), {}, {}, {.hidden = true});
  for (int l = 0; l < 2; ++l) {
    tap.attention(l, maps[static_cast<std::size_t>(l)]);
    tap.block_output(l, outputs[static_cast<std::size_t>(l)]);
  }
  const HiddenStates hidden = tap.hidden(5);
  EXPECT_EQ(hidden.step, 5);
  EXPECT_EQ(hidden.n_layer * hidden.n_token * hidden.n_channel, 2 * 3 * 8);
  EXPECT_EQ(hidden.hidden[1 * 24 + 2 * 8 + 3], outputs[1][0][2][3].item<float>());
  EXPECT_EQ(hidden.n_head, 2);
  EXPECT_EQ(hidden.n_key, 3);
  EXPECT_EQ(hidden.attention[1 * 18 + 1 * 9 + 2 * 3 + 1], maps[1][0][1][2][1].item<float>());
}

TEST(ActivationTap, MeasuresHowMuchOfADynamicTanhIsSaturated) {
  Switches switches;
  switches.dyt = true;
  ActivationTap tap(model_of(1, 4), {}, switches, {.dyt_alpha = {0.5F, -1.0F}});
  EXPECT_TRUE(tap.wants_norm_input());
  tap.norm_input(0, 0, at::tensor({5.0F, -4.5F, 4.0F, 0.0F}));  // |alpha x| > 2: two of four
  tap.norm_input(0, 1, at::tensor({2.5F, 1.0F, -1.0F, 0.0F}));  // one of four
  tap.norm_input(1, 0, at::tensor({100.0F}));                   // the final norm is not a block's
  tap.block_output(0, at::ones({1, 1, 4}));
  EXPECT_FLOAT_EQ(tap.snapshot().layers[0].dyt_saturation, 3.0F / 8.0F);
  EXPECT_TRUE(std::isnan(measured({at::ones({1, 1, 4})}).snapshot().layers[0].dyt_saturation));
}

}  // namespace
}  // namespace variometer
