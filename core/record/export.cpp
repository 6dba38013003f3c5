// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/record/export.h"

#include <hdf5_hl.h>

#include <algorithm>
#include <bit>
#include <cerrno>
#include <cmath>
#include <cstring>
#include <fstream>
#include <functional>
#include <system_error>
#include <vector>

#include "core/base/new_file.h"
#include "core/record/hdf5.h"
#include "core/record/text_bytes.h"

namespace variometer {
namespace {

using hdf5::Handle;
using hdf5::require;
using hdf5::require_ok;

void write_npy(std::ostream& out, const CardTable& table) {
  static_assert(std::endian::native == std::endian::little, "the header says little-endian");
  std::vector<const CardTable::Column*> numbers;
  for (const auto& column : table.columns) {
    if (!column.is_text) numbers.push_back(&column);
  }
  std::string header = "{'descr': '<f8', 'fortran_order': False, 'shape': (" + std::to_string(table.n_row()) + ", " +
                       std::to_string(numbers.size()) + "), }";
  constexpr std::size_t kBefore = 10;  // magic, version, length; with the header a multiple of 64
  header.append(63 - (kBefore + header.size()) % 64, ' ');
  header += '\n';
  out.write("\x93NUMPY\x01\x00", 8);
  out.put(static_cast<char>(header.size() & 0xFFU));
  out.put(static_cast<char>(header.size() >> 8U));
  out.write(header.data(), static_cast<std::streamsize>(header.size()));
  std::vector<double> row(numbers.size());
  for (std::size_t i = 0; i < table.n_row(); ++i) {
    for (std::size_t k = 0; k < row.size(); ++k) row[k] = numbers[k]->numbers[i];
    out.write(reinterpret_cast<const char*>(row.data()), static_cast<std::streamsize>(row.size() * sizeof(double)));
  }
}

// Not a text attribute but a dataset of its own, as everywhere in a record.
Handle write_column(hid_t file, const std::string& name, hid_t type, hsize_t n, const void* values) {
  const Handle space(require(H5Screate_simple(1, &n, nullptr), name), H5Sclose);
  const Handle properties(require(H5Pcreate(H5P_DATASET_CREATE), name), H5Pclose);
  if (n > 0) {
    const hsize_t chunk = std::min<hsize_t>(n, 64U << 10U);
    require_ok(H5Pset_chunk(properties, 1, &chunk), name);
    require_ok(H5Pset_shuffle(properties), name);
    require_ok(H5Pset_deflate(properties, 4), name);
  }
  Handle dataset(require(H5Dcreate2(file, name.c_str(), type, space, H5P_DEFAULT, properties, H5P_DEFAULT), name),
                 H5Dclose);
  require_ok(H5Dwrite(dataset, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, values), name);
  return dataset;
}

Handle write_texts(hid_t file, const std::string& name, const std::vector<std::string>& texts) {
  std::vector<std::string> stored;
  std::size_t width = 1;
  for (const auto& text : texts) {
    stored.push_back(storable(text));
    width = std::max(width, stored.back().size());
  }
  std::string bytes(width * texts.size() + 1, '\0');
  for (std::size_t i = 0; i < stored.size(); ++i) bytes.replace(i * width, stored[i].size(), stored[i]);
  const Handle type = hdf5::text_type(width);
  return write_column(file, name, type, texts.size(), bytes.data());
}

// Steps, layers, tokens: whole numbers stay whole.
Handle write_numbers(hid_t file, const std::string& name, const std::vector<double>& numbers) {
  const bool whole = std::all_of(numbers.begin(), numbers.end(),
                                 [](double value) { return std::abs(value) < 1e15 && std::trunc(value) == value; });
  if (!whole) return write_column(file, name, H5T_IEEE_F64LE, numbers.size(), numbers.data());
  const std::vector<std::int64_t> integers(numbers.begin(), numbers.end());
  return write_column(file, name, H5T_STD_I64LE, integers.size(), integers.data());
}

// Is the image a file that HDF5 opens? Images of version 1.10 with a superblock of version 3 are not: their checksum is
// that of other flags (HDFGroup/hdf5#5489).
void require_readable(const std::string& bytes) {
  const hdf5::Use use;
  const Handle access(require(H5Pcreate(H5P_FILE_ACCESS), "file"), H5Pclose);
  require_ok(H5Pset_fapl_core(access, /*increment=*/1U << 20U, /*backing_store=*/false), "file");
  require_ok(H5Pset_file_image(access, const_cast<char*>(bytes.data()), bytes.size()), "file");
  const Handle file(require(H5Fopen("written", H5F_ACC_RDONLY, access), "what was made cannot be read again"),
                    H5Fclose);
}

// The bytes of the file, made in memory: HDF5 does not recover from a write that fails halfway, and falls at the
// program's end.
std::string h5_bytes(const CardTable& table, const std::string& title) {
  const hdf5::Use use;
  const Handle access = hdf5::file_access();
  // Superblock version 0 has no checksum. H5Fget_file_image clears flags in later ones and leaves their checksum as it
  // was (HDF5 before 2025), so that no program could open the file.
  require_ok(H5Pset_libver_bounds(access, H5F_LIBVER_EARLIEST, H5F_LIBVER_V18), "file");
  require_ok(H5Pset_fapl_core(access, /*increment=*/1U << 20U, /*backing_store=*/false), "file");
  const Handle creation(require(H5Pcreate(H5P_FILE_CREATE), "file"), H5Pclose);
  require_ok(H5Pset_link_creation_order(creation, H5P_CRT_ORDER_TRACKED | H5P_CRT_ORDER_INDEXED), "file");
  Handle file(require(H5Fcreate("written", H5F_ACC_TRUNC, creation, access), "cannot be created"), H5Fclose);
  hdf5::set_attribute(file, "title", title);
  hdf5::set_attribute(file, "creator", "Variometer");
  const hsize_t n = table.n_row();
  std::vector<std::int64_t> places(n);
  for (std::size_t i = 0; i < n; ++i) places[i] = static_cast<std::int64_t>(i);
  const Handle rows = write_column(file, "row", H5T_STD_I64LE, n, places.data());
  hdf5::set_attribute(rows, "units", "1");
  hdf5::set_attribute(rows, "long_name", "running number of the row");
  require_ok(H5DSset_scale(rows, "row"), "row");
  for (const auto& column : table.columns) {
    std::string link = column.name;  // a tensor's name is one link name: no slash is in it, and none may be
    std::replace(link.begin(), link.end(), '/', '_');
    const Handle dataset =
        column.is_text ? write_texts(file, link, column.texts) : write_numbers(file, link, column.numbers);
    hdf5::set_attribute(dataset, "units", column.is_text ? "" : column.unit.empty() ? "1" : column.unit);
    hdf5::set_attribute(dataset, "long_name", column.name);
    require_ok(H5DSattach_scale(dataset, rows, 0), link);
  }
  require_ok(H5Fflush(file, H5F_SCOPE_GLOBAL), "file");
  const ssize_t size = H5Fget_file_image(file, nullptr, 0);
  require(size, "file");
  std::string bytes(static_cast<std::size_t>(size), '\0');
  require(H5Fget_file_image(file, bytes.data(), bytes.size()), "file");
  return bytes;
}

void write_stream(const std::filesystem::path& path, const std::function<void(std::ostream&)>& write) {
  errno = 0;
  std::ofstream out(path, std::ios::binary | std::ios::trunc);
  if (out) write(out);
  out.flush();
  if (!out) throw file_error(errno != 0 ? std::generic_category().message(errno) : "cannot be written");
}

}  // namespace

void export_table(const std::filesystem::path& path, const CardTable& table, const std::string& title,
                  const std::string& csv_head) {
  const std::string ending = path.extension().string();
  if (ending != ".csv" && ending != ".npy" && ending != ".h5") {
    throw usage_error(path.string() + ": the name must end in .csv, .npy or .h5");
  }
  try {
    NewFile file(path);
    if (ending == ".csv") {
      write_stream(file.path(), [&](std::ostream& out) {
        out.write(csv_head.data(), static_cast<std::streamsize>(csv_head.size()));
        write_csv(out, table);
      });
    } else if (ending == ".npy") {
      write_stream(file.path(), [&](std::ostream& out) { write_npy(out, table); });
    } else {
      const std::string bytes = h5_bytes(table, title);
      require_readable(bytes);
      write_stream(file.path(),
                   [&](std::ostream& out) { out.write(bytes.data(), static_cast<std::streamsize>(bytes.size())); });
    }
    file.commit();
  } catch (const Error& error) {
    throw hdf5::named_error(path, error);
  }
}

}  // namespace variometer
