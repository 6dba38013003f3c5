// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QString>
#include <map>
#include <memory>
#include <optional>

#include "app/autosave.h"
#include "app/card_tabs.h"
#include "app/record_rehearsal.h"
#include "app/run_session.h"
#include "core/base/config.h"
#include "core/base/loss_comparison.h"
#include "core/train/live_run.h"
#include "widgets/step_axis.h"

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
  /// The verdict in two words, for as long as the run is open.
  QString badge() const;
};

/// A run that is open in the window: the one that is shown, or one behind another tab.
struct OpenRun {
  std::unique_ptr<RecordRehearsal> rehearsal;  ///< of a record; null: none is needed
  std::unique_ptr<RunSession> session;
  RunConfig config;     ///< as the run began
  LiveOptions options;  ///< of a run started here
  Autosave autosave;    ///< that the options were made with
  QString record_path;  ///< empty: not recorded
  QString preset_path;
  QString origin;  ///< what Recent counts it with: a demo, or the run it repeats
  std::optional<ForkCourse> fork;
  // What the user looks at, while another run is shown.
  StepAxis::State steps;
  CardTabs::Views views;
};

}  // namespace variometer
