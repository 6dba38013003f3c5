// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "core/base/command.h"
#include "core/base/config.h"
#include "core/base/snapshot.h"

namespace variometer {

/// What does not change while a run lives.
struct RunInfo {
  std::string name;
  RunConfig config;  ///< as the run began
  std::vector<TensorInfo> tensors;
  std::int64_t n_layer = 0;
  std::int64_t n_embd = 0;
  std::int64_t n_parameter = 0;
  std::int64_t first_step = 0;  ///< > 0 for a resumed run
  std::string device;           ///< "cpu", "cuda:0 NVIDIA ..."
  std::string dtype;
};

/// A run one can look at, and perhaps steer: the one interface the window knows. A trainer in this process (LiveRun) or
/// a record on disk or in memory (RecordedRun) stands behind it. All members may be called from the GUI thread and
/// never block it for longer than a copy; one thread drains.
class Run {
 public:
  struct Abilities {
    bool steer = false;  ///< takes commands
    bool fork = false;   ///< is recorded in a file, from which another run can branch off (core/train/fork.h)
  };

  Run() = default;
  Run(const Run&) = delete;
  Run& operator=(const Run&) = delete;
  virtual ~Run() = default;

  virtual Abilities abilities() const = 0;
  /// Valid once a snapshot with a state other than `initialising` was drained.
  virtual RunInfo info() const = 0;
  /// Ignored by runs that cannot be steered.
  virtual void post(Command command) = 0;
  /// Snapshots published since the last call, oldest first. A record hands out its content this way, in batches.
  virtual std::vector<SnapshotPtr> drain() = 0;
  /// The newest picture not seen yet, or null.
  virtual FramePtr take_frame() = 0;
  /// Snapshots lost because nobody drained in time; drawn as gaps.
  virtual std::int64_t dropped() const = 0;
};

}  // namespace variometer
