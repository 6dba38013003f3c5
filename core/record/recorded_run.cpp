// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/record/recorded_run.h"

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <optional>
#include <stop_token>
#include <thread>

#include "core/base/error.h"
#include "core/base/marks_file.h"
#include "core/record/disk.h"
#include "core/record/record_reader.h"

namespace variometer {
namespace {

constexpr std::int64_t kBytesAtOnce = 1 << 20;          // read per batch
constexpr auto kLook = std::chrono::milliseconds(200);  // how often a growing file is looked at

constexpr const char* kBrokeOff =
    "The recording broke off. Everything up to here is safe; check --repair closes the file.";

/// What follows the last snapshot of a record that ends in the middle of a run: whoever shows it should not wait for
/// more. Null where it ends as a run does and there is nothing to tell.
SnapshotPtr end_of(const SnapshotPtr& last, std::string message) {
  const bool open = !last || last->state == RunState::running || last->state == RunState::initialising ||
                    last->state == RunState::paused;
  if (!open && message.empty()) return nullptr;
  auto final = std::make_shared<Snapshot>();
  if (last) {
    final->step = last->step;
    final->mitigations = last->mitigations;
    final->probe_config = last->probe_config;
    final->seconds = last->seconds;
  }
  final->state = RunState::stopped;
  final->message = std::move(message);
  final->is_update = false;
  return final;
}

/// Reads ahead of whoever drains; what was handed out is not kept.
class RecordedRun final : public Run {
 public:
  RecordedRun(RunInfo info, std::vector<SnapshotPtr> snapshots, std::vector<FramePtr> frames)
      : info_(std::move(info)), frames_(std::move(frames)) {
    add(std::move(snapshots));
  }

  RecordedRun(const std::filesystem::path& path, std::shared_ptr<Rehearsal> rehearsal)
      : rehearsal_(std::move(rehearsal)) {
    auto reader = std::make_unique<RecordReader>(path);
    info_ = reader->info();
    at_once_ = std::clamp<std::int64_t>(kBytesAtOnce / reader->snapshot_bytes(), 1, 64);
    add(next(*reader, {}));  // a damaged record fails here, where someone is told
    thread_ = std::jthread([this, path, reader = std::move(reader)](const std::stop_token& stop) mutable {
      load(stop, path, std::move(reader));
    });
  }

  Abilities abilities() const override { return {.steer = false, .fork = thread_.joinable()}; }
  RunInfo info() const override { return info_; }
  void post(Command) override {}

  std::vector<SnapshotPtr> drain() override {
    const std::scoped_lock lock(mutex_);
    return std::exchange(fresh_, {});
  }

  FramePtr take_frame() override {
    const std::scoped_lock lock(mutex_);
    if (frames_.empty()) return nullptr;
    FramePtr frame = std::move(frames_.front());
    frames_.erase(frames_.begin());
    return frame;
  }

  std::int64_t dropped() const override { return 0; }

 private:
  // The next batch, as soon as it can be read; empty at the end, or when asked to stop.
  std::vector<SnapshotPtr> next(RecordReader& reader, const std::stop_token& stop) {
    std::int64_t most = at_once_;
    if (rehearsal_) most = std::min(most, rehearsal_->more_than(n_read_, stop) - n_read_);
    auto some = reader.next(most);
    n_read_ += static_cast<std::int64_t>(some.size());
    return some;
  }

  void add(std::vector<SnapshotPtr> snapshots) {
    const std::scoped_lock lock(mutex_);
    if (!snapshots.empty()) last_ = snapshots.back();
    for (auto& snapshot : snapshots) fresh_.push_back(std::move(snapshot));
  }

  void end(std::string message) {
    SnapshotPtr last;
    {
      const std::scoped_lock lock(mutex_);
      last = last_;
    }
    if (auto final = end_of(last, std::move(message))) add({std::move(final)});
  }

  void load(const std::stop_token& stop, const std::filesystem::path& path, std::unique_ptr<RecordReader> reader) {
    try {
      std::mutex mutex;
      std::condition_variable_any wake;
      while (!stop.stop_requested()) {
        auto some = next(*reader, stop);
        if (stop.stop_requested()) return;
        if (!some.empty()) {
          add(std::move(some));
          continue;
        }
        if (reader->closed()) return end("");
        const bool written = has_living_writer(path);  // asked before looking, so that its last rows are seen
        reader->refresh();
        if (written) {
          std::unique_lock lock(mutex);
          wake.wait_for(lock, stop, kLook, [] { return false; });
        } else if (some = next(*reader, stop); !some.empty()) {
          add(std::move(some));
        } else {
          return end(reader->closed() ? "" : kBrokeOff);
        }
      }
    } catch (const std::exception& error) {
      end(error.what());
    }
  }

  RunInfo info_;
  std::shared_ptr<Rehearsal> rehearsal_;  // may be null
  std::int64_t at_once_ = 1, n_read_ = 0;
  mutable std::mutex mutex_;
  std::vector<SnapshotPtr> fresh_;  // not handed out yet
  SnapshotPtr last_;
  std::vector<FramePtr> frames_;
  std::jthread thread_;  // last: joined before the rest goes
};

}  // namespace

std::unique_ptr<Run> open_record(const std::filesystem::path& path, std::shared_ptr<Rehearsal> rehearsal) {
  return std::make_unique<RecordedRun>(path, std::move(rehearsal));
}

std::unique_ptr<Run> memory_run(RunInfo info, std::vector<SnapshotPtr> snapshots, std::vector<FramePtr> frames) {
  return std::make_unique<RecordedRun>(std::move(info), std::move(snapshots), std::move(frames));
}

RunInfo read_snapshots(const std::filesystem::path& path, const std::function<void(const SnapshotPtr&)>& take) {
  constexpr std::int64_t kAtOnce = 256;
  RecordReader reader(path);
  SnapshotPtr last;
  std::string trouble;
  try {
    for (auto some = reader.next(kAtOnce); !some.empty(); some = reader.next(kAtOnce)) {
      for (auto& snapshot : some) take(last = std::move(snapshot));
    }
  } catch (const Error& error) {
    if (!last) throw;  // else what could be read counts, and the trouble is told
    trouble = error.what();
  }
  const bool broke_off = trouble.empty() && !reader.closed() && !has_living_writer(path);
  if (broke_off) trouble = kBrokeOff;
  if (!trouble.empty() || reader.closed()) {
    if (const auto final = end_of(last, trouble)) take(final);
  }
  return reader.info();
}

RunHistory read_history(const std::filesystem::path& path) {
  RunHistory history;
  const RecordReader record(path);  // shares the open file with the reading below
  history.set_info(record.info());
  read_snapshots(path, [&](const SnapshotPtr& snapshot) { history.append(snapshot); });
  for (auto& mark : read_marks(path)) history.add_event(std::move(mark));
  return history;
}

}  // namespace variometer
