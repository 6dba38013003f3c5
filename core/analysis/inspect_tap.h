// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <ATen/core/Tensor.h>

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "core/model/decoder.h"
#include "core/probe/probe.h"

namespace variometer {

/// Measures every sequence of a batch by itself, layer after layer, and keeps no layer longer than it takes, unless
/// hidden states or a dump are wanted.
class InspectTap : public Tap {
 public:
  struct Wants {
    bool record = false;  ///< hidden states, attention maps, maxima
    bool maps = true;     ///< those attention maps; of a long text they are gigabytes
    bool dump = false;    ///< layer_out.K, attn_out.K, mlp_out.K, attentions.K
    std::function<void(std::int64_t layer)> after_layer = {};
  };
  InspectTap(const ModelConfig& model, const ProbeConfig& rule, const Switches& switches, std::int64_t n_sequence,
             Wants wants);

  void block_output(std::int64_t layer, const at::Tensor& h) override;
  bool wants_attention() const override { return true; }
  void attention(std::int64_t layer, const at::Tensor& probabilities) override;
  bool wants_module_outputs() const override { return wants_.dump; }
  void attention_output(std::int64_t layer, const at::Tensor& out) override { keep("attn_out", layer, out); }
  void mlp_output(std::int64_t layer, const at::Tensor& out) override { keep("mlp_out", layer, out); }

  /// By sequence. Tokens and texts are the caller's to fill in.
  std::vector<ActivationSnapshot> snapshots() { return std::move(snapshots_); }
  std::vector<HiddenStates> hidden() { return std::move(hidden_); }
  /// float32 on the CPU, batch first.
  const std::map<std::string, at::Tensor>& kept() const { return kept_; }

 private:
  void keep(const char* what, std::int64_t layer, const at::Tensor& value);
  void begin_layer();
  void add_hidden(std::size_t sequence, HiddenStates one);

  ModelConfig one_layer_;
  const ProbeConfig rule_;
  const Switches switches_;
  const Wants wants_;
  const std::int64_t n_layer_;
  std::vector<ActivationTap> taps_;  ///< of the layer at work, by sequence
  std::vector<ActivationSnapshot> snapshots_;
  std::vector<HiddenStates> hidden_;
  std::map<std::string, at::Tensor> kept_;
};

}  // namespace variometer
