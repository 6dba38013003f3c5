// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <utility>
#include <vector>

#include "core/base/config.h"
#include "core/base/snapshot.h"

namespace variometer {

/// What the config of a run is at each step, told by its events: `set` changes it, `restore` brings an older one back.
class InForce {
 public:
  explicit InForce(const RunConfig& config) : steps_{{-1, config}} {}

  /// An event of a record. What it does not understand (another kind, a damaged detail) changes nothing.
  void apply(const Event& event);
  const RunConfig& config() const { return steps_.back().second; }

 private:
  std::vector<std::pair<std::int64_t, RunConfig>> steps_;  // by step, rising
};

}  // namespace variometer
