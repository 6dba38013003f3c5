// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cmath>
#include <memory>
#include <string>

#include "core/base/run.h"

namespace variometer::made {

/// A run that never was: two layers, four channels, numbers that say where they came from.
inline RunInfo info() {
  RunInfo info;
  info.name = "made";
  info.config.model.n_layer = 2;
  info.config.model.n_head = 2;
  info.config.model.n_embd = 4;
  info.config.probe.max_tokens = 6;
  info.tensors = {{"model.embed_tokens.weight", -1, "embedding", {7, 4}, false},
                  {"model.layers.0.self_attn.q_proj.weight", 0, "q_proj", {4, 4}, true},
                  {"model.layers.1.mlp.down_proj.weight", 1, "down_proj", {4, 8}, true}};
  info.n_layer = 2;
  info.n_embd = 4;
  info.n_parameter = 76;
  info.device = "cpu";
  info.dtype = "float32";
  return info;
}

inline std::shared_ptr<ActivationSnapshot> activation(std::int64_t step, bool probe) {
  auto a = std::make_shared<ActivationSnapshot>();
  if (probe) {
    a->tokens = {256, 72, 105};
    a->token_texts = {"<s>", "H", "\xC3\xA9"};
  }
  a->loss = 2.0F + 0.01F * static_cast<float>(step);
  for (std::int32_t l = 0; l < 2; ++l) {
    LayerActivation layer;
    for (std::int32_t k = 0; k < 3; ++k) {
      layer.top.push_back({-(100.0F * static_cast<float>(l) + static_cast<float>(step) - static_cast<float>(k)), l,
                           k % 3, k + 1 - 1, probe ? 0 : k, 50.0F + static_cast<float>(k)});
    }
    layer.median = 0.5F + static_cast<float>(l);
    layer.ratio = 40.0F;
    layer.mean = 0.125F;
    layer.variance = 3;
    layer.kurtosis = 7;
    layer.non_finite = step % 5;
    if (probe) {
      layer.first_token_share = 0.25F;
      layer.attention_entropy = 1.5F;
      layer.token_max = {9, 8, 7};
    }
    layer.dyt_saturation = 0.75F;
    layer.channel_max = {1, 2, 3, static_cast<float>(step)};
    a->layers.push_back(layer);
  }
  if (step % 2 == 0) {
    a->massive = {{500.0F, 0, 1, 2, probe ? 0 : 3, 1200.0F}, {-700.0F, 1, 0, 3, probe ? 0 : 1, 2000.0F}};
  }
  return a;
}

inline std::shared_ptr<Snapshot> snapshot(std::int64_t step) {
  auto s = std::make_shared<Snapshot>();
  s->step = step;
  s->loss = 5.5F / (1.0F + 0.1F * static_cast<float>(step));
  s->learning_rate = 0.01F;
  s->grad_norm = 1.0F + static_cast<float>(step);
  s->tokens_per_second = 1000;
  s->observe_fraction = 0.03F;
  s->seconds = 0.5 * static_cast<double>(step);
  if (step % 10 == 0) s->validation_loss = s->loss + 0.1F;
  if (step % 4 == 0) {
    auto w = std::make_shared<WeightSnapshot>();
    for (int i = 0; i < 3; ++i) {
      WeightStat stat;
      stat.std = 0.02F + 0.001F * static_cast<float>(step) + static_cast<float>(i);
      stat.mean = -0.001F;
      stat.abs_max = 0.4F;
      stat.grad_norm = 0.3F;
      stat.update_ratio = 0.01F;
      stat.tvr_ratio = i == 0 ? kNotMeasured : 1.3F;
      stat.rescaled = i == 2;
      w->tensors.push_back(stat);
    }
    s->weights = w;
  }
  if (step % 2 == 0) s->probe = activation(step, /*probe=*/true);
  if (step % 4 == 0) s->batch = activation(step, /*probe=*/false);
  return s;
}

inline HiddenStates hidden(std::int64_t step, bool slot) {
  HiddenStates h{.step = step, .tokens = {256, 72, 105}, .n_layer = 2, .n_token = 3, .n_channel = 4, .n_head = 2};
  h.n_key = slot ? 4 : 3;
  for (int i = 0; i < 2 * 3 * 4; ++i) h.hidden.push_back(static_cast<float>(i) - 7.5F);
  for (int i = 0; i < 2 * 2 * 3 * h.n_key; ++i) h.attention.push_back(static_cast<float>(i) / 100.0F);
  return h;
}

}  // namespace variometer::made
