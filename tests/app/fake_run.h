// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <deque>
#include <filesystem>
#include <functional>

#include "core/base/run.h"

namespace variometer {

/// A run without a model, for tests of the window: makes snapshots whose numbers grow, obeys commands as a LiveRun does
/// (between two steps, in order, pending until then), on the thread of whoever drains. `auto_steps` updates are made at
/// every drain; 0: only when told by step().
class FakeRun : public Run {
 public:
  explicit FakeRun(const RunConfig& config, int auto_steps = 0);

  Abilities abilities() const override { return {.steer = true, .fork = true}; }
  RunInfo info() const override { return info_; }
  void post(Command command) override;
  std::vector<SnapshotPtr> drain() override;
  FramePtr take_frame() override;
  std::int64_t dropped() const override { return 0; }

  /// Makes one update and publishes it, after taking the commands posted.
  void step();
  void takeCommands();
  void fail(const std::string& message);
  RunState state() const { return state_; }
  const std::vector<Command>& received() const { return received_; }
  std::function<void()> on_destroyed;
  std::filesystem::path weights;  ///< where it saves a model when it comes to rest; empty: it does not
  bool can_save = true;           ///< false: saving fails
  ~FakeRun() override;

 private:
  void publish(bool is_update);
  void rest();
  void save(const std::filesystem::path& folder);
  std::shared_ptr<ActivationSnapshot> activation() const;

  RunInfo info_;
  RunConfig config_;
  int auto_steps_;
  RunState state_ = RunState::running;
  std::int64_t step_ = 0;
  std::int64_t left_ = -1;  // updates before pausing; -1: without end
  std::string message_;
  double growth_ = 1;
  std::deque<Command> posted_;
  std::vector<Command> received_;
  std::vector<SnapshotPtr> ready_;
  std::vector<Applied> applied_;
  std::vector<Event> events_;
  std::optional<Preview> preview_;
  std::optional<Sample> sample_;
  FramePtr frame_;
  int layer_ = 0;
};

}  // namespace variometer
