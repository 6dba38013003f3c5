// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/widgets/synthetic_run.h"

#include <array>
#include <cmath>

namespace variometer {
namespace {

constexpr std::array kRoles = {"q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj"};
constexpr std::array kTokens = {"<bos>", "Summer", " is", " warm", ".", " Winter", " is", " cold", "."};

/// The same "noise" in every run: a few incommensurable waves.
double noise(double x) { return 0.5 * std::sin(x * 12.9898) + 0.3 * std::sin(x * 78.233) + 0.2 * std::sin(x * 3.7); }

double uniform(std::int64_t i) {
  return std::fmod(std::abs(std::sin(static_cast<double>(i) * 127.1) * 43758.5453), 1.0);
}

}  // namespace

RunInfo SyntheticRun::info() const {
  RunInfo info{.name = "synthetic",
               .n_layer = n_layer,
               .n_embd = n_channel,
               .n_parameter = 1'234'567,
               .device = "cpu",
               .dtype = "float32"};
  info.config.model.n_layer = n_layer;
  info.tensors.push_back({"model.embed_tokens.weight", -1, "embedding", {257, n_channel}, false});
  for (std::int64_t layer = 0; layer < n_layer; ++layer) {
    for (const char* role : kRoles) {
      info.tensors.push_back({"model.layers." + std::to_string(layer) + "." + role + ".weight",
                              static_cast<std::int32_t>(layer),
                              role,
                              {n_channel, n_channel},
                              true});
    }
  }
  return info;
}

double SyntheticRun::weight_std(std::int64_t step, std::int64_t layer, std::size_t role) const {
  const auto grown = [&](double s) {
    return 0.02 + 0.00018 * s / (1 + s / 2500) *
                      (0.55 + 0.45 * static_cast<double>(layer + 1) / static_cast<double>(n_layer)) *
                      (0.6 + 0.1 * static_cast<double>(role));
  };
  const auto s = static_cast<double>(step);
  if (step < tvr_step) return grown(s);
  return 0.01 + (grown(static_cast<double>(tvr_step)) - 0.01) * std::exp(-(s - static_cast<double>(tvr_step)) / 12) +
         0.0012 * std::fmod(s - static_cast<double>(tvr_step), 50) / 50;
}

double SyntheticRun::top(std::int64_t step, std::int64_t layer) const {
  const double shape = layer == 0 ? 0.02 : layer == n_layer - 1 ? 0.25 : 1.0 - 0.06 * static_cast<double>(layer);
  const auto grown = [&](double s) { return 1.0 + 1500 * shape / (1 + std::exp(-(s - 900) / 220)); };
  const auto s = static_cast<double>(step);
  if (step < tvr_step) return grown(s);
  const double from = grown(static_cast<double>(tvr_step));
  return 18 * shape + 1 + (from - 18 * shape - 1) * std::exp(-(s - static_cast<double>(tvr_step)) / 90);
}

SnapshotPtr SyntheticRun::snapshot(std::int64_t step) const {
  auto out = std::make_shared<Snapshot>();
  const auto s = static_cast<double>(step);
  out->step = step;
  out->is_update = step > 0;
  out->seconds = s / 38;
  const double bump = step >= tvr_step ? 0.35 * std::exp(-(s - static_cast<double>(tvr_step)) / 60) : 0;
  out->loss = static_cast<float>(1.4 + 4.1 * std::exp(-s / 260) + 0.12 * noise(s) + bump);
  out->learning_rate = static_cast<float>(s < 100 ? 1e-2 * s / 100 : 1e-3 + 4.5e-3 * (1 + std::cos(s / 3000 * M_PI)));
  out->grad_norm = static_cast<float>(0.4 + 2.5 * std::exp(-s / 150) + 0.2 * std::abs(noise(2 * s)) + 3 * bump);
  out->tokens_per_second = static_cast<float>(38000 + 900 * noise(s / 7));
  out->observe_fraction = 0.031F;
  if (step > 0 && step % 100 == 0) out->validation_loss = static_cast<float>(1.52 + 4.0 * std::exp(-s / 260) + bump);
  out->mitigations.tvr.enabled = step >= tvr_step;
  if (step == tvr_step) {
    out->events.push_back({step, "set", R"({"kind":"set","tvr.enabled":"true"})"});
    out->events.push_back({step, "checkpoint", R"({"path":"before-tvr"})"});
  }
  if (step > 0 && step % 250 == 0) {
    out->sample =
        Sample{"", step < 500 ? "the te so an ther, in the s a he wat "
                              : "The small dog sees a red house. It is cold and the river is near the old mill."};
  }
  const bool dense = step < measure_every && (step & (step - 1)) == 0;
  if (step % measure_every != 0 && !dense) return out;

  auto weights = std::make_shared<WeightSnapshot>();
  weights->tensors.push_back({.std = 0.02F, .abs_max = 0.1F});
  for (std::int64_t layer = 0; layer < n_layer; ++layer) {
    for (std::size_t role = 0; role < kRoles.size(); ++role) {
      const auto std = static_cast<float>(weight_std(step, layer, role));
      weights->tensors.push_back(
          {.std = std, .abs_max = 5 * std, .tvr_ratio = step >= tvr_step ? std / 0.01F : kNotMeasured});
    }
  }
  out->weights = weights;

  auto probe = std::make_shared<ActivationSnapshot>();
  for (std::int64_t t = 0; t < n_token; ++t) {
    probe->tokens.push_back(static_cast<std::int32_t>(t));
    probe->token_texts.emplace_back(kTokens[static_cast<std::size_t>(t) % kTokens.size()]);
  }
  for (std::int64_t layer = 0; layer < n_layer; ++layer) {
    LayerActivation a;
    const auto largest = static_cast<float>(top(step, layer));
    a.median = static_cast<float>(0.3 + 0.05 * static_cast<double>(layer));
    const auto l = static_cast<std::int32_t>(layer);
    a.top = {{largest, l, 0, 78, 0, largest / a.median},
             {-largest * 0.5F, l, 4, 38, 0, largest * 0.5F / a.median},
             {largest * 0.1F, l, 0, 101, 0, largest * 0.1F / a.median}};
    a.ratio = largest / a.median;
    for (const ActivationPlace& place : a.top) {
      if (std::abs(place.value) > 100 && place.ratio > 1000) probe->massive.push_back(place);
    }
    probe->layers.push_back(std::move(a));
  }
  out->probe = out->batch = probe;
  return out;
}

RunHistory SyntheticRun::history(std::int64_t last) const {
  RunHistory history;
  history.set_info(info());
  for (std::int64_t step = 0; step <= last; ++step) history.append(snapshot(step));
  return history;
}

FramePtr SyntheticRun::frame(std::int64_t step, std::int32_t layer, std::int32_t channel_block) const {
  auto frame = std::make_shared<Frame>();
  frame->step = step;
  frame->layer = layer;
  frame->n_layer = static_cast<std::int32_t>(n_layer);
  frame->n_token = static_cast<std::int32_t>(n_token);
  frame->n_channel = static_cast<std::int32_t>(n_channel);
  frame->channel_block = channel_block;
  frame->rows = frame->n_token;
  frame->columns = (frame->n_channel + channel_block - 1) / channel_block;
  const auto cells = static_cast<std::size_t>(frame->rows) * static_cast<std::size_t>(frame->columns);
  frame->values.assign(cells, 0);
  if (channel_block > 1) frame->arg_token.assign(cells, 0), frame->arg_channel.assign(cells, 0);
  const auto largest = static_cast<float>(top(step, layer));
  for (std::int32_t token = 0; token < frame->n_token; ++token) {
    for (std::int32_t channel = 0; channel < frame->n_channel; ++channel) {
      const double u = uniform(token * 1000 + channel * 7 + layer * 13);
      float value =
          static_cast<float>((u < 0.5 ? -1 : 1) * 0.3 * std::exp(1.2 * (uniform(channel * 31 + token) - 0.5) * 2));
      if (token == 0 && channel == 78) value = largest;
      if (token == 4 && channel == 38) value = -largest * 0.5F;
      const auto cell = static_cast<std::size_t>(token * frame->columns + channel / channel_block);
      if (std::abs(value) <= std::abs(frame->values[cell])) continue;
      frame->values[cell] = value;
      if (channel_block > 1) frame->arg_token[cell] = token, frame->arg_channel[cell] = channel;
    }
  }
  for (std::int64_t t = 0; t < n_token; ++t) {
    frame->token_texts.emplace_back(kTokens[static_cast<std::size_t>(t) % kTokens.size()]);
  }
  frame->median = static_cast<float>(0.3 + 0.05 * layer);
  return frame;
}

}  // namespace variometer
