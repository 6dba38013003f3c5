// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/run.h"
#include "core/train/live_run.h"

namespace variometer {

/// What a record says that decides how the run went, once all that was undone is left out.
struct RecordedCourse {
  struct Checkpoint {
    std::int64_t step = 0;  ///< updates done
    std::filesystem::path path;
    std::string run;  ///< CheckpointRun::id; empty: recorded by a program that did not tell runs apart
  };
  RunInfo info;
  std::map<std::int64_t, float> losses;  ///< by update
  std::vector<TimedCommand> commands;    ///< `set`; without train.steps
  std::vector<TimedCommand> prompts;     ///< changes of probe.prompt alone: they decide measurements only
  std::vector<Checkpoint> checkpoints;   ///< as written; some may be gone
  std::optional<Checkpoint> resumed;     ///< where a resumed run began
  std::filesystem::path init;            ///< model folder the weights came from
  std::string init_sha256;               ///< see weights_sha256
  std::string tokenizer_sha256;          ///< what it read texts with; empty: bytes
  std::int64_t n_step = 0;               ///< train.steps last in force
  std::string device() const { return info.device.substr(0, info.device.find(' ')); }
};

/// Where files of a recorded run are now, if they were moved. Empty: where they were.
struct MovedFiles {
  std::filesystem::path corpus;      ///< the text it was trained on
  std::filesystem::path init;        ///< the model it started from
  std::filesystem::path checkpoint;  ///< one of its checkpoints, or the folder they are in
};

/// Reads a record. Throws Error(file): not a record, or an event that cannot be read; Error(usage) where something is
/// said to have moved that the run does not have.
RecordedCourse read_course(const std::filesystem::path& record, const MovedFiles& moved = {});

/// Is the folder the checkpoint of this run after `at.step` updates? (It may have been overwritten since.)
bool is_checkpoint_of(const RecordedCourse& course, const RecordedCourse::Checkpoint& at);

/// Throws Error(file) unless the model folder a run started from (if any) still has the weights it had.
void require_init(const RecordedCourse& course);
/// Throws Error(file) unless the text a run was trained on (if it is in a file) is there. Whether it is the same text
/// is seen when it is read.
void require_corpus(const RecordedCourse& course);

/// Keys that may differ between a checkpoint and the run that goes on from it.
bool may_differ_on_resume(std::string_view key);

}  // namespace variometer
