// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <array>
#include <filesystem>
#include <memory>
#include <mutex>
#include <vector>

#include "core/base/run.h"
#include "core/record/table.h"

namespace variometer {

/// All tables of one record, open. `weight` is missing where the run has no tensors.
struct RecordTables {
  Table scalars, weight, activation, batch_activation, massive, maps, attention, attention_maps, hidden, events,
      samples, journal;

  /// Every table but the journal, in the order a batch is written.
  std::array<Table*, 11> data() {
    return {&scalars,   &weight,         &activation, &batch_activation, &massive, &maps,
            &attention, &attention_maps, &hidden,     &events,           &samples};
  }
};

/// Makes a record with no rows at `path` (over whatever is there), closed = 0, by way of a file beside it, so that at
/// no moment a half-made record bears the name. Throws Error(file).
void create_record(const std::filesystem::path& path, const RunInfo& info);

/// A record open for reading. Whoever reads the same file in this process shares one: HDF5 shares what it remembers of
/// a file between its openings, and version 1.10 reads wrong rows after a refresh when a dataset is open twice.
struct OpenRecord {
  std::mutex mutex;  ///< held while anything below is used
  hdf5::Handle file;
  hdf5::Handle root;
  RecordTables tables;
  bool closed = false;  ///< its writer finished, and all rows are seen

  void refresh();  ///< looks again at a growing file
};

/// Opens the file so that a living writer does not mind. Throws Error(file) when it is missing, empty, not HDF5, no
/// record, or of another version.
std::shared_ptr<OpenRecord> open_shared(const std::filesystem::path& path);

/// Opens all tables. Throws Error(file) when the file is no record or of another version.
RecordTables open_tables(hid_t file);

/// What create_record put into the file, read back.
RunInfo read_info(hid_t file);

/// Marks the record closed and sets what can only be known now. The file is open for writing, not in SWMR mode.
void mark_closed(hid_t file);

}  // namespace variometer
