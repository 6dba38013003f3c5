// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <stop_token>
#include <string>

namespace variometer {

/// How far a process of its own has read a record without harm. Whoever opens the record here reads behind it, so that
/// a file which the HDF5 library falls over is met there first, and the first snapshots need not wait for the last.
/// Any thread may call anything.
class Rehearsal {
 public:
  /// The first `n_snapshot` can be read.
  void tell(std::int64_t n_snapshot);
  /// It came to the end: all of it can be read, and what is written behind it.
  void pass();
  /// It came no further, because of `why`.
  void fail(std::string why);

  bool passed() const;
  /// How many snapshots can be read, as soon as they are more than `n`; `n` when asked to stop before that. Throws
  /// Error(file) with the reason where they never will be.
  std::int64_t more_than(std::int64_t n, const std::stop_token& stop) const;

 private:
  void change(std::int64_t n_sound, std::string failure);

  mutable std::mutex mutex_;
  mutable std::condition_variable_any changed_;
  std::int64_t n_sound_ = 0;
  std::string failure_;
};

}  // namespace variometer
