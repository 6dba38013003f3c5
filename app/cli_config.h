// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "core/base/config.h"
#include "core/train/live_run.h"
#include "core/train/recorded_course.h"
#include "core/train/starting_point.h"

namespace CLI {
class App;
}

namespace variometer {

/// What `train` was asked for, as typed.
struct TrainRequest {
  std::string preset, corpus, device, record, checkpoint, resume, init;
  std::optional<std::int64_t> steps, seed, threads;
  std::int64_t every = 0, keep = 3;
  std::vector<std::string> set, at;
  bool overwrite = false;
};

void add_train_options(CLI::App& command, TrainRequest& request);
void add_checkpoint_options(CLI::App& command, TrainRequest& request);  ///< --checkpoint, --every, --keep

void add_moved_options(CLI::App& command, MovedFiles& moved);  ///< --corpus, --init, --from

/// What was taken from the model of --init, or proposed, beside what was asked for.
struct InitTaken {
  std::optional<StartModel> model;
  std::vector<Proposal> proposals;
};

/// The run's configuration and the rest. Order: the defaults (the first demo), or the preset, the checkpoint; then
/// --corpus, --steps, ... and --set from left to right; what none of them gives is taken from the model of --init, or
/// proposed from it. Throws Error.
RunConfig train_config(const TrainRequest& request, InitTaken* taken = nullptr);
LiveOptions train_options(const TrainRequest& request, const RunConfig& config);
/// What those options ask for. Throws Error(usage) when the folder holds something that is not this run's `own`.
void take_checkpoint_folder(const TrainRequest& request, LiveOptions& options, bool own = false);

/// The checkpoint folder that --resume means: the folder, the newest in it, or the newest a record names.
std::filesystem::path checkpoint_of(const std::filesystem::path& folder_or_record);

/// Every key with its help and default, for the end of --help.
std::string key_list();

/// The whole of a text file. Throws Error(file).
std::string read_file(const std::filesystem::path& path);

}  // namespace variometer
