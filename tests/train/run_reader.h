// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <gtest/gtest.h>

#include <chrono>
#include <functional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "core/base/run.h"

namespace variometer {

/// Drains a run until something is true, with a deadline; remembers all it saw.
class RunReader {
 public:
  explicit RunReader(Run& run) : run_(run) {}

  using Condition = std::function<bool(const Snapshot&)>;

  /// The first snapshot not looked at before for which `condition` holds; fails the test after a minute.
  SnapshotPtr until(const Condition& condition) {
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(60);
    while (true) {
      for (; n_looked_ < seen_.size(); ++n_looked_) {
        if (condition(*seen_[n_looked_])) return seen_[n_looked_++];
        if (seen_[n_looked_]->state == RunState::failed) {
          ADD_FAILURE() << "the run failed: " << seen_[n_looked_]->message;
          return seen_[n_looked_++];
        }
      }
      if (std::chrono::steady_clock::now() > deadline) {
        ADD_FAILURE() << "waited a minute in vain";
        return std::make_shared<Snapshot>();
      }
      for (auto& snapshot : run_.drain()) seen_.push_back(std::move(snapshot));
      std::this_thread::yield();
    }
  }
  SnapshotPtr until_state(RunState state) {
    return until([state](const Snapshot& s) { return s.state == state; });
  }
  /// The snapshot that tells of a failure the test wants.
  SnapshotPtr until_failed() {
    return until([](const Snapshot& s) { return s.state == RunState::failed; });
  }
  SnapshotPtr until_applied(std::int64_t ticket) {
    return until([ticket](const Snapshot& s) {
      for (const auto& applied : s.applied) {
        if (applied.command.ticket == ticket) return true;
      }
      return false;
    });
  }

  const std::vector<SnapshotPtr>& seen() const { return seen_; }

  /// Losses of the updates seen, in the order of their steps; an undone step counts as it last was.
  std::vector<float> losses() const {
    std::vector<float> losses;
    for (const auto& snapshot : seen_) {
      if (!snapshot->is_update) continue;
      losses.resize(static_cast<std::size_t>(snapshot->step));
      losses.back() = snapshot->loss;
    }
    return losses;
  }

 private:
  Run& run_;
  std::vector<SnapshotPtr> seen_;
  std::size_t n_looked_ = 0;
};

inline Command command(Command::Kind kind, std::int64_t count = 1, std::int64_t ticket = 0) {
  Command c;
  c.kind = kind;
  c.count = count;
  c.ticket = ticket;
  return c;
}

inline Command set_command(std::vector<Assignment> assignments, std::int64_t ticket = 0) {
  Command c;
  c.assignments = std::move(assignments);
  c.ticket = ticket;
  return c;
}

}  // namespace variometer
