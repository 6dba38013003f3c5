// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <memory>

#include "core/train/live_run.h"
#include "core/train/recorder.h"

namespace variometer {

/// start_live_run with a recorder of one's own in place of options.record (tests: slow, full). Empty: nothing is
/// recorded.
std::unique_ptr<Run> start_run(const RunConfig& config, const LiveOptions& options, RecorderFactory recorder);

}  // namespace variometer
