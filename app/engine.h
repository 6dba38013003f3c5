// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <string>

#include "core/base/inspector.h"
#include "core/base/rehearsal.h"
#include "core/base/run.h"
#include "core/train/fork.h"
#include "core/train/live_run.h"

namespace variometer {

/// What the window needs from the engine, as functions: the real ones are put in by run_window, tests put in others.
/// All may throw Error.
struct Engine {
  std::function<std::unique_ptr<Run>(const RunConfig&, const LiveOptions&)> start;
  /// A record; the rehearsal it is read behind may be null.
  std::function<std::unique_ptr<Run>(const std::filesystem::path&, std::shared_ptr<Rehearsal>)> open;
  /// The config a checkpoint goes on with.
  std::function<RunConfig(const std::filesystem::path&)> resume_config;
  /// Closes a record that was not closed; says in a line what it did. Empty: not available.
  std::function<std::string(const std::filesystem::path&)> repair;
  /// How a recorded run is gone on with from a step, something changed; reads the record. Empty: not available.
  std::function<ForkPlan(const ForkRequest&)> fork = {};
  /// Opens a model to look at; returns at once. Empty: the Inspect perspective stays empty.
  OpenInspector inspect;
  /// Whether a record is a snapshot of `inspect --out`, which is looked into as a model is: `inspect` opens it. Empty:
  /// none is.
  std::function<bool(const std::filesystem::path&)> is_snapshot = {};
  /// The program itself, which reads a record in a process of its own before the window does (record_rehearsal.h).
  /// Empty: nothing does.
  std::string program = {};
};

}  // namespace variometer
