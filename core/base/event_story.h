// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <string>

#include "core/base/snapshot.h"

namespace variometer {

/// What of a run's events a reader should meet where. Told the events in their order, it says of each whether it stands
/// on curves and whether it is one of several that happened together (the matrices TVR rescaled at one check). The one
/// rule for cards, the list of events, the keys that jump from event to event, and exports. UTF-8; any thread.
class EventStory {
 public:
  struct Told {
    /// What stands on curves, in a word or two; empty: it is bookkeeping (rescalings, checkpoints, how often is
    /// measured, a loss that jumped right after TVR rescaled weights).
    std::string mark;
    bool remark = false;          ///< a user's own: it is never left out for want of room
    bool joins_previous = false;  ///< of the same check as the event before
  };

  Told tell(const Event& event);

  /// So many updates after a rescaling a jump of the loss is put down to it.
  static constexpr std::int64_t kAfterRescaling = 10;

 private:
  std::int64_t last_rescaling_ = -1'000'000;
  bool previous_was_rescaling_ = false;
};

}  // namespace variometer
