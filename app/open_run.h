// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QString>
#include <map>
#include <memory>
#include <optional>

#include "app/record_rehearsal.h"
#include "app/run_session.h"
#include "core/base/config.h"
#include "core/base/loss_comparison.h"
#include "core/train/live_run.h"

namespace variometer {

/// Of a run that was forked off another: whether what is run again comes out as it was recorded.
struct ForkCourse {
  std::int64_t step = 1;                 ///< the change is before this update
  QString of;                            ///< the other run
  std::map<std::int64_t, float> losses;  ///< of the other run, up to the change
  LossComparison comparison = {};
  bool told = false;
  /// Everything before the change was run again.
  bool complete(const Snapshot& snapshot) const { return snapshot.is_update && snapshot.step + 1 >= step; }
  QString verdict() const;
};

/// A run that is open in the window: the one that is shown, or one behind another tab.
struct OpenRun {
  std::unique_ptr<RecordRehearsal> rehearsal;  ///< of a record; null: none is needed
  std::unique_ptr<RunSession> session;
  RunConfig config;     ///< as the run began
  LiveOptions options;  ///< of a run started here
  QString record_path;  ///< empty: not recorded
  QString preset_path;
  std::optional<ForkCourse> fork;
};

/// "running", "paused", ...
inline QString stateWord(RunState state) { return QString::fromUtf8(to_string(state).data()); }

}  // namespace variometer
