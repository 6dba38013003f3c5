// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/config.h"
#include "core/base/snapshot.h"

namespace variometer {

/// Where the largest finite |h| of a pass sits, over all layers; null where nothing finite was listed (a run that
/// diverged). Points into `activation`.
const ActivationPlace* largest_place(const ActivationSnapshot& activation);

/// What |h| must be above at that place to be massive by the rule in force (massive_rule.h).
float massive_threshold(const ActivationSnapshot& activation, const ActivationPlace& place, const ProbeConfig& probe);

}  // namespace variometer
