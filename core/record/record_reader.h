// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "core/base/run.h"

namespace variometer {

/// Where in a record the attention maps of one measurement are.
struct StoredAttention {
  std::int64_t row = -1;  ///< -1: there are none
  std::int64_t n_head = 0, n_query = 0, n_key = 0;
  bool slot = false;  ///< key 0 is the KV-bias slot
};

/// Reads a record from its file, closed or still growing under another process. One thread owns it; RecordedRun puts a
/// thread around it. Every failure is Error(file) that names the file; nothing a file can contain makes it crash.
class RecordReader {
 public:
  explicit RecordReader(const std::filesystem::path& path);
  RecordReader(RecordReader&&) noexcept;
  RecordReader& operator=(RecordReader&&) noexcept;
  ~RecordReader();

  const RunInfo& info() const;
  bool closed() const;                  ///< its writer finished; of when the file was last looked at
  std::int64_t n_snapshot() const;      ///< in the file when it was last looked at
  std::int64_t snapshot_bytes() const;  ///< at most, of one in which everything was measured, without its massive rows
  void refresh();                       ///< looks again

  /// The next snapshots, at most `most`, in the order they were written; empty at the end. Switches and probe settings
  /// in force are put together from the config and the events; `applied`, `preview` and `recording` are not in a
  /// record.
  std::vector<SnapshotPtr> next(std::int64_t most);

  /// Hidden states and attention maps on request, one per measurement; read into memory one at a time.
  std::int64_t n_hidden() const;
  HiddenStates hidden(std::int64_t index);
  std::vector<std::int64_t> hidden_steps();
  /// The same without the attention maps, which may be larger than memory.
  HiddenStates states(std::int64_t index);
  /// Where the maps of these states are; row -1: none were stored.
  StoredAttention attention_of(const HiddenStates& states);
  /// Queries first .. first + n - 1 of one head, (n, n_key).
  std::vector<float> attention(const StoredAttention& maps, std::int64_t layer, std::int64_t head, std::int64_t first,
                               std::int64_t n);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

/// A whole record at once.
struct RecordContent {
  RunInfo info;
  std::vector<SnapshotPtr> snapshots;
  bool closed = false;
};
RecordContent read_record(const std::filesystem::path& path);

}  // namespace variometer
