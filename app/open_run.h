// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QString>
#include <memory>

#include "app/run_session.h"
#include "core/base/config.h"
#include "core/train/live_run.h"

namespace variometer {

/// A run that is open in the window: the one that is shown, or one behind another tab.
struct OpenRun {
  std::unique_ptr<RunSession> session;
  RunConfig config;     ///< as the run began
  LiveOptions options;  ///< of a run started here
  QString record_path;  ///< empty: not recorded
  QString preset_path;
};

/// "running", "paused", ...
inline QString stateWord(RunState state) { return QString::fromUtf8(to_string(state).data()); }

}  // namespace variometer
