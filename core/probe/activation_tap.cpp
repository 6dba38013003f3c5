// SPDX-License-Identifier: GPL-3.0-or-later
#include <ATen/ops/special_entr.h>
#include <ATen/ops/stack.h>

#include <algorithm>
#include <cmath>

#include "core/kernels/tensor_statistics.h"
#include "core/probe/massive.h"
#include "core/probe/probe.h"

namespace variometer {
namespace {

constexpr double kSaturated = 2.0;  // |alpha x| beyond this: tanh is within 4 % of its bound

std::vector<float> to_vector(const at::Tensor& x) {
  const at::Tensor here = x.detach().to(at::kCPU, at::kFloat).contiguous();
  const float* data = here.const_data_ptr<float>();
  return {data, data + here.numel()};
}

/// Means over the rows (sequences, heads, queries) of one layer's attention, still on the device.
struct AttentionShares {
  std::int64_t layer = 0;
  bool slot = false;  ///< a KV-bias slot is there, at key 0
  at::Tensor values;  ///< (3): first token, key 0, entropy
};

}  // namespace

struct ActivationTap::State {
  ModelConfig model;
  ProbeConfig config;
  Switches switches;
  Wants wants;
  std::vector<at::Tensor> outputs;    ///< (B, T, C) by layer
  std::vector<at::Tensor> attention;  ///< (H, T, K) of the first sequence by layer, for HiddenStates
  std::vector<AttentionShares> shares;
  std::vector<std::vector<at::Tensor>> saturated;  ///< by layer: share of each site, still on the device
  PendingStatistics pending;
  std::vector<Statistics> statistics;

  int n_top() const { return static_cast<int>(std::clamp<std::int64_t>(config.top_k, 1, 64)); }
  void launch() { pending = PendingStatistics(outputs, n_top()); }
  void finish() {
    if (!statistics.empty() || outputs.empty()) return;
    if (static_cast<std::int64_t>(outputs.size()) != model.n_layer) launch();
    statistics = pending.get();
  }
};

ActivationTap::ActivationTap(const ModelConfig& model, const ProbeConfig& config, const Switches& switches, Wants wants)
    : state_(std::make_unique<State>()) {
  state_->model = model;
  state_->config = config;
  state_->switches = switches;
  state_->wants = std::move(wants);
  state_->saturated.resize(static_cast<std::size_t>(model.n_layer));
}

ActivationTap::~ActivationTap() = default;
ActivationTap::ActivationTap(ActivationTap&&) noexcept = default;

void ActivationTap::block_output(std::int64_t layer, const at::Tensor& h) {
  TORCH_CHECK(layer == static_cast<std::int64_t>(state_->outputs.size()), "block outputs must come in layer order");
  TORCH_CHECK(h.dim() == 3, "a block output must be (B, T, C)");
  state_->outputs.push_back(h.detach());
  if (layer + 1 == state_->model.n_layer) state_->launch();
}

bool ActivationTap::wants_attention() const { return state_->wants.attention || state_->wants.hidden; }

void ActivationTap::attention(std::int64_t layer, const at::Tensor& probabilities) {
  const at::Tensor p = probabilities.detach();  // (B, H, T, K)
  if (state_->wants.hidden) state_->attention.push_back(p.select(0, 0));
  const bool slot = p.size(-1) == p.size(-2) + 1;
  // The first query sees nothing but itself (and the slot): it would only dilute the means.
  const at::Tensor wide = p.slice(2, 1).to(at::kFloat);
  const at::Tensor first = wide.select(-1, slot ? 1 : 0).mean();
  const at::Tensor entropy = at::special_entr(wide).sum().div(wide.numel() / wide.size(-1));
  state_->shares.push_back({layer, slot, at::stack({first, wide.select(-1, 0).mean(), entropy})});
}

bool ActivationTap::wants_norm_input() const { return state_->switches.dyt && !state_->wants.dyt_alpha.empty(); }

void ActivationTap::norm_input(std::int64_t layer, int site, const at::Tensor& x) {
  // Every layer has as many sites as the next; families differ in how many.
  const auto n_site = state_->wants.dyt_alpha.size() / static_cast<std::size_t>(state_->model.n_layer);
  const auto index = n_site * static_cast<std::size_t>(layer) + static_cast<std::size_t>(site);
  if (layer >= state_->model.n_layer || index >= state_->wants.dyt_alpha.size()) return;
  const double alpha = std::abs(static_cast<double>(state_->wants.dyt_alpha[index]));
  state_->saturated[static_cast<std::size_t>(layer)].push_back(
      x.detach().abs().gt(kSaturated / alpha).mean(at::kFloat));
}

ActivationSnapshot ActivationTap::snapshot() {
  State& state = *state_;
  state.finish();
  ActivationSnapshot snapshot;
  snapshot.layers.resize(state.outputs.size());
  if (state.outputs.empty()) return snapshot;
  const MassiveFinder finder(state.outputs, state.statistics, state.config);
  for (std::size_t l = 0; l < snapshot.layers.size(); ++l) {
    const Statistics& found = state.statistics[l];
    LayerActivation& layer = snapshot.layers[l];
    layer.top = finder.top(l);
    layer.median = found.abs_median;
    layer.ratio = layer.top.empty() ? kNotMeasured : std::fabs(layer.top.front().value) / found.abs_median;
    layer.mean = static_cast<float>(found.mean);
    layer.variance = static_cast<float>(found.variance);
    layer.kurtosis = static_cast<float>(found.kurtosis);
    layer.non_finite = found.n_nan + found.n_infinite;
  }
  std::vector<at::Tensor> saturated;
  for (const auto& sites : state.saturated) {
    if (!sites.empty()) saturated.push_back(at::stack(sites).mean());
  }
  if (!saturated.empty()) {
    const std::vector<float> shares = to_vector(at::stack(saturated));  // one copy
    auto share = shares.begin();
    for (std::size_t l = 0; l < snapshot.layers.size(); ++l) {
      if (!state.saturated[l].empty()) snapshot.layers[l].dyt_saturation = *share++;
    }
  }
  snapshot.massive = finder.massive(kMostMassive);
  if (state.wants.maps) {
    auto maxima = abs_maxima(state.outputs);
    for (std::size_t l = 0; l < maxima.size(); ++l) {
      snapshot.layers[l].token_max = std::move(maxima[l].token);
      snapshot.layers[l].channel_max = std::move(maxima[l].channel);
    }
  }
  if (!state.shares.empty()) {
    std::vector<at::Tensor> values;
    for (const auto& shares : state.shares) values.push_back(shares.values);
    const std::vector<float> numbers = to_vector(at::stack(values));  // one copy
    for (std::size_t i = 0; i < state.shares.size(); ++i) {
      LayerActivation& layer = snapshot.layers.at(static_cast<std::size_t>(state.shares[i].layer));
      layer.first_token_share = numbers[3 * i];
      layer.kv_slot_share = state.shares[i].slot ? numbers[3 * i + 1] : kNotMeasured;
      layer.attention_entropy = numbers[3 * i + 2];
    }
  }
  return snapshot;
}

FramePtr ActivationTap::frame(std::int64_t step) {
  State& state = *state_;
  if (!state.wants.frame || state.outputs.empty()) return nullptr;
  state.finish();
  const auto l = static_cast<std::size_t>(
      std::clamp<std::int64_t>(state.wants.frame_layer, 0, static_cast<std::int64_t>(state.outputs.size()) - 1));
  const at::Tensor h = state.outputs[l].select(0, 0);  // (T, C)
  const auto blocks = [&](std::int64_t n) { return (n + state.wants.frame_cells - 1) / state.wants.frame_cells; };
  auto frame = std::make_shared<Frame>();
  frame->step = step;
  frame->layer = static_cast<std::int32_t>(l);
  frame->n_layer = static_cast<std::int32_t>(state.outputs.size());
  frame->n_token = static_cast<std::int32_t>(h.size(0));
  frame->n_channel = static_cast<std::int32_t>(h.size(1));
  frame->token_block = static_cast<std::int32_t>(blocks(h.size(0)));
  frame->channel_block = static_cast<std::int32_t>(blocks(h.size(1)));
  Pooled pooled = abs_max_pool(h, frame->token_block, frame->channel_block);
  frame->rows = static_cast<std::int32_t>(pooled.n_row);
  frame->columns = static_cast<std::int32_t>(pooled.n_column);
  frame->values = std::move(pooled.value);
  for (const std::int64_t index : pooled.index) {
    frame->arg_token.push_back(static_cast<std::int32_t>(index / h.size(1)));
    frame->arg_channel.push_back(static_cast<std::int32_t>(index % h.size(1)));
  }
  const bool single = state.outputs[l].size(0) == 1;
  frame->median = single ? state.statistics[l].abs_median : statistics({h}, 0)[0].abs_median;
  return frame;
}

HiddenStates ActivationTap::hidden(std::int64_t step) {
  const State& state = *state_;
  HiddenStates hidden;
  hidden.step = step;
  if (!state.wants.hidden || state.outputs.empty()) return hidden;
  std::vector<at::Tensor> rows;
  for (const auto& h : state.outputs) rows.push_back(h.select(0, 0));
  hidden.n_layer = static_cast<std::int64_t>(rows.size());
  hidden.n_token = rows[0].size(0);
  hidden.n_channel = rows[0].size(1);
  hidden.hidden = to_vector(at::stack(rows));
  if (!state.attention.empty()) {
    hidden.n_head = state.attention[0].size(0);
    hidden.n_key = state.attention[0].size(2);
    hidden.attention = to_vector(at::stack(state.attention));
  }
  return hidden;
}

}  // namespace variometer
