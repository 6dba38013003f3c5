// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/base/error.h"
#include "core/train/run_loop.h"

namespace variometer {
namespace {

constexpr std::size_t kLongestDetail = 1024;  // of an event, by the record's layout

}  // namespace

void RunLoop::add_event(std::string kind, const nlohmann::json& detail, std::int64_t ahead) {
  std::string text = detail.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
  if (text.size() > kLongestDetail) {
    text = nlohmann::json{{"cut", text.substr(0, kLongestDetail / 2)}}.dump(-1, ' ', false,
                                                                            nlohmann::json::error_handler_t::replace);
  }
  pending_.events.push_back({(trainer_ ? trainer_->step() : 0) + ahead, std::move(kind), std::move(text)});
}

void RunLoop::publish(bool is_update) {
  pending_.is_update = is_update;
  pending_.state = state_;
  pending_.message = message_;
  pending_.seconds = seconds_;
  if (trainer_) {
    pending_.step = trainer_->step();
    pending_.mitigations = trainer_->config().mitigations;
    pending_.probe_config = trainer_->config().probe;
  } else {
    pending_.mitigations = config_.mitigations;
    pending_.probe_config = config_.probe;
  }
  pending_.recording = recorder_ != nullptr && backlog_.empty();
  pending_.record_path = options_.record.string();
  const auto snapshot = std::make_shared<const Snapshot>(std::move(pending_));
  pending_ = {};
  record(snapshot);
  channels_.snapshots.push(snapshot);
  if (pause_to_tell_) {
    pause_to_tell_ = false;
    publish(/*is_update=*/false);
  }
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
  try {
    while (!backlog_.empty()) {
      recorder_->write(*backlog_.front());
      backlog_.pop_front();
    }
    if (recording_failed_) message_.clear();
    recording_failed_ = false;
    return true;
  } catch (const Error& error) {
    recording_failed_ = true;
    message_ = std::string("paused, the record cannot be written: ") + error.what();  // it says what to do
    return false;
  }
}

void RunLoop::close_record() {
  if (!recorder_) return;
  std::string trouble;
  if (!write_backlog()) trouble = std::to_string(backlog_.size()) + " snapshots could not be recorded: " + message_;
  try {
    recorder_->close();
  } catch (const Error& error) {
    trouble = error.what();
  }
  recorder_.reset();
  backlog_.clear();
  if (trouble.empty()) return;
  message_ = trouble;
  publish(/*is_update=*/false);
}

}  // namespace variometer
