// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <filesystem>
#include <functional>
#include <memory>

#include "core/base/run.h"
#include "core/base/snapshot.h"
#include "core/record/disk.h"

namespace variometer {

/// Where a run's snapshots are kept; RecordWriter behind an interface, so that tests can be slow or full. Made, used
/// and destroyed on the trainer's thread.
class Recorder {
 public:
  virtual ~Recorder() = default;
  virtual void write(const Snapshot& snapshot) = 0;
  virtual void write_hidden(const HiddenStates& hidden) = 0;
  virtual void flush() = 0;
  virtual void close() = 0;
  /// Where the record is now.
  virtual FilePlace place() const { return {}; }
};

/// Called on the trainer's thread once the run's shape is known.
using RecorderFactory = std::function<std::unique_ptr<Recorder>(const RunInfo& info)>;

/// The HDF5 record.
RecorderFactory record_to(const std::filesystem::path& path, bool overwrite);

}  // namespace variometer
