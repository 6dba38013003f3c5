// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <vector>

#include "core/base/snapshot.h"

namespace variometer {

/// Watches a run for what a person would want to be called for: a loss that jumps, the first massive activation,
/// numbers that are not finite. Each kind at most once in a hundred updates. Trainer's thread; looks only.
class Alarms {
 public:
  /// After an update. `snapshot` holds that update's loss and what was measured.
  void watch(const Snapshot& snapshot, std::vector<Event>& events);
  /// The loss is about as low as it has been: the last one is no jump above its running mean, nor the mean above its
  /// own lowest.
  bool loss_is_sound() const;
  /// TVR rescaled weights after update `step`: a jump of the loss right after it is told as what it is.
  void note_rescaling(std::int64_t step) { last_rescaling_ = step; }

 private:
  void watch_loss(const Snapshot& snapshot, std::vector<Event>& events);
  void watch_activations(const Snapshot& snapshot, const ActivationSnapshot& activations, const char* where,
                         std::vector<Event>& events);

  double mean_ = 0, variance_ = 0;  ///< exponential, of the loss
  double lowest_mean_ = 0;
  bool last_is_sound_ = true;
  std::int64_t n_ = 0;
  std::int64_t last_spike_ = -1000, last_non_finite_ = -1000, last_rescaling_ = -1000;
  bool massive_seen_ = false;
};

}  // namespace variometer
