// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/record/record_reader.h"

#include <algorithm>
#include <array>
#include <new>
#include <optional>

#include "core/record/in_force.h"
#include "core/record/record_file.h"
#include "core/record/row_snapshots.h"

namespace variometer {
namespace {

// Runs `work`; whatever goes wrong in it is told with the file's name.
template <class Work>
auto naming(const std::filesystem::path& path, Work&& work) {
  try {
    return work();
  } catch (const std::bad_alloc&) {
    throw file_error(path.string() + ": damaged, or larger than memory; variometer check tells which");
  } catch (const std::length_error&) {
    throw file_error(path.string() + ": damaged; variometer check tells more");
  } catch (const Error& error) {
    throw file_error(path.string() + ": " + error.what());
  }
}

}  // namespace

struct RecordReader::State {
  std::filesystem::path path;
  std::shared_ptr<OpenRecord> record;
  RunInfo info;
  bool closed = false;
  std::optional<InForce> in_force;
  RowSnapshots rows;
};

RecordReader::RecordReader(const std::filesystem::path& path) : state_(std::make_unique<State>()) {
  const hdf5::Use use;
  state_->path = path;
  naming(path, [&] {
    state_->record = open_shared(path);
    const std::scoped_lock lock(state_->record->mutex);
    state_->info = read_info(state_->record->file);
    state_->closed = state_->record->closed;
    state_->rows = RowSnapshots(state_->record->tables);
    state_->in_force.emplace(state_->info.config);
  });
}

RecordReader::RecordReader(RecordReader&&) noexcept = default;
RecordReader& RecordReader::operator=(RecordReader&&) noexcept = default;

RecordReader::~RecordReader() {
  const hdf5::Use use;
  state_.reset();
}

const RunInfo& RecordReader::info() const { return state_->info; }
bool RecordReader::closed() const { return state_->closed; }
std::int64_t RecordReader::n_snapshot() const {
  const std::scoped_lock lock(state_->record->mutex);
  return state_->record->tables.journal.n_written();
}

std::int64_t RecordReader::snapshot_bytes() const {
  const RecordTables& t = state_->record->tables;
  std::size_t bytes = t.scalars.row_bytes();
  for (const Table* table : {&t.weight, &t.activation, &t.batch_activation, &t.maps, &t.attention})
    bytes += table->row_bytes();
  return static_cast<std::int64_t>(bytes);
}

void RecordReader::refresh() {
  const hdf5::Use use;
  naming(state_->path, [&] {
    const std::scoped_lock lock(state_->record->mutex);
    state_->record->refresh();
    state_->closed = state_->record->closed;
  });
}

std::vector<SnapshotPtr> RecordReader::next(std::int64_t most) {
  const hdf5::Use use;
  return naming(state_->path, [&] {
    const std::scoped_lock lock(state_->record->mutex);
    std::vector<SnapshotPtr> out;
    for (auto& snapshot : state_->rows.next(most)) {
      for (const Event& event : snapshot->events) state_->in_force->apply(event);
      snapshot->mitigations = state_->in_force->config().mitigations;
      snapshot->probe_config = state_->in_force->config().probe;
      out.push_back(std::move(snapshot));
    }
    return out;
  });
}

std::int64_t RecordReader::n_hidden() const {
  const std::scoped_lock lock(state_->record->mutex);
  return state_->record->tables.hidden.n_written();
}

HiddenStates RecordReader::hidden(std::int64_t index) {
  const hdf5::Use use;
  return naming(state_->path, [&] {
    const std::scoped_lock lock(state_->record->mutex);
    return read_hidden(state_->record->tables, index);
  });
}

std::vector<std::int64_t> RecordReader::hidden_steps() {
  const hdf5::Use use;
  return naming(state_->path, [&] {
    const std::scoped_lock lock(state_->record->mutex);
    const Table& hidden = state_->record->tables.hidden;
    return hidden.read_integers(0, 0, hidden.n_written());
  });
}

HiddenStates RecordReader::states(std::int64_t index) {
  const hdf5::Use use;
  return naming(state_->path, [&] {
    const std::scoped_lock lock(state_->record->mutex);
    return read_states(state_->record->tables, index);
  });
}

StoredAttention RecordReader::attention_of(const HiddenStates& states) {
  const hdf5::Use use;
  return naming(state_->path, [&] {
    const std::scoped_lock lock(state_->record->mutex);
    return find_attention(state_->record->tables, states);
  });
}

std::vector<float> RecordReader::attention(const StoredAttention& maps, std::int64_t layer, std::int64_t head,
                                           std::int64_t first, std::int64_t n) {
  const hdf5::Use use;
  return naming(state_->path, [&] {
    const std::scoped_lock lock(state_->record->mutex);
    return read_attention(state_->record->tables, maps, layer, head, first, n);
  });
}

RecordContent read_record(const std::filesystem::path& path) {
  RecordReader reader(path);
  RecordContent content{.info = reader.info(), .snapshots = {}, .closed = reader.closed()};
  for (;;) {
    auto some = reader.next(256);
    if (some.empty()) return content;
    std::move(some.begin(), some.end(), std::back_inserter(content.snapshots));
  }
}

}  // namespace variometer
