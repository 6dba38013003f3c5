// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/base/command.h"
#include "core/base/config.h"
#include "core/base/run.h"

namespace variometer {

/// A command applied when the run reaches a step: `--at 300:tvr.enabled=true`.
struct TimedCommand {
  std::int64_t step = 0;
  Command command;
};

/// Host memory a run may take for states to go back to (undo, the way back of a run that failed): one of a model of
/// 170 million parameters, hundreds of the demo's.
inline constexpr std::uint64_t kUndoBudget = 2'000'000'000;

/// How a run is started, beside what it is (RunConfig).
struct LiveOptions {
  std::string name;
  std::filesystem::path record;  ///< HDF5 file; empty: nothing is recorded
  bool overwrite = false;
  std::filesystem::path checkpoint;   ///< folder for checkpoints; empty: none but the ones kept for undo
  std::int64_t checkpoint_every = 0;  ///< updates; 0: only at the end
  std::int64_t checkpoint_keep = 3;
  bool checkpoint_switches = true;  ///< with checkpoint_every: also before each switch, and those all stay
  /// At its last update, or told to `stop`, the run saves its weights and pauses: everything stays alive until it is
  /// destroyed. False: it ends there.
  bool rests = false;
  std::filesystem::path resume;  ///< checkpoint folder, or a record that names one
  std::filesystem::path init;    ///< model whose weights and tokenizer the run starts from
  /// What texts must be read with instead of whatever `init` has (RunTokenizer::sha256; empty: bytes).
  std::optional<std::string> tokenizer_sha256;
  std::vector<TimedCommand> timed;
  bool start_paused = false;
  std::uint64_t undo_budget = kUndoBudget;  ///< bytes of host memory for states to go back to; 0: none is kept
  std::int64_t history_capacity = 200000;   ///< snapshots kept for a reader that does not drain
};

/// A trainer in this process: one thread that trains, measures, records and publishes; commands take effect between two
/// updates in the order posted. The constructor checks what it can (config, files, device, sizes) and throws Error;
/// what goes wrong later becomes a snapshot with state = failed. The destructor stops, closes the record and joins.
/// Thread-safe as Run says. LibTorch is used on the trainer's thread only.
///
/// What comes back: after each update one snapshot; others (is_update = false) when the run starts, pauses, ends, or
/// answers a command while it rests. Applied::step and the step of a command's event are the number of the update it
/// came before (design: commands, Time), so a `restore` with that count undoes a switch. A resumed run must be given
/// the config of resume_config(), changed in live fields at most; those changes are applied as a switch. A run that
/// rests has made all its updates where step = train.steps: a larger train.steps, then `run`, goes on.
std::unique_ptr<Run> start_live_run(const RunConfig& config, const LiveOptions& options);

/// The config in force in a checkpoint (folder of one or of several): what LiveOptions::resume goes on with. Throws
/// Error(file).
RunConfig resume_config(const std::filesystem::path& path);

}  // namespace variometer
