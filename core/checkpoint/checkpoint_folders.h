// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <filesystem>

#include "core/base/config.h"

// Where checkpoints lie, without LibTorch. What is in them: core/checkpoint/checkpoint.h.
namespace variometer {

/// `path` itself when it is a checkpoint, else the newest step-N in it. Throws Error(file) when there is none.
std::filesystem::path find_checkpoint(const std::filesystem::path& path);

/// Is this folder a checkpoint of ours (it has variometer/state.json)?
bool is_checkpoint(const std::filesystem::path& folder);

/// DIR/step-000300
std::filesystem::path checkpoint_folder(const std::filesystem::path& directory, std::int64_t step);

/// Removes the oldest DIR/step-N until `keep` are left; nothing else in DIR is touched. keep < 1: removes nothing.
void prune_checkpoints(const std::filesystem::path& directory, std::int64_t keep);

/// The run's configuration, as it began. `folder` as for find_checkpoint. Throws Error(file).
RunConfig read_checkpoint_config(const std::filesystem::path& folder);

/// SHA-256 of the tokenizer the run reads texts with, which lies in the folder; empty: bytes.
std::string read_checkpoint_tokenizer(const std::filesystem::path& folder);

/// Updates done.
std::int64_t read_checkpoint_step(const std::filesystem::path& folder);

}  // namespace variometer
