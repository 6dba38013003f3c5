// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>

#include "core/base/loss_comparison.h"
#include "core/train/recorded_course.h"

namespace variometer {

struct ReplayOptions {
  std::filesystem::path record;  ///< a new record of the replayed run; empty: none
  bool overwrite = false;
  MovedFiles moved;
  /// Called now and then with updates done and in all; false stops the replay. Caller's thread.
  std::function<bool(std::int64_t step, std::int64_t n_step)> progress;
};

/// How a replayed run compares with its record, update by update. Undone branches are not replayed.
/// `n_compared` is less than `n_step` when it was stopped early.
struct ReplayResult : LossComparison {
  std::int64_t n_step = 0;     ///< losses in the record
  std::int64_t n_command = 0;  ///< commands applied on the way
  std::string corpus, sha256;
  bool equal() const { return n_compared == n_step && n_equal == n_step; }
};

/// Runs a record again from its config, seed and applied commands on this machine and compares every loss. Throws
/// Error(file): no record, no losses in it, a resumed run whose checkpoint is gone, or another corpus than the recorded
/// SHA-256; Error(run): the replayed run failed.
ReplayResult replay(const std::filesystem::path& path, const ReplayOptions& options = {});

}  // namespace variometer
