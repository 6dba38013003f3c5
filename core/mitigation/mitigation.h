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
///
/// AdamW has no moments of parameters that just came into use, or stale ones: its first updates would move each of
/// their elements by a whole learning rate, all at once, in a model that has long been trained. So their learning rate
/// rises from 0 over `warmup_steps` updates since the switch: k_bias and v_bias after KV bias on; alpha, weight, bias
/// and the embedding scale after DyT on; the norms' weights and biases after DyT off. What is in use from the first
/// update on has the run's own warm-up like all others.
class MitigationState {
 public:
  /// `step`: updates done so far.
  void change(Decoder& decoder, const Mitigations& before, const Mitigations& now, const at::Tensor& batch,
              std::uint64_t seed, std::int64_t step);
  /// After a checkpoint was read (parameters and the fields below are in place): the switches as `now` says, nothing
  /// begun.
  void restore(Decoder& decoder, const Mitigations& now) const;
  /// Once per step, before the forward pass: anneals the neutral start's logit offset, counts the warm-ups on.
  void advance(Decoder& decoder, const Mitigations& now);
  /// For every parameter the share of the learning rate it gets in this step: k / warmup_steps in the k-th update since
  /// the switch that brought it into use, then 1.
  std::vector<double> rate_shares(const Decoder& decoder, const Mitigations& now) const;

  // What a checkpoint must hold.
  bool kv_bias_started = false;
  bool dyt_started = false;
  std::int64_t kv_anneal_left = 0;  ///< steps until the offset is 0
  /// Updates since KV bias was switched on, and since DyT was switched on or off, the one under way included;
  /// kFromTheStart: it was so before the first update.
  static constexpr std::int64_t kFromTheStart = -1;
  std::int64_t kv_bias_age = kFromTheStart;
  std::int64_t dyt_age = kFromTheStart;
  std::int64_t steps_since_tvr =
      0;  ///< updates since the last check; TVR checks right after the first update with it on
};

}  // namespace variometer
