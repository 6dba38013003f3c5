// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "core/base/snapshot.h"

namespace variometer {

/// What a record holds and in what state it is.
struct RecordReport {
  struct Group {
    std::string path;                              ///< "/run/weight"
    std::int64_t n_row = 0;                        ///< that belong to the record
    std::int64_t n_unfinished = 0;                 ///< rows behind them, of a batch that was never finished
    std::uint64_t bytes = 0;                       ///< of the file
    std::int64_t first_step = -1, last_step = -1;  ///< smallest and largest; -1: no rows
  };
  std::uint64_t bytes = 0;
  std::string created_utc;
  bool whole = false;          ///< every row was read
  std::string problem;         ///< why not, in one line
  bool closed = false;         ///< its writer finished
  bool being_written = false;  ///< a process is recording into it now
  std::string name, device, dtype, family;
  std::int64_t n_parameter = 0, n_layer = 0, n_embd = 0, n_tensor = 0;
  std::int64_t n_snapshot = 0, n_update = 0, n_undo = 0;
  std::int64_t first_step = -1, last_step = -1;
  RunState state = RunState::initialising;     ///< of the last snapshot
  std::map<std::string, std::int64_t> events;  ///< how many of each kind
  std::vector<Group> groups;
};

/// Reads all of it; `read`, where given, is told after every batch how many snapshots that were. Throws Error(file)
/// when the file is missing, not a record, or too damaged to be opened.
RecordReport check_record(const std::filesystem::path& path, const std::function<void(std::int64_t)>& read = {});

/// Closes a record whose writer died: cuts off the unfinished batch and marks it closed. Works on a copy beside the
/// file that takes its place when it was read to the end, so a failure leaves the file as it was. False: nothing to do.
/// Throws Error(file) when it is being written, damaged, or there is no room for the copy.
bool repair_record(const std::filesystem::path& path);

}  // namespace variometer
