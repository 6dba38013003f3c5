// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <functional>
#include <string>

#include "core/base/run.h"
#include "core/base/snapshot.h"

namespace variometer {

/// What a run has come to.
struct RunEnd {
  RunState state = RunState::failed;
  std::string message;
  bool began = false;                    ///< got past its preparations; before that nothing is written
  SnapshotPtr last_update;               ///< null when there was none
  float validation_loss = kNotMeasured;  ///< the last one measured
  ActivationPlace largest;               ///< largest |h| of the last measurement of the prompt
  bool measured = false;                 ///< `largest` means something
  ActivationPlace first_largest;         ///< of the first measurement (before any update, unless resumed)
  std::int64_t first_step = 0;           ///< updates done then
  int status = 5;                        ///< of a run that failed: what the command exits with
  std::int64_t n_update = 0;
  double seconds = 0;
  std::string record;  ///< where the record is; empty: there is none, or it was deleted meanwhile
  std::int64_t tokens_per_update = 0;
};

/// Watches a run to its end: a progress bar on stderr, a line there for what is switched or goes wrong, Ctrl-C as a
/// stop between two updates. `see` gets every snapshot in order. Returns when the run is finished, stopped or failed;
/// the record is closed once the run is destroyed.
RunEnd follow_run(Run& run, std::int64_t total_steps, const std::function<void(const Snapshot&)>& see);

/// Exit status of a run that ended so; reports a failure on stderr.
int exit_status(const RunEnd& end);

}  // namespace variometer
