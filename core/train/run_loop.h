// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <chrono>
#include <deque>
#include <memory>
#include <mutex>
#include <stop_token>
#include <string>

#include "core/base/error.h"
#include "core/base/queue.h"
#include "core/base/run.h"
#include "core/checkpoint/run_tokenizer.h"
#include "core/train/alarms.h"
#include "core/train/kept_states.h"
#include "core/train/live_run.h"
#include "core/train/recorder.h"
#include "core/train/trainer.h"

namespace variometer {

/// What the trainer's thread and everyone else share. Nothing here ever waits for the other side.
struct RunChannels {
  explicit RunChannels(std::size_t capacity) : snapshots(capacity) {}
  CommandQueue<Command> commands;
  BoundedQueue<SnapshotPtr> snapshots;
  Newest<FramePtr> frame;
  mutable std::mutex info_mutex;
  RunInfo info;
};

/// The body of the trainer's thread: take commands, one update, measure what is due, publish; while paused it sleeps on
/// the command queue. Every tensor of a run lives and dies in here.
class RunLoop {
 public:
  RunLoop(RunChannels& channels, RunConfig config, LiveOptions options, at::Device device, RecorderFactory recorder);

  /// Returns when `stop` is requested, or when the run failed for another reason than its numbers. A loss or gradient
  /// that is not finite fails the run, but the thread stays: `restore` and `set` lead back to `paused`, the failed
  /// update not counted. Never throws.
  void run(const std::stop_token& stop) noexcept;

 private:
  using Clock = std::chrono::steady_clock;

  // run_loop.cpp
  void start(const std::stop_token& stop);
  void start_trainer(const std::stop_token& stop);
  /// What reads the run's texts, and the text as it reads it (run_data.cpp).
  void find_tokenizer();
  std::shared_ptr<const Corpus> read_corpus(const std::stop_token& stop);
  /// Puts the model the run starts from into the record, with its SHA-256; false: stopped meanwhile.
  bool name_init(const std::stop_token& stop);
  /// Progress of what takes its time before the first update. Throws where the run is to stop.
  void tell_preparation(const std::stop_token& stop, const std::string& what, double share);
  void stop_preparation();
  void go(const std::stop_token& stop);
  void take_commands(const std::stop_token& stop);
  std::optional<Command> next_command(const std::stop_token& stop);
  void try_update();
  void one_update();
  void measure_prompt();
  /// Between updates there is no training batch: the held one stands in.
  void measure_all();
  void after_update(const UpdateReport& report);
  void finish(RunState state);
  /// The end of a run that rests: paused, its weights saved.
  void rest();
  void save_at_rest();
  /// Every update it was to make is made.
  bool complete() const { return trainer_ && trainer_->step() >= trainer_->config().train.steps; }
  void fail(const std::string& what, Error::Kind kind);
  void leave_failure();
  /// Where the loss is sound and the last copy is long enough ago, in updates and in time: under 1 % goes into copies.
  void keep_sound_state();
  std::optional<WayBack> way_back() const;
  bool idle() const { return state_ != RunState::running; }
  bool ended() const { return state_ == RunState::finished || state_ == RunState::stopped; }

  // run_publish.cpp
  SnapshotPtr take_snapshot(bool is_update);
  void fill_in(Snapshot& snapshot) const;
  void publish(bool is_update);
  /// The end of the run: it is recorded, the record is closed, and then it is told, with what went wrong in that.
  void publish_last();
  void record(const SnapshotPtr& snapshot);
  bool write_backlog();
  void watch_record();
  /// What went wrong; empty: nothing did.
  std::string close_record();
  /// At the updates done so far; a command's own event is at the update it comes before (`ahead` = 1).
  void add_event(std::string kind, const nlohmann::json& detail, std::int64_t ahead = 0);

  // run_commands.cpp
  void handle(const Command& command);
  void apply(const Command& command);
  void apply_timed();
  void apply_set(const Command& command);
  void apply_restore(const Command& command);
  /// Draws a text; tells how far it is, and lets commands end it (run_sample.cpp). Empty: it was ended.
  std::optional<Sample> draw_sample(const std::string& prompt);
  void tell(Sampling sampling);
  void sample_if_due();
  void apply_record_hidden();
  void apply_mark(const Command& command);
  void go_on(std::int64_t n_step);
  void save_to(const std::filesystem::path& folder);
  void save_if_due();
  void save_before_switch();
  void prune();

  RunChannels& channels_;
  const RunConfig config_;  ///< as given; what is in force is the trainer's
  const LiveOptions options_;
  const at::Device device_;
  const RecorderFactory make_recorder_;

  std::stop_token stop_;  ///< of run(), for what takes long
  RunTokenizer tokenizer_;
  nlohmann::json tokenizer_event_;  ///< that names it
  CheckpointRun run_;               ///< which run its checkpoints are of
  std::unique_ptr<Trainer> trainer_;
  std::unique_ptr<Recorder> recorder_;
  std::deque<SnapshotPtr> backlog_;  ///< not recorded yet: a write failed
  RunState state_ = RunState::initialising;
  Error::Kind failure_ = Error::Kind::run;  ///< of a run that failed
  std::string message_;
  std::filesystem::path record_path_;  ///< where the record is now; empty: nowhere
  bool recording_failed_ = false;      ///< message_ tells of it
  bool saved_ = false;                 ///< the model as it is now lies on the disk
  bool pause_to_tell_ = false;         ///< a failed write paused the run; the next snapshot says so
  Snapshot pending_;                   ///< becomes the next snapshot
  std::int64_t steps_left_ = -1;       ///< of a `step` command; < 0: no limit
  std::int64_t frame_layer_ = 0;
  std::deque<Command> early_;  ///< posted while the text was being read
  std::size_t n_timed_ = 0;    ///< timed commands behind us
  std::size_t n_command_ = 0;  ///< `set` events that were not undone
  KeptStates kept_;
  Clock::time_point sound_kept_at_{};  ///< when a sound state was last copied,
  double sound_seconds_ = 0;           ///< and what that took
  std::int64_t sound_step_ = -1;       ///< updates done then
  std::optional<WayBack> way_back_;    ///< of a run that failed
  std::int64_t published_step_ = 0;    ///< of the newest snapshot
  ObserverBudget budget_;
  std::int64_t thinning_ = 1;
  Alarms alarms_;
  double seconds_ = 0;
  Clock::time_point mark_;  ///< end of the last update, or of the last pause
};

}  // namespace variometer
