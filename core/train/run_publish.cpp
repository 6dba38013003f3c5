// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/base/error.h"
#include "core/base/error_in_flight.h"
#include "core/base/json_text.h"
#include "core/train/run_loop.h"

namespace variometer {
namespace {

constexpr std::size_t kLongestDetail =
    16U << 10U;  // of an event: two paths of any length; in a record it goes on in the next row

}  // namespace

void RunLoop::add_event(std::string kind, const nlohmann::json& detail, std::int64_t ahead) {
  std::string text = json_text(detail);
  if (text.size() > kLongestDetail) {
    text = json_text(nlohmann::json{{"cut", text.substr(0, kLongestDetail / 2)}});
  }
  pending_.events.push_back({(trainer_ ? trainer_->step() : 0) + ahead, std::move(kind), std::move(text)});
}

void RunLoop::fill_in(Snapshot& snapshot) const {
  snapshot.state = state_;
  snapshot.message = message_;
  snapshot.seconds = seconds_;
  if (trainer_) snapshot.step = trainer_->step();
  const RunConfig& config = trainer_ ? trainer_->config() : config_;
  snapshot.mitigations = config.mitigations;
  snapshot.probe_config = config.probe;
  snapshot.recording = recorder_ != nullptr && backlog_.empty();
  snapshot.record_path = record_path_.string();
  snapshot.way_back = way_back_;
}

SnapshotPtr RunLoop::take_snapshot(bool is_update) {
  pending_.is_update = is_update;
  fill_in(pending_);
  auto snapshot = std::make_shared<const Snapshot>(std::move(pending_));
  pending_ = {};
  return snapshot;
}

void RunLoop::publish(bool is_update) {
  const auto snapshot = take_snapshot(is_update);
  record(snapshot);
  published_step_ = snapshot->step;
  channels_.snapshots.push(snapshot);
  if (pause_to_tell_) {
    pause_to_tell_ = false;
    publish(/*is_update=*/false);
  }
}

void RunLoop::publish_last() {
  const auto snapshot = take_snapshot(/*is_update=*/false);
  record(snapshot);
  const std::string trouble = close_record();
  if (trouble.empty()) return channels_.snapshots.push(snapshot);
  // Whoever follows the run looks no further than this one.
  auto last = std::make_shared<Snapshot>(*snapshot);
  last->message = message_ = trouble;
  last->recording = false;
  last->record_path = record_path_.string();
  channels_.snapshots.push(std::move(last));
}

void RunLoop::record(const SnapshotPtr& snapshot) {
  if (!recorder_) return;
  backlog_.push_back(snapshot);
  if (backlog_.size() > 1) return;  // waits behind a failed write until `run` tries again
  if (write_backlog() || state_ != RunState::running) return;
  // Recordings are complete or not at all: the run waits for room on the disk.
  state_ = RunState::paused;
  pause_to_tell_ = true;
}

bool RunLoop::write_backlog() {
  const auto error = guarded([&] {
    while (!backlog_.empty()) {
      recorder_->write(*backlog_.front());
      backlog_.pop_front();
    }
  });
  if (error) {
    message_ = std::string("paused, the record cannot be written: ") + error->what();  // it says what to do
  } else if (recording_failed_) {
    message_.clear();
  }
  recording_failed_ = error.has_value();
  watch_record();
  return !error;
}

/// Said once, when it happens: others may move or delete the file while it is written.
void RunLoop::watch_record() {
  const FilePlace place = recorder_->place();
  if (place.as_named || place.now == record_path_) return;
  record_path_ = place.now;
  add_event("warning", {{"what", place.words + (place.now.empty() ? "" : "; recording goes on there")}});
}

std::string RunLoop::close_record() {
  if (!recorder_) return {};
  std::string trouble = message_;  // the last checkpoint could not be saved, say
  const bool written = write_backlog();
  if (!written) trouble = std::to_string(backlog_.size()) + " snapshots could not be recorded: " + message_;
  const auto error = guarded([&] { recorder_->close(); });
  if (error) trouble += (trouble.empty() ? "" : "; ") + std::string(error->what());
  if (const FilePlace place = recorder_->place(); !place.as_named) record_path_ = place.now;
  recorder_.reset();
  backlog_.clear();
  return error || !written ? trouble : std::string();
}

}  // namespace variometer
