// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/record/record_writer.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <system_error>

#include "core/record/disk.h"
#include "core/record/record_file.h"
#include "core/record/snapshot_rows.h"

namespace variometer {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::int64_t kBatch = 64;                          // snapshots at most in hand ...
constexpr auto kBatchTime = std::chrono::milliseconds(500);  // ... and for so long ...
constexpr std::size_t kBatchBytes = 4U << 20;                // ... and so many bytes
constexpr std::uint64_t kMetadata = 1U << 20;                // what a batch's indexes may need, generously

}  // namespace

struct RecordWriter::State {
  std::filesystem::path path;
  DiskSpace space;
  hdf5::Handle file;
  RecordTables tables;
  SnapshotRows rows;  // turns snapshots into rows of `tables`
  Clock::time_point flushed = Clock::now();
  bool closed = false;
  FilePlace place;

  void start(const RunInfo& info, bool overwrite);
  void flush();
  void close();
  std::array<std::int64_t, 12> row_counts();
  void drop_to(const std::array<std::int64_t, 12>& counts);

  template <class Add>
  void add(Add&& add_rows, bool at_once);
};

void RecordWriter::State::start(const RunInfo& info, bool overwrite) {
  std::error_code failed;
  if (std::filesystem::exists(path, failed)) {
    if (!overwrite)
      throw usage_error(path.string() + " exists; choose another name or allow overwriting it (--overwrite)");
    if (std::filesystem::is_directory(path, failed)) throw file_error(path.string() + " is a folder");
    if (has_living_writer(path)) {
      throw file_error(path.string() + ": another run is recording into this file; choose another name");
    }
  }
  create_record(path, info);
  space = DiskSpace(path);
  file = hdf5::open_file(path, H5F_ACC_RDWR | H5F_ACC_SWMR_WRITE);
  if (!file.valid()) throw file_error(path.string() + ": cannot be opened for recording: " + hdf5::last_reason());
  tables = open_tables(file);
  rows = SnapshotRows(tables);
}

void RecordWriter::State::flush() {
  std::uint64_t need = 0;
  bool waiting = tables.journal.n_pending() > 0;
  for (const Table* table : tables.data()) {
    need += table->growth();
    waiting = waiting || table->n_pending() > 0;
  }
  flushed = Clock::now();
  if (!waiting) return;
  place = space.place();
  hsize_t size = 0;
  try {
    hdf5::require_ok(H5Fget_filesize(file, &size), "size");
    space.reserve(size + need + tables.journal.growth() + kMetadata);
    for (Table* table : tables.data()) table->flush();
    tables.journal.flush();  // last: what it counts is on its way to the disk
  } catch (const Error& error) {
    const std::string message = error.what(), name = path.string() + ": ";
    throw file_error((message.starts_with(name) ? "" : name) + message +
                     "; what is recorded is safe, make room and go on");
  }
  for (Table* table : tables.data()) table->commit();
  tables.journal.commit();
}

std::array<std::int64_t, 12> RecordWriter::State::row_counts() {
  std::array<std::int64_t, 12> counts{};
  std::size_t i = 0;
  for (const Table* table : tables.data()) counts[i++] = table->n_row();
  counts[i] = tables.journal.n_row();
  return counts;
}

void RecordWriter::State::drop_to(const std::array<std::int64_t, 12>& counts) {
  std::size_t i = 0;
  for (Table* table : tables.data()) table->drop_to(counts[i++]);
  tables.journal.drop_to(counts[i]);
}

// Adds rows and writes them when a batch is full. Rows of a call that fails are taken back: the caller tries it again.
template <class Add>
void RecordWriter::State::add(Add&& add_rows, bool at_once) {
  if (closed) throw file_error(path.string() + " is closed");
  const auto before = row_counts();
  const std::string message = rows.message();
  try {
    add_rows();
    std::size_t bytes = 0;
    for (const Table* table : tables.data()) bytes += table->pending_bytes();
    if (at_once || tables.journal.n_pending() >= kBatch || bytes >= kBatchBytes ||
        Clock::now() - flushed >= kBatchTime) {
      flush();
    }
  } catch (...) {
    drop_to(before);
    rows.set_message(message);
    throw;
  }
}

void RecordWriter::State::close() {
  if (closed) return;
  flush();
  tables = {};
  closed = true;
  if (!file.close()) {
    throw file_error(path.string() + ": could not be closed: " + hdf5::last_reason() + "; variometer check --repair");
  }
  // No lock: a reader that is just opening the file would make this fail, and `space` keeps other writers away. Not by
  // its name, which may be another file's by now.
  place = space.place();
  if (!place.as_named && place.now.empty()) throw file_error(place.words);
  hdf5::Handle again = hdf5::open_file(space.by_descriptor(), H5F_ACC_RDWR, /*locking=*/false);
  constexpr const char* kFailed = ": all is recorded, but the file could not be closed; variometer check --repair: ";
  if (!again.valid()) throw file_error(path.string() + kFailed + hdf5::last_reason());
  try {
    mark_closed(again);
    if (!again.close()) throw file_error(hdf5::last_reason());
  } catch (const Error& error) {
    throw file_error(path.string() + kFailed + error.what());
  }
  space.trim();
  space.sync();
  space = {};
  if (place.as_named) return;
  throw file_error(place.words + "; there it is whole and closed");
}

RecordWriter::RecordWriter(const std::filesystem::path& path, const RunInfo& info, bool overwrite)
    : state_(std::make_unique<State>()) {
  const hdf5::Use use;
  state_->path = path;
  state_->start(info, overwrite);
}

RecordWriter::~RecordWriter() {
  const hdf5::Use use;
  try {
    state_->close();
  } catch (...) {  // the record stays as it was after the last batch; `check --repair` closes it
  }
}

void RecordWriter::write(const Snapshot& snapshot) {
  const hdf5::Use use;
  const bool pauses = snapshot.state != RunState::running && snapshot.state != RunState::initialising;
  state_->add([&] { state_->rows.add(snapshot); }, pauses);
}

void RecordWriter::write_hidden(const HiddenStates& hidden) {
  const hdf5::Use use;
  state_->add([&] { state_->rows.add(hidden); }, /*at_once=*/true);
}

void RecordWriter::flush() {
  if (state_->closed) return;
  const hdf5::Use use;
  state_->flush();
  state_->space.sync();
}

const FilePlace& RecordWriter::place() const { return state_->place; }

void RecordWriter::close() {
  const hdf5::Use use;
  state_->close();
}

std::uint64_t RecordWriter::bytes() const {
  const hdf5::Use use;
  std::error_code failed;
  hsize_t size = 0;
  if (!state_->closed && H5Fget_filesize(state_->file, &size) >= 0) return size;
  const auto on_disk = std::filesystem::file_size(state_->path, failed);
  return failed ? 0 : on_disk;
}

}  // namespace variometer
