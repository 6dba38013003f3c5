// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>

#include "core/base/config.h"

namespace variometer {

/// How many numbers a model of this shape learns: a tied head counts once, the extras of switches (k_bias, DyT, ...)
/// not at all. `config` must be resolved; sizes that no computer has give the largest number there is. Throws as
/// family_options does.
std::int64_t count_parameters(const ModelConfig& config);

}  // namespace variometer
