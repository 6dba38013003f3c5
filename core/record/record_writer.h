// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>

#include "core/base/run.h"
#include "core/base/snapshot.h"
#include "core/record/disk.h"

namespace variometer {

/// Writes the HDF5 record of a run (design: record): SWMR, all objects created first, flushed every batch of snapshots.
/// One thread owns it. Throws Error(usage) when the file exists and `overwrite` is false, Error(file) when it cannot be
/// written; a failed write leaves what is recorded readable and can be tried again (`write` of the same snapshot).
/// A record that is moved while it is written is written to its end and closed where it is; `close` then throws.
class RecordWriter {
 public:
  RecordWriter(const std::filesystem::path& path, const RunInfo& info, bool overwrite);
  ~RecordWriter();  ///< closes if `close` was not called; never throws

  void write(const Snapshot& snapshot);
  void write_hidden(const HiddenStates& hidden);
  void flush();
  void close();
  std::uint64_t bytes() const;
  /// Where the record is, as of the last batch: others may move or delete it meanwhile.
  const FilePlace& place() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace variometer
