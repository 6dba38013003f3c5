// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/train/schedule.h"

#include <cmath>
#include <numbers>

namespace variometer {

double scheduled_learning_rate(const TrainConfig& train, std::int64_t step) {
  if (step < train.warmup_steps) {
    return train.learning_rate * static_cast<double>(step) / static_cast<double>(train.warmup_steps);
  }
  if (step >= train.lr_decay_steps) {
    // A run no longer than its warm-up reaches the peak and ends there.
    return train.lr_decay_steps <= train.warmup_steps ? train.learning_rate : train.min_learning_rate;
  }
  const double share =
      static_cast<double>(step - train.warmup_steps) / static_cast<double>(train.lr_decay_steps - train.warmup_steps);
  const double fall = 0.5 * (1.0 + std::cos(std::numbers::pi * share));
  return std::lerp(train.min_learning_rate, train.learning_rate, fall);  // exact at both ends
}

}  // namespace variometer
