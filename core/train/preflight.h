// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/config.h"
#include "core/train/live_run.h"

namespace variometer {

/// What can be known to fail before a thread is started: sizes, memory, device name, paths, timed commands. Throws
/// Error. `config` must be resolved.
void check_run(const RunConfig& config, const LiveOptions& options);

}  // namespace variometer
