// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <ATen/core/Tensor.h>

#include <functional>

#include "core/model/decoder.h"
#include "core/model/layout.h"

// The blocks of the decoder in plain ATen operators: every option, every device, every tap. This is the path the fused
// operators are tested against, and the one that shows attention probabilities.
namespace variometer {

/// What all blocks of one forward pass share.
struct BlockContext {
  const ModelConfig& config;
  const FamilyOptions& options;
  const std::vector<Parameter>& parameters;
  const Switches& switches;
  at::ScalarType compute_type;
  at::Tensor cos, sin;  ///< (T, D) in the compute type; undefined without rotary positions
  Tap* tap = nullptr;
  /// Called before each DyT with its input: the calibrated start fits the site there.
  std::function<void(const NormLayout&, const at::Tensor&)> before_dyt = {};

  /// The parameter in the compute type; undefined for kAbsent.
  at::Tensor weight(int index) const;
};

/// The norm of a site, or its DyT while that is on: (B, T, C) -> (B, T, C).
at::Tensor norm_forward(const BlockContext& context, const NormLayout& site, const at::Tensor& x);

/// The norm of a site, whatever the switches say.
at::Tensor plain_norm_forward(const BlockContext& context, const NormLayout& site, const at::Tensor& x);

/// One block: x + attention(norm(x)), then + mlp(norm(...)). (B, T, C) -> (B, T, C).
at::Tensor block_forward(const BlockContext& context, const BlockLayout& block, std::int64_t layer, at::Tensor x);

}  // namespace variometer
