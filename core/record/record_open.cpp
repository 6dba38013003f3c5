// SPDX-License-Identifier: GPL-3.0-or-later
#include <sys/stat.h>

#include <map>
#include <system_error>
#include <utility>

#include "core/record/record_file.h"

namespace variometer {
namespace {

using hdf5::Handle;

Handle open_for_reading(const std::filesystem::path& path) {
  std::error_code failed;
  if (!std::filesystem::exists(path, failed)) throw file_error("no such file");
  if (!std::filesystem::is_regular_file(path, failed)) throw file_error("is not a file");
  if (std::filesystem::file_size(path, failed) == 0) throw file_error("is empty");
  // SWMR reads both what is being written and what is closed; an older format knows no SWMR.
  hdf5::Handle file = hdf5::open_file(path, H5F_ACC_RDONLY | H5F_ACC_SWMR_READ);
  if (!file.valid()) file = hdf5::open_file(path, H5F_ACC_RDONLY);
  if (!file.valid()) throw file_error("cannot be read as a record: " + hdf5::last_reason());
  return file;
}

using Identity = std::pair<dev_t, ino_t>;

}  // namespace

void OpenRecord::refresh() {
  // Before the rows: a record that is closed by now has all of them.
  hdf5::require_ok(H5Orefresh(root), "refresh");
  closed = hdf5::int_attribute(root, "closed") != 0;
  tables.journal.refresh();  // first: the others have what it counts
  for (Table* table : tables.data()) {
    if (table->open()) table->refresh();
  }
}

std::shared_ptr<OpenRecord> open_shared(const std::filesystem::path& path) {
  static std::mutex mutex;
  static std::map<Identity, std::weak_ptr<OpenRecord>> all;
  const std::scoped_lock lock(mutex);
  std::erase_if(all, [](const auto& each) { return each.second.expired(); });
  struct stat status {};
  const bool known = ::stat(path.c_str(), &status) == 0;
  const Identity identity{status.st_dev, status.st_ino};
  if (known) {
    if (const auto found = all.find(identity); found != all.end()) {
      if (auto record = found->second.lock()) {
        const std::scoped_lock using_it(record->mutex);
        record->refresh();
        return record;
      }
    }
  }
  auto record = std::make_shared<OpenRecord>();
  record->file = open_for_reading(path);
  record->root = hdf5::open_group(record->file, "/");
  record->closed = H5Aexists(record->root, "closed") > 0 && hdf5::int_attribute(record->root, "closed") != 0;
  record->tables = open_tables(record->file);
  all[identity] = record;
  return record;
}

}  // namespace variometer
