// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/base/snapshot.h"

namespace variometer {

std::string_view to_string(RunState state) {
  switch (state) {
    case RunState::initialising: return "initialising";
    case RunState::running: return "running";
    case RunState::paused: return "paused";
    case RunState::finished: return "finished";
    case RunState::stopped: return "stopped";
    case RunState::failed: return "failed";
  }
  return "unknown";
}

}  // namespace variometer
