// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "core/base/snapshot.h"

namespace variometer {

/// A user's remark at a step.
struct RunMark {
  std::int64_t step = 0;
  std::string text;
  bool operator==(const RunMark&) const = default;
};

/// Remarks are events of kind "mark" in a list that only grows: {"text": T} is a new one; with {"was": OLD} it takes
/// the place of that one at the same step, and an empty text removes it.
Event mark_event(const RunMark& mark, const std::string& was = {});

/// Appends the event. One that changes or removes an earlier mark changes the list instead: true.
bool append_event(std::vector<Event>& events, Event event);

std::vector<RunMark> marks_of(const std::vector<Event>& events);

}  // namespace variometer
