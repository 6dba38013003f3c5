// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <vector>

#include "core/base/config.h"
#include "core/base/snapshot.h"

namespace variometer {

/// What the config of a run is at each step, told by its events: `set` (and `prompt`, a set of nothing but the prompt)
/// changes it, `restore` undoes the switch before update `count` and all that came after, and says in `commands` how
/// many `set` events still count.
class InForce {
 public:
  explicit InForce(const RunConfig& config) : changes_{{.config = config}} {}

  /// An event of a record. What it does not understand (another kind, a damaged detail) changes nothing.
  void apply(const Event& event);
  const RunConfig& config() const { return changes_.back().config; }

 private:
  struct Change {
    std::int64_t step = -1;
    bool is_set = false;
    RunConfig config;  // behind it
  };
  std::vector<Change> changes_;  // the first is the config the run began with
};

}  // namespace variometer
