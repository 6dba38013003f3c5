// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/history.h"

namespace variometer {

/// A made-up run with the shapes a real one has: loss falls, weights and activations grow, TVR is switched on at
/// `tvr_step` and both come down; one gap, one validation point each 100 steps, samples, events. Everything is a plain
/// function of the step, so tests know what to expect.
struct SyntheticRun {
  std::int64_t n_layer = 6, n_channel = 128, n_token = 9;
  std::int64_t tvr_step = 1800;
  std::int64_t measure_every = 10;

  RunInfo info() const;
  /// The snapshot published after update `step` (step 0: before the first; no scalars).
  SnapshotPtr snapshot(std::int64_t step) const;
  /// Steps 0 .. last.
  RunHistory history(std::int64_t last) const;
  /// Hidden states of `layer`, max-pooled by `channel_block`, with the massive cells in place.
  FramePtr frame(std::int64_t step, std::int32_t layer, std::int32_t channel_block = 1) const;

  double weight_std(std::int64_t step, std::int64_t layer, std::size_t role) const;
  double top(std::int64_t step, std::int64_t layer) const;  ///< largest |h|
};

}  // namespace variometer
