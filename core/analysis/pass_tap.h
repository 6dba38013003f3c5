// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <ATen/core/Tensor.h>

#include <functional>

#include "core/base/inspector.h"
#include "core/probe/probe.h"

namespace variometer {

/// Shows one forward pass to the probe and copies it into an InspectedPass: hidden states whole, attention as
/// far as the request allows.
/// `layer_done` is told after each layer and may throw to give up.
class PassTap : public Tap {
 public:
  PassTap(ActivationTap& probe, const ModelConfig& model, InspectedPass& pass,
          std::function<void(std::int64_t layer)> layer_done)
      : probe_(probe), model_(model), pass_(pass), layer_done_(std::move(layer_done)) {}

  void block_output(std::int64_t layer, const at::Tensor& h) override;
  bool wants_attention() const override { return true; }
  void attention(std::int64_t layer, const at::Tensor& probabilities) override;
  bool wants_norm_input() const override { return probe_.wants_norm_input(); }
  void norm_input(std::int64_t layer, int site, const at::Tensor& x) override { probe_.norm_input(layer, site, x); }

 private:
  void begin_attention(const at::Tensor& p);
  void keep_map(const at::Tensor& map, float* to) const;

  ActivationTap& probe_;
  const ModelConfig& model_;
  InspectedPass& pass_;
  std::function<void(std::int64_t)> layer_done_;
};

}  // namespace variometer
