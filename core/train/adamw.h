// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <ATen/core/Tensor.h>

#include <string>
#include <utility>
#include <vector>

#include "core/base/config.h"
#include "core/model/decoder.h"

namespace variometer {

/// AdamW over the parameters of one decoder, with LibTorch's fused operator. Every parameter has its moments from the
/// start, so that nothing ever changes shape; one without a gradient is left alone, moments and step count included.
/// Decay: matrices train.weight_decay, k_bias and v_bias their own, everything else none. Trainer's thread.
class AdamW {
 public:
  explicit AdamW(std::vector<Parameter>& parameters);

  /// One update from the gradients at hand. `rate_shares`, where given, holds for every parameter what share of the
  /// learning rate it gets (MitigationState::rate_shares).
  void step(const TrainConfig& train, double learning_rate, double kv_bias_weight_decay,
            const std::vector<double>& rate_shares = {});
  void zero_grad();

  /// "<parameter>.exp_avg", ".exp_avg_sq", ".step" of every parameter, sharing memory with the optimizer.
  std::vector<std::pair<std::string, at::Tensor>> state() const;
  /// Copies such a state in. Throws Error(file) when a tensor is missing or has another shape.
  void set_state(const std::vector<std::pair<std::string, at::Tensor>>& state);

 private:
  struct Moments {
    at::Tensor exp_avg, exp_avg_sq;
    at::Tensor step;  ///< float32 scalar, as the fused operator wants it
  };
  std::vector<Parameter>& parameters_;
  std::vector<Moments> moments_;  ///< in the order of the parameters
};

/// Scales the gradients at hand so that their joint norm is at most `max_norm` (0: never), on their device. Returns the
/// norm before, as a scalar tensor.
at::Tensor clip_gradients(std::vector<Parameter>& parameters, double max_norm);

}  // namespace variometer
