// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/analysis/inspect_tap.h"

#include <utility>

namespace variometer {

InspectTap::InspectTap(const ModelConfig& model, const ProbeConfig& rule, const Switches& switches,
                       std::int64_t n_sequence, Wants wants)
    : one_layer_(model), rule_(rule), switches_(switches), wants_(std::move(wants)), n_layer_(model.n_layer) {
  one_layer_.n_layer = 1;
  one_layer_.details.clear();
  snapshots_.resize(static_cast<std::size_t>(n_sequence));
  hidden_.resize(static_cast<std::size_t>(n_sequence));
}

void InspectTap::begin_layer() {
  if (!taps_.empty()) return;
  for (std::size_t i = 0; i < snapshots_.size(); ++i) {
    taps_.emplace_back(
        one_layer_, rule_, switches_,
        ActivationTap::Wants{.attention = true, .maps = wants_.record, .hidden = wants_.record, .dyt_alpha = {}});
  }
}

void InspectTap::attention(std::int64_t layer, const at::Tensor& probabilities) {
  begin_layer();
  for (std::size_t i = 0; i < taps_.size(); ++i) {
    taps_[i].attention(0, probabilities.narrow(0, static_cast<std::int64_t>(i), 1));
  }
  keep("attentions", layer, probabilities);
}

void InspectTap::block_output(std::int64_t layer, const at::Tensor& h) {
  begin_layer();
  for (std::size_t i = 0; i < taps_.size(); ++i) {
    taps_[i].block_output(0, h.narrow(0, static_cast<std::int64_t>(i), 1));
    auto found = taps_[i].snapshot();
    for (auto& place : found.layers.front().top) place.layer = static_cast<std::int32_t>(layer);
    for (auto& place : found.massive) {
      place.layer = static_cast<std::int32_t>(layer);
      snapshots_[i].massive.push_back(place);
    }
    snapshots_[i].layers.push_back(std::move(found.layers.front()));
    if (wants_.record) add_hidden(i, taps_[i].hidden(0));
  }
  taps_.clear();
  keep("layer_out", layer, h);
  if (wants_.after_layer) wants_.after_layer(layer);
}

void InspectTap::add_hidden(std::size_t sequence, HiddenStates one) {
  auto& all = hidden_[sequence];
  all.n_layer += 1;
  all.n_token = one.n_token;
  all.n_channel = one.n_channel;
  all.hidden.reserve(static_cast<std::size_t>(n_layer_) * one.hidden.size());
  all.hidden.insert(all.hidden.end(), one.hidden.begin(), one.hidden.end());
  if (!wants_.maps) return;
  all.n_head = one.n_head;
  all.n_key = one.n_key;
  all.attention.reserve(static_cast<std::size_t>(n_layer_) * one.attention.size());
  all.attention.insert(all.attention.end(), one.attention.begin(), one.attention.end());
}

void InspectTap::keep(const char* what, std::int64_t layer, const at::Tensor& value) {
  if (!wants_.dump) return;
  kept_[what + std::string(".") + std::to_string(layer)] = value.detach().to(at::kCPU, at::kFloat).clone();
}

}  // namespace variometer
