// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <vector>

#include "core/base/config.h"
#include "core/base/snapshot.h"
#include "core/model/decoder.h"

namespace variometer {

/// One rescaled tensor, as TVR logs it.
struct Rescaled {
  std::size_t parameter = 0;  ///< index into Decoder::parameters()
  double std_before = 0;
  double target = 0;
};

/// One TVR check (2503.17500): w <- (w - mean) / std * target + mean, bias <- 0, for every tensor that has a
/// target (core/base/tvr_rule.h) and whose std (unbiased) / target > ratio_threshold. Optimizer state is not touched.
/// Trainer's thread.
std::vector<Rescaled> apply_tvr(Decoder& decoder, const TvrConfig& config);

/// Makes the decoder read what `now` says, given what was in force `before`. Switching KV bias or DyT on for the first
/// time draws or fits its start (random, neutral; paper, calibrated); a later "on" keeps the learned values. DyT's
/// calibrated start fits alpha and weight of each site by least squares against the old norm's output on `batch`.
/// `seed` draws k_bias and v_bias. The neutral start's offset (-20, annealed to 0) comes with every "on".
class MitigationState {
 public:
  void change(Decoder& decoder, const Mitigations& before, const Mitigations& now, const at::Tensor& batch,
              std::uint64_t seed);
  /// After a checkpoint was read (parameters and the fields below are in place): the switches as `now` says, nothing
  /// begun.
  void restore(Decoder& decoder, const Mitigations& now) const;
  /// Once per step, before the forward pass: anneals the neutral start's logit offset.
  void advance(Decoder& decoder, const Mitigations& now);

  // What a checkpoint must hold.
  bool kv_bias_started = false;
  bool dyt_started = false;
  std::int64_t kv_anneal_left = 0;  ///< steps until the offset is 0
  std::int64_t steps_since_tvr =
      0;  ///< updates since the last check; TVR checks right after the first update with it on
};

}  // namespace variometer
