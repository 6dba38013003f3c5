// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/command.h"
#include "core/base/config.h"

namespace variometer {

/// A switch of a schedule as it is written: before which update, what is set.
struct TimedSwitch {
  std::int64_t step = 0;
  Assignment set;
  bool operator==(const TimedSwitch&) const = default;
};

/// "300:tvr.enabled=true". Throws Error(usage).
TimedSwitch timed_switch(std::string_view text);
std::string to_text(const TimedSwitch& one);

/// Throws Error(usage) for a step before the first update, for a key that is unknown or cannot change while a model
/// trains, and for values that do not fit, each at its step with what was set before it.
void check_timed(const RunConfig& config, const std::vector<TimedSwitch>& switches);
/// Throws Error(usage) for a step after the run's last update.
void check_timed_within(const RunConfig& config, const std::vector<TimedSwitch>& switches);

}  // namespace variometer
