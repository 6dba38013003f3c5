// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <vector>

#include "core/base/command.h"
#include "core/base/config.h"
#include "core/train/live_run.h"
#include "core/train/recorded_course.h"

namespace variometer {

/// What is to be different in a run that is already recorded.
struct ForkRequest {
  std::filesystem::path record;
  std::int64_t step = 1;  ///< the change takes effect before this update; beyond the record's end with n_step only
  std::vector<Assignment> change;      ///< live fields; empty: the same run again
  std::optional<std::int64_t> n_step;  ///< updates at the end; empty: as the recorded run was meant to make
  MovedFiles moved = {};
};

/// How that is done: from the nearest checkpoint before the change that is still there (or from the start), through the
/// recorded switches up to it, then with the change. Recorded switches behind it are made again, so that the change is
/// the only difference; but what they say about the changed keys is left out.
struct ForkPlan {
  RunConfig config;
  LiveOptions live;                      ///< for start_live_run; record and checkpoint folder are the caller's to add
  std::filesystem::path checkpoint;      ///< empty: from the start
  std::int64_t first_step = 0;           ///< updates it has behind it
  std::map<std::int64_t, float> losses;  ///< recorded, of the updates that are run again before the change
  std::vector<TimedCommand> kept, left_out;  ///< recorded switches behind the change
};

/// Throws Error(usage) for a step beyond the record's end, or keys that cannot change in a living run; Error(file) when
/// the record cannot be read, or nothing is left to go on from.
ForkPlan plan_fork(const ForkRequest& request);

}  // namespace variometer
