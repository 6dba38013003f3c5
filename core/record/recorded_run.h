// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <vector>

#include "core/base/history.h"
#include "core/base/rehearsal.h"
#include "core/base/run.h"

namespace variometer {

/// A record on disk, closed or still being written by another process (then `drain` follows it as it grows).
/// Throws Error(file) when it is missing, not a record, or damaged (says how to repair it). With a `rehearsal` it is
/// read behind that, and where the rehearsal fails the run ends with its reason.
std::unique_ptr<Run> open_record(const std::filesystem::path& path, std::shared_ptr<Rehearsal> rehearsal = nullptr);

/// Hands `take` all that is recorded up to now, in order, and a last snapshot where the record ends in the middle of a
/// run; no thread is started. Throws as open_record does.
RunInfo read_snapshots(const std::filesystem::path& path, const std::function<void(const SnapshotPtr&)>& take);

/// All that is recorded up to now, as the curves views and exports read. Empty when nothing is recorded yet. Throws as
/// open_record does.
RunHistory read_history(const std::filesystem::path& path);

/// A record in memory: an inspected checkpoint, a test's run.
std::unique_ptr<Run> memory_run(RunInfo info, std::vector<SnapshotPtr> snapshots, std::vector<FramePtr> frames = {});

}  // namespace variometer
