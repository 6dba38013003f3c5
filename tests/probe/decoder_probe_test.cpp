// SPDX-License-Identifier: GPL-3.0-or-later
// The tap on a real decoder.
#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>
#include <gtest/gtest.h>

#include <cmath>

#include "core/model/decoder.h"
#include "core/model/init.h"
#include "core/probe/probe.h"

namespace variometer {
namespace {

ModelConfig small_model() {
  RunConfig config;
  config.model.n_layer = 3;
  config.model.n_embd = 32;
  config.model.n_head = 4;
  config.model.block_size = 16;
  return resolved(config).model;
}

class DecoderProbe : public testing::Test {
 protected:
  DecoderProbe() : decoder(small_model(), at::kCPU, at::kFloat) {
    initialise(decoder, {}, 1);
    for (std::int64_t t = 0; t < 12; ++t) ids[0][t] = (37 * t + 5) % 250;
  }
  ActivationSnapshot measure(ActivationTap::Wants wants = {}) {
    const at::NoGradGuard no_grad;
    ActivationTap tap(decoder.config(), {}, decoder.switches, std::move(wants));
    decoder.logits(ids, &tap);
    return tap.snapshot();
  }
  Decoder decoder;
  at::Tensor ids = at::zeros({1, 12}, at::kLong);
};

// One weight makes one channel of one layer massive: the embedding of the first token, put through untouched.
TEST_F(DecoderProbe, NamesTheTokenAndChannelOfAPlantedActivation) {
  const at::NoGradGuard no_grad;
  decoder.require("model.embed_tokens.weight").value[ids[0][0].item<std::int64_t>()][7] = 500.0F;
  const auto snapshot = measure({.maps = true});
  ASSERT_EQ(snapshot.layers.size(), 3U);
  ASSERT_EQ(snapshot.massive.size(), 3U) << "the residual stream carries it through every block";
  for (std::int32_t l = 0; l < 3; ++l) {
    const auto& found = snapshot.massive[static_cast<std::size_t>(l)];
    EXPECT_EQ(found.layer, l);
    EXPECT_EQ(found.token, 0);
    EXPECT_EQ(found.channel, 7);
    EXPECT_NEAR(found.value, 500.0F, 5.0F);
    EXPECT_EQ(snapshot.layers[static_cast<std::size_t>(l)].channel_max[7], std::fabs(found.value));
  }
}

TEST_F(DecoderProbe, SeesAttentionWithAndWithoutTheKvSlot) {
  auto layer = measure({.attention = true}).layers[1];
  EXPECT_GT(layer.first_token_share, 1.0 / 12);
  EXPECT_LT(layer.first_token_share, 1.0F);
  EXPECT_TRUE(std::isnan(layer.kv_slot_share));
  EXPECT_GT(layer.attention_entropy, 0.5F);
  decoder.switches.kv_bias = true;
  layer = measure({.attention = true}).layers[1];
  EXPECT_GT(layer.kv_slot_share, 0.0F);
  EXPECT_LT(layer.kv_slot_share + layer.first_token_share, 1.0F);
}

TEST_F(DecoderProbe, SeesSaturationWhileDynamicTanhIsOn) {
  EXPECT_EQ(dyt_alpha(decoder.parameters()).size(), 6U);
  decoder.switches.dyt = true;
  {
    const at::NoGradGuard no_grad;
    for (auto& parameter : decoder.parameters()) {
      if (parameter.info.role == "dyt_alpha") parameter.value.fill_(parameter.info.layer == 1 ? 1e4 : 1e-4);
    }
  }
  const auto snapshot = measure({.dyt_alpha = dyt_alpha(decoder.parameters())});
  EXPECT_GT(snapshot.layers[1].dyt_saturation, 0.9F);
  EXPECT_LT(snapshot.layers[0].dyt_saturation, 0.1F);
  EXPECT_TRUE(std::isnan(measure().layers[1].dyt_saturation)) << "without alpha nothing is measured";
}

TEST_F(DecoderProbe, DoesNotChangeTheLossItWatches) {
  const auto targets = ids.roll(-1, 1);
  const double plain = decoder.loss(ids, targets).item<double>();
  ActivationTap tap(decoder.config(), {}, decoder.switches, {});
  const at::Tensor watched = decoder.loss(ids, targets, &tap);
  EXPECT_EQ(watched.item<double>(), plain);
  watched.backward();  // what the tap kept does not get in the way
  EXPECT_EQ(tap.snapshot().layers.size(), 3U);
}

}  // namespace
}  // namespace variometer
