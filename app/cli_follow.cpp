// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/cli_follow.h"

#include <unistd.h>

#include <array>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <memory>
#include <thread>
#include <utility>

#include "app/cli_process.h"
#include "app/cli_progress.h"
#include "core/base/error.h"
#include "core/base/event_words.h"
#include "core/base/failure_kind.h"
#include "core/base/one_line.h"

namespace variometer {
namespace {

using Clock = std::chrono::steady_clock;

std::string with_digits(float value) {
  std::array<char, 32> text{};
  std::snprintf(text.data(), text.size(), "%.4g", static_cast<double>(value));
  return text.data();
}

/// Remembers what the end of the run will be summed up from.
class Follower {
 public:
  Follower(Run& run, std::int64_t total_steps) : run_(run), total_steps_(total_steps) {}

  void take(const Snapshot& snapshot) {
    if (snapshot.state != RunState::initialising && std::exchange(line_open_, false)) std::fputs("\r\033[K", stderr);
    for (const auto& applied : snapshot.applied) tell(applied);
    for (const auto& event : snapshot.events) {
      if (event.kind == "warning" || event.kind == "alarm" || event.kind == "thinned") {
        say("step " + std::to_string(event.step) + ": " + one_line(event_words(event)));
      }
    }
    if (snapshot.state == RunState::initialising && !snapshot.message.empty()) tell_start(snapshot.message);
    if (snapshot.sampling) tell_sampling(*snapshot.sampling);
    if (snapshot.probe && !snapshot.probe->layers.empty()) remember_largest(*snapshot.probe, snapshot.step);
    if (std::isfinite(snapshot.validation_loss)) end.validation_loss = snapshot.validation_loss;
    end.seconds = snapshot.seconds;
    end.state = snapshot.state;
    end.began |= snapshot.state == RunState::running || snapshot.state == RunState::paused;
    end.message = snapshot.message;
    end.record = snapshot.record_path;
    if (snapshot.state == RunState::failed) end.status = static_cast<int>(failure_kind(snapshot));
    if (snapshot.state == RunState::paused) wait_out_pause(snapshot);
  }

  void take_update(const SnapshotPtr& snapshot) {
    if (!bar_) {
      bar_ = std::make_unique<ProgressBar>(total_steps_, snapshot->step - 1);
      const RunConfig config = run_.info().config;
      end.tokens_per_update = config.train.batch_size * config.train.grad_accumulation * config.model.block_size;
    }
    end.last_update = snapshot;
    ++end.n_update;
    std::string note = "loss " + with_digits(snapshot->loss);
    if (end.measured) note += "  max|h| " + with_digits(std::abs(end.largest.value));
    note += "  " + short_count(snapshot->tokens_per_second) + " tokens/s";
    bar_->show(snapshot->step, note);
  }

  void clear_bar() {
    if (bar_) bar_->clear();
  }

  RunEnd end;

 private:
  void say(const std::string& line) {
    clear_bar();
    std::fprintf(stderr, "%s\n", line.c_str());
  }

  /// What takes its time before the first update: on a terminal kept up to date, else said once.
  void tell_start(const std::string& what) {
    const bool terminal = isatty(STDERR_FILENO) != 0;
    if (terminal) {
      std::fprintf(stderr, "\r\033[K%s", what.c_str());
      std::fflush(stderr);
    } else if (!std::exchange(start_told_, true)) {
      std::fprintf(stderr, "%s\n", what.substr(0, what.rfind(':')).c_str());
    }
    line_open_ = terminal;
  }

  /// A text sample may take half a minute, in which no update is made.
  void tell_sampling(const Sampling& sampling) {
    if (isatty(STDERR_FILENO) == 0) return;
    clear_bar();
    std::fprintf(stderr, "\r\033[Kwriting a text sample: %lld of %lld tokens", static_cast<long long>(sampling.n_token),
                 static_cast<long long>(sampling.n_most));
    std::fflush(stderr);
    line_open_ = true;
  }

  void tell(const Applied& applied) {
    for (const auto& [key, value] : applied.command.assignments) {
      say("step " + std::to_string(applied.step) + ": " + key + " = " + value +
          (applied.error.empty() ? "" : " refused: " + applied.error));
    }
  }

  void remember_largest(const ActivationSnapshot& activation, std::int64_t step) {
    const bool first = !std::exchange(end.measured, true);
    end.largest = {};
    for (std::size_t layer = 0; layer < activation.layers.size(); ++layer) {
      const auto& top = activation.layers[layer].top;
      if (top.empty() || std::abs(top.front().value) <= std::abs(end.largest.value)) continue;
      end.largest = top.front();
      end.largest.layer = static_cast<std::int32_t>(layer);
    }
    if (!first) return;
    end.first_largest = end.largest;
    end.first_step = step;
  }

  /// Nobody pauses a run from the command line but a disk that takes no more: tell it, and try again now and then.
  void wait_out_pause(const Snapshot& snapshot) {
    if (snapshot.message.empty()) return;
    say("variometer: " + snapshot.message + "; trying again in 10 s (Ctrl-C stops)");
    const auto until = Clock::now() + std::chrono::seconds(10);
    while (Clock::now() < until && !interrupted()) std::this_thread::sleep_for(std::chrono::milliseconds(50));
    if (!interrupted()) run_.post({.kind = Command::Kind::run});
  }

  Run& run_;
  const std::int64_t total_steps_;
  std::unique_ptr<ProgressBar> bar_;
  bool line_open_ = false, start_told_ = false;  ///< see tell_start
};

bool is_end(RunState state) {
  return state == RunState::finished || state == RunState::stopped || state == RunState::failed;
}

}  // namespace

RunEnd follow_run(Run& run, std::int64_t total_steps, const std::function<void(const Snapshot&)>& see) {
  Follower follower(run, total_steps);
  bool stop_posted = false;
  std::int64_t dropped = 0;
  for (;;) {
    const auto snapshots = run.drain();
    for (const auto& snapshot : snapshots) {
      follower.take(*snapshot);
      if (snapshot->is_update) follower.take_update(snapshot);
      try {
        if (see) see(*snapshot);
      } catch (const Error& error) {
        // Nobody reads our output any more (or its disk is full): a clean stop, then this error.
        follower.clear_bar();
        run.post({.kind = Command::Kind::stop});
        throw;
      }
      if (is_end(snapshot->state)) return follower.end;
    }
    if (run.dropped() > dropped) {
      dropped = run.dropped();
      std::fprintf(stderr, "variometer: %lld updates were not printed: the reader is too slow\n",
                   static_cast<long long>(dropped));
    }
    if (interrupted() && !std::exchange(stop_posted, true)) run.post({.kind = Command::Kind::stop});
    if (snapshots.empty()) std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
}

int exit_status(const RunEnd& end) {
  if (end.state == RunState::failed) {
    report(end.message);
    return end.status;
  }
  if (!end.message.empty()) {
    report(end.message);
    return static_cast<int>(Error::Kind::file);
  }
  return interrupted() ? kInterruptedStatus : 0;
}

}  // namespace variometer
