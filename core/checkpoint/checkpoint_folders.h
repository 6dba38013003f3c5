// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "core/base/config.h"

// Where checkpoints lie, without LibTorch. What is in them: core/checkpoint/checkpoint.h.
namespace variometer {

/// Which run a checkpoint is of. A folder may hold checkpoints of several: of a run and of one that replaced it, or
/// that went on from an earlier step of it. Every start of a program is a run of its own.
struct CheckpointRun {
  struct Ancestor {
    std::string id;
    std::int64_t step = 0;  ///< updates done when the next run went on from it
  };
  std::string id;                   ///< empty: written by a program that did not tell runs apart
  std::int64_t number = 0;          ///< in its folder; a later run has a larger one
  std::vector<Ancestor> came_from;  ///< the runs it goes on from, the first one first

  /// Is the checkpoint of run `other` after `step` updates of this run, or one this run goes on from?
  bool has(const std::string& other, std::int64_t step) const;
};

nlohmann::json to_json(const CheckpointRun& run);
/// What a state.json says; nothing in one of an older program. Throws nlohmann::json::exception.
CheckpointRun checkpoint_run_from_json(const nlohmann::json& state);

/// A new run that will keep its checkpoints in `directory` (empty: nowhere), after those that are there, and goes on
/// from the checkpoint `from` (empty: from none).
CheckpointRun new_checkpoint_run(const std::filesystem::path& directory, const std::filesystem::path& from = {});

/// The newest checkpoint of the newest run in a folder, which may be one itself and hold others, step-N. Throws
/// Error(file) when there is none.
std::filesystem::path find_checkpoint(const std::filesystem::path& path);

/// The same, but `path` itself where it is a checkpoint, whatever else lies in it.
std::filesystem::path require_checkpoint(const std::filesystem::path& path);

/// Is this folder a checkpoint of ours (it has variometer/state.json)?
bool is_checkpoint(const std::filesystem::path& folder);

/// Throws Error(file) unless a checkpoint may be written to `folder`: nothing is there, an older checkpoint, or a
/// folder in which none of a model's files would be replaced.
void require_checkpoint_place(const std::filesystem::path& folder);

/// DIR/step-000300
std::filesystem::path checkpoint_folder(const std::filesystem::path& directory, std::int64_t step);

/// Does a run that is resumed from the checkpoint `from` keep its own in the same place: `directory` is that
/// checkpoint, or the folder it lies in?
bool goes_on_in(const std::filesystem::path& directory, const std::filesystem::path& from);

/// Removes the oldest DIR/step-N of this run, and of those it goes on from, until `keep` are left, and with `replaces`
/// those of all other runs; nothing else in DIR is touched. keep < 1: removes nothing.
void prune_checkpoints(const std::filesystem::path& directory, std::int64_t keep, const CheckpointRun& run,
                       bool replaces);

/// The run's configuration, as it began. `folder` as for require_checkpoint. Throws Error(file).
RunConfig read_checkpoint_config(const std::filesystem::path& folder);

/// SHA-256 of the tokenizer the run reads texts with, which lies in the folder; empty: bytes.
std::string read_checkpoint_tokenizer(const std::filesystem::path& folder);

/// Which run made it. Throws Error(file).
CheckpointRun read_checkpoint_run(const std::filesystem::path& folder);

/// Updates done.
std::int64_t read_checkpoint_step(const std::filesystem::path& folder);

}  // namespace variometer
