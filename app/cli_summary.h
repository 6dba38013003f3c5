// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>

#include "app/cli_config.h"
#include "app/cli_follow.h"

namespace variometer {

/// What a run has come to, in one line for people: updates, speed, cost of observing, losses, the largest |h|, files.
std::string summary(const RunEnd& end, const TrainRequest& request);

}  // namespace variometer
