// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <ATen/core/Tensor.h>

#include <functional>
#include <map>

#include "core/base/inspector.h"
#include "core/model/partial_taps.h"
#include "core/probe/probe.h"

namespace variometer {

/// Shows one forward pass to the probe and copies it into an InspectedPass: hidden states whole, attention of all layers
/// and heads, pooled where the request does not allow as many cells.
/// `layer_done` is told after each layer and may throw to give up.
class PassTap : public RowTap {
 public:
  PassTap(ActivationTap& probe, const ModelConfig& model, InspectedPass& pass,
          std::function<void(std::int64_t layer)> layer_done)
      : probe_(probe), model_(model), pass_(pass), layer_done_(std::move(layer_done)) {}

  void block_output(std::int64_t layer, const at::Tensor& h) override;
  bool wants_attention() const override { return true; }
  void attention(std::int64_t layer, const at::Tensor& probabilities) override;
  void attention_rows(std::int64_t layer, std::int64_t first_query, std::int64_t n_query,
                      const at::Tensor& probabilities) override;
  /// What the probe was not shown: where the attention of a long text goes.
  void add_shares(ActivationSnapshot& snapshot) const;
  bool wants_norm_input() const override { return probe_.wants_norm_input(); }
  void norm_input(std::int64_t layer, int site, const at::Tensor& x) override { probe_.norm_input(layer, site, x); }

 private:
  void keep(std::int64_t layer, std::int64_t first_query, std::int64_t n_query, const at::Tensor& probabilities);

  /// Sums over heads and queries, all but the first query, which sees nothing but itself.
  struct Sums {
    double first = 0, slot = 0, entropy = 0;
    std::int64_t n = 0;
    bool has_slot = false;
  };

  ActivationTap& probe_;
  const ModelConfig& model_;
  InspectedPass& pass_;
  std::function<void(std::int64_t)> layer_done_;
  std::map<std::int64_t, Sums> sums_;  ///< by layer
};

}  // namespace variometer
