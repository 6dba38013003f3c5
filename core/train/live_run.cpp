// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/train/live_run.h"

#include <algorithm>
#include <thread>

#include "core/base/config_fields.h"
#include "core/base/error.h"
#include "core/base/freed_memory.h"
#include "core/checkpoint/checkpoint.h"
#include "core/train/preflight.h"
#include "core/train/run_loop.h"
#include "core/train/start_run.h"

namespace variometer {
namespace {

class LiveRun : public Run {
 public:
  LiveRun(RunConfig config, LiveOptions options, at::Device device, RecorderFactory recorder)
      : channels_(static_cast<std::size_t>(std::max<std::int64_t>(options.history_capacity, 1))),
        recorded_(!options.record.empty()) {
    auto loop =
        std::make_unique<RunLoop>(channels_, std::move(config), std::move(options), device, std::move(recorder));
    // The loop is destroyed on the thread that ran it: tensors and HDF5 handles never leave it.
    thread_ = std::jthread([loop = std::move(loop)](const std::stop_token& stop) mutable {
      loop->run(stop);
      loop.reset();
      return_freed_memory();
    });
  }

  Abilities abilities() const override { return {.steer = true, .fork = recorded_}; }
  RunInfo info() const override {
    const std::scoped_lock lock(channels_.info_mutex);
    return channels_.info;
  }
  void post(Command command) override { channels_.commands.push(std::move(command)); }
  std::vector<SnapshotPtr> drain() override { return channels_.snapshots.drain(); }
  FramePtr take_frame() override { return channels_.frame.take().value_or(nullptr); }
  std::int64_t dropped() const override { return channels_.snapshots.dropped(); }

 private:
  RunChannels channels_;
  const bool recorded_;
  std::jthread thread_;  // last: stops and joins before the channels go
};

}  // namespace

std::unique_ptr<Run> start_run(const RunConfig& config, const LiveOptions& options, RecorderFactory recorder) {
  RunConfig whole = resolved(config);
  check_run(whole, options);
  const at::Device device = choose_device(whole.train);
  LiveOptions ordered = options;
  std::stable_sort(ordered.timed.begin(), ordered.timed.end(),
                   [](const TimedCommand& a, const TimedCommand& b) { return a.step < b.step; });
  return std::make_unique<LiveRun>(std::move(whole), std::move(ordered), device, std::move(recorder));
}

std::unique_ptr<Run> start_live_run(const RunConfig& config, const LiveOptions& options) {
  return start_run(config, options,
                   options.record.empty() ? RecorderFactory{} : record_to(options.record, options.overwrite));
}

RunConfig resume_config(const std::filesystem::path& path) {
  const CheckpointState state = read_checkpoint_state(path);
  const auto config = state.trainer.find("config");
  return config == state.trainer.end() ? state.config : stored_config_from_json(*config);
}

}  // namespace variometer
