// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <ATen/core/Tensor.h>

#include <functional>

#include "core/model/decoder.h"
#include "core/model/layout.h"

// The blocks of the decoder in plain ATen operators: every option, every device, every tap, with Hugging Face's order
// of operations and rounding points (eager attention). This is the path the fused operators are tested against, and the
// one that shows attention probabilities.
namespace variometer {

/// (T, dim) each, in the compute type (float32 where the family rotates in float32); undefined without rotary
/// positions.
struct Rotation {
  at::Tensor cos, sin;
};

/// What all blocks of one forward pass share.
struct BlockContext {
  const ModelConfig& config;
  const FamilyOptions& options;
  const std::vector<Parameter>& parameters;
  const Switches& switches;
  at::ScalarType compute_type;
  at::Device device;
  Rotation rotation, local_rotation;
  at::Tensor alibi;  ///< (H, 1, T), rounded as Hugging Face rounds it; undefined without
  Tap* tap = nullptr;
  /// Called before each DyT with its input: the calibrated start fits the site there.
  std::function<void(const NormLayout&, const at::Tensor&)> before_dyt = {};

  /// The parameter in the compute type; undefined for kAbsent.
  at::Tensor weight(int index) const;
  /// The parameter in float32, as it is trained; undefined for kAbsent.
  at::Tensor master(int index) const;
  /// 0: no window.
  std::int64_t window(std::int64_t layer) const;
  const Rotation& rotation_of(std::int64_t layer) const;
  /// Whether a rounded type keeps Hugging Face's rounding points: in a model that is looked at. In one that is trained
  /// memory matters more, and what is measured must be what is trained, with gradients or without.
  bool keeps_rounding_points() const;
  bool shows_norms() const { return tap != nullptr && tap->wants_norm_input(); }
  bool shows_modules() const { return tap != nullptr && tap->wants_module_outputs(); }
};

/// The norm of a site, or its DyT while that is on: (B, T, C) -> (B, T, C). Shown to the tap.
at::Tensor norm_forward(const BlockContext& context, const NormLayout& site, std::int64_t layer, const at::Tensor& x);

/// The norm of a site, whatever the switches say.
at::Tensor plain_norm_forward(const BlockContext& context, const NormLayout& site, const at::Tensor& x);

/// The family's norm over the last dimension of queries or keys.
at::Tensor head_norm_forward(const BlockContext& context, const LinearLayout& norm, const at::Tensor& x);

/// y = x W^T + b, rounded as the family's Hugging Face class rounds it.
at::Tensor linear_forward(const BlockContext& context, const LinearLayout& layout, const at::Tensor& x);

/// Attention with its output projection, of an x that is normed already. (B, T, C) -> (B, T, C).
at::Tensor attention_forward(const BlockContext& context, const BlockLayout& block, std::int64_t layer,
                             const at::Tensor& x);

/// (H, 1, T) float32: Falcon's bias by head and key position.
at::Tensor alibi_bias(std::int64_t n_head, std::int64_t n_token);

/// (B, T, C) -> (B, T, C), of an x that is normed already.
at::Tensor mlp_forward(const BlockContext& context, const BlockLayout& block, const at::Tensor& x);

/// One block. (B, T, C) -> (B, T, C).
at::Tensor block_forward(const BlockContext& context, const BlockLayout& block, std::int64_t layer, at::Tensor x);

}  // namespace variometer
