// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>

#include "core/base/config.h"

namespace variometer {

/// Learning rate of update `step` (from 1): linear warm-up to learning_rate at warmup_steps, then a cosine down to
/// min_learning_rate at lr_decay_steps, and that ever after. `train` must be resolved.
double scheduled_learning_rate(const TrainConfig& train, std::int64_t step);

}  // namespace variometer
