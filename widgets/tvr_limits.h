// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <vector>

#include "core/base/history.h"
#include "widgets/plot.h"

namespace variometer {

/// Lines at TVR's target standard deviation, each over the steps in which it was in force: from the configuration the
/// run began with and the commands applied since. With scale_with_depth one for the first and one for the last layer.
std::vector<Threshold> tvr_limits(const RunHistory& history);

}  // namespace variometer
