// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/record/record_check.h"

#include <algorithm>
#include <array>
#include <optional>
#include <system_error>

#include "core/base/new_file.h"
#include "core/record/disk.h"
#include "core/record/record_file.h"
#include "core/record/record_reader.h"

namespace variometer {
namespace {

using hdf5::Handle;

struct Named {
  const char* path;
  Table* table;
};

std::array<Named, 12> named(RecordTables& t) {
  return {{{"/run/scalars", &t.scalars},
           {"/run/weight", &t.weight},
           {"/run/activation", &t.activation},
           {"/run/batch_activation", &t.batch_activation},
           {"/run/massive", &t.massive},
           {"/run/maps", &t.maps},
           {"/run/attention", &t.attention},
           {"/run/attention/maps", &t.attention_maps},
           {"/run/hidden", &t.hidden},
           {"/run/events", &t.events},
           {"/run/samples", &t.samples},
           {"/run/journal", &t.journal}}};
}

// Rows of each table that the journal's last sound row counts.
std::array<std::int64_t, 12> finished_rows(RecordTables& t) {
  const std::array<Table*, 7> counted{&t.scalars, &t.weight, &t.activation, &t.batch_activation,
                                      &t.massive, &t.events, &t.samples};
  std::int64_t n = t.journal.n_written();
  std::array<std::int64_t, 7> ends{};
  for (; n > 0; --n) {
    bool sound = true;
    for (std::size_t g = 0; g < counted.size(); ++g) {
      ends[g] = t.journal.read_integers(3 + g, n - 1, 1)[0];
      const std::int64_t have = g == 2
                                    ? std::min({t.activation.n_written(), t.maps.n_written(), t.attention.n_written()})
                                    : counted[g]->n_written();
      sound = sound && ends[g] >= 0 && ends[g] <= have;
    }
    if (sound) break;
  }
  if (n == 0) ends = {};
  return {
      ends[0], ends[1], ends[2], ends[3], ends[4], ends[2], ends[2], t.attention_maps.n_written(), t.hidden.n_written(),
      ends[5], ends[6], n};
}

void describe_groups(RecordReport& report, RecordTables& tables) {
  const auto rows = finished_rows(tables);
  const auto all = named(tables);
  for (std::size_t i = 0; i < all.size(); ++i) {
    const Table& table = *all[i].table;
    if (!table.open()) continue;
    RecordReport::Group group{.path = all[i].path,
                              .n_row = rows[i],
                              .n_unfinished = table.n_written() - rows[i],
                              .bytes = table.storage_bytes()};
    if (rows[i] > 0) {
      const bool by_row = table.has_column("row");
      const auto steps = table.read_integers(by_row ? 1 : 0, 0, rows[i]);
      const auto [least, most] = std::minmax_element(steps.begin(), steps.end());
      group.first_step = *least;
      group.last_step = *most;
    }
    report.groups.push_back(std::move(group));
  }
}

// The file as HDF5's own tool leaves it: flags of a writer that is gone are taken away, and the end of what was written
// is taken from the file's size, because SWMR does not keep the superblock up to date.
void clear_writer(const std::filesystem::path& path) {
  const Handle access = hdf5::file_access(/*locking=*/false);
  const hbool_t yes = true;
  hdf5::require_ok(H5Pset(access, "clear_status_flags", &yes), "repair");
  hdf5::require_ok(H5Pset(access, "skip_eof_check", &yes), "repair");
  Handle file(hdf5::require(H5Fopen(path.c_str(), H5F_ACC_RDWR, access), "cannot be opened for repair"), H5Fclose);
  hdf5::require_ok(H5Fincrement_filesize(file, 0), "repair");
  if (!file.close()) throw file_error("cannot be repaired: " + hdf5::last_reason());
}

void cut_and_close(const std::filesystem::path& path) {
  Handle file = hdf5::open_file(path, H5F_ACC_RDWR, /*locking=*/false);
  if (!file.valid()) throw file_error("cannot be opened for repair: " + hdf5::last_reason());
  {
    RecordTables tables = open_tables(file);
    const auto rows = finished_rows(tables);
    const auto all = named(tables);
    for (std::size_t i = 0; i < all.size(); ++i) {
      if (all[i].table->open()) all[i].table->truncate(rows[i]);
    }
  }
  mark_closed(file);
  if (!file.close()) throw file_error("cannot be closed: " + hdf5::last_reason());
}

}  // namespace

RecordReport check_record(const std::filesystem::path& path, const std::function<void(std::int64_t)>& read) {
  const hdf5::Use use;
  RecordReport report;
  report.being_written = has_living_writer(path);
  RecordReader reader(path);
  std::error_code failed;
  report.bytes = std::filesystem::file_size(path, failed);
  report.closed = reader.closed();
  const RunInfo& info = reader.info();
  report.name = info.name;
  report.device = info.device;
  report.dtype = info.dtype;
  report.family = info.config.model.family;
  report.n_parameter = info.n_parameter;
  report.n_layer = info.n_layer;
  report.n_embd = info.n_embd;
  report.n_tensor = static_cast<std::int64_t>(info.tensors.size());
  try {
    std::int64_t before = -1;
    for (;;) {
      const auto some = reader.next(256);
      if (some.empty()) break;
      for (const auto& snapshot : some) {
        ++report.n_snapshot;
        report.n_update += snapshot->is_update ? 1 : 0;
        report.n_undo += snapshot->step < before ? 1 : 0;
        before = snapshot->step;
        if (report.first_step < 0) report.first_step = snapshot->step;
        report.last_step = snapshot->step;
        report.state = snapshot->state;
        for (const auto& event : snapshot->events) ++report.events[event.kind];
      }
      if (read) read(report.n_snapshot);
    }
    for (std::int64_t i = 0; i < reader.n_hidden(); ++i) reader.hidden(i);
    const auto record = open_shared(path);
    const std::scoped_lock lock(record->mutex);
    report.created_utc = hdf5::text_attribute(record->root, "created_utc");
    describe_groups(report, record->tables);
    report.whole = true;
  } catch (const Error& error) {
    report.problem = error.what();
  }
  return report;
}

bool repair_record(const std::filesystem::path& path) {
  const hdf5::Use use;
  if (RecordReader(path).closed()) return false;
  if (has_living_writer(path)) throw file_error(path.string() + ": is being recorded now; stop that run first");
  const DiskSpace alone(path);  // refuses a file that is being written, and keeps it from being written meanwhile
  try {
    NewFile copy(path);
    std::filesystem::copy_file(path, copy.path(), std::filesystem::copy_options::overwrite_existing);
    clear_writer(copy.path());
    cut_and_close(copy.path());
    const RecordReport report = check_record(copy.path());
    if (!report.whole) throw file_error("is damaged: " + report.problem);
    DiskSpace(copy.path(), DiskSpace::Mark::none).sync();
    copy.commit();
  } catch (const std::filesystem::filesystem_error& error) {
    throw file_error(path.string() + ": no copy to repair could be made beside it: " + error.code().message());
  } catch (const Error& error) {
    throw file_error(path.string() + ": not repaired, the file is as it was: " + error.what());
  }
  return true;
}

}  // namespace variometer
