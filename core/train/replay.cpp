// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/train/replay.h"

#include <chrono>
#include <thread>

#include "core/base/error.h"
#include "core/base/failure_kind.h"
#include "core/train/live_run.h"
#include "core/train/recorded_course.h"

namespace variometer {
namespace {

/// The recorded run, to be run again up to its last loss.
LiveOptions replay_options(const std::filesystem::path& path, const RecordedCourse& course,
                           const ReplayOptions& asked) {
  if (course.losses.empty()) throw file_error(path.string() + " holds no update; there is nothing to replay");
  LiveOptions live;
  live.name = course.info.name;
  live.record = asked.record;
  live.overwrite = asked.overwrite;
  live.timed = course.commands;
  live.undo_budget = 0;
  if (course.info.first_step == 0) {
    require_init(course);
    live.init = course.init;
    live.tokenizer_sha256 = course.tokenizer_sha256;
  } else {
    if (!course.resumed || !is_checkpoint_of(course, *course.resumed)) {
      throw file_error(path.string() + " begins at update " + std::to_string(course.info.first_step + 1) +
                       " of a resumed run, and the checkpoint it went on from is not there any more" +
                       (course.resumed ? ": " + course.resumed->path.string() : "") +
                       "; if it was moved, --from DIR says where");
    }
    live.resume = course.resumed->path;
  }
  if (!asked.record.empty()) live.timed.insert(live.timed.end(), course.prompts.begin(), course.prompts.end());
  return live;
}

RunConfig replay_config(const RecordedCourse& course, const LiveOptions& live) {
  RunConfig config = live.resume.empty() ? course.info.config : resume_config(live.resume);
  config.data.corpus = course.info.config.data.corpus;
  config.train.steps = course.losses.rbegin()->first;
  config.train.device = course.device();
  if (live.record.empty()) {
    // Measurements, validation and samples do not touch the losses.
    config.probe.enabled = false;
    config.train.validation_every = 0;
    config.train.sample_every = 0;
  }
  return config;
}

}  // namespace

ReplayResult replay(const std::filesystem::path& path, const ReplayOptions& options) {
  const RecordedCourse recorded = read_course(path, options.moved);
  require_corpus(recorded);
  const LiveOptions live = replay_options(path, recorded, options);
  ReplayResult result;
  result.n_step = static_cast<std::int64_t>(recorded.losses.size());
  result.n_command = static_cast<std::int64_t>(recorded.commands.size());
  result.corpus = recorded.info.config.data.corpus;
  result.sha256 = recorded.info.config.data.sha256;

  const RunConfig config = replay_config(recorded, live);
  const auto run = start_live_run(config, live);
  for (bool over = false; !over;) {
    for (const auto& snapshot : run->drain()) {
      if (snapshot->state == RunState::failed) {
        throw Error(failure_kind(*snapshot), "the replayed run failed: " + snapshot->message);
      }
      over = over || snapshot->state == RunState::finished || snapshot->state == RunState::stopped;
      result.see(recorded.losses, *snapshot);
    }
    if (over) break;
    if (options.progress && !options.progress(result.n_compared, result.n_step)) break;
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
  return result;
}

}  // namespace variometer
