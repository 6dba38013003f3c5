// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <algorithm>
#include <vector>

#include "core/base/timed_switch.h"
#include "core/train/live_run.h"

namespace variometer {

/// In the order given; several for one step become one command.
inline std::vector<TimedCommand> timed_commands(const std::vector<TimedSwitch>& switches) {
  std::vector<TimedCommand> timed;
  for (const auto& one : switches) {
    const auto same = std::ranges::find(timed, one.step, &TimedCommand::step);
    if (same != timed.end()) {
      same->command.assignments.push_back(one.set);
    } else {
      timed.push_back({one.step, {.kind = Command::Kind::set, .assignments = {one.set}}});
    }
  }
  return timed;
}

/// The other way: what the commands set.
inline std::vector<TimedSwitch> timed_switches(const std::vector<TimedCommand>& commands) {
  std::vector<TimedSwitch> all;
  for (const auto& timed : commands) {
    for (const auto& set : timed.command.assignments) all.push_back({timed.step, set});
  }
  return all;
}

}  // namespace variometer
