// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/record/table.h"

#include <algorithm>
#include <cassert>
#include <cstring>
#include <limits>
#include <map>

#include "core/record/text_bytes.h"

namespace variometer {
namespace {

using hdf5::Handle;
using hdf5::require;
using hdf5::require_ok;

constexpr std::uint64_t kLargestRead = 1ULL << 31;  // bytes at once; what a damaged shape could ask for
constexpr std::uint64_t kLargestRow = 1ULL << 40;   // bytes; attention maps of a long text are read in parts

H5T_class_t class_of(layout::Kind kind) {
  return kind == layout::Kind::float32 ? H5T_FLOAT : kind == layout::Kind::int64 ? H5T_INTEGER : H5T_STRING;
}

}  // namespace

Table::Table(hid_t file, const layout::Table& layout) : path_(layout.path) {
  std::map<std::string, hsize_t> size_of;  // of a fixed axis: one for the whole group
  const auto open = [&](const std::string& name, layout::Kind kind, const std::vector<std::string>& axes,
                        bool may_miss) {
    Column column;
    column.name = name;
    column.kind = kind;
    const std::string path = path_ + "/" + name;
    if (may_miss && !hdf5::exists(file, path)) {
      column.type = {require(H5Tcopy(kind == layout::Kind::float32 ? H5T_NATIVE_FLOAT : H5T_NATIVE_INT64), path),
                     H5Tclose};
      if (kind == layout::Kind::text) column.type = hdf5::text_type(1);
      column.element = H5Tget_size(column.type);
      column.sizes.resize(axes.size(), 0);  // see below
      columns_.push_back(std::move(column));
      return;
    }
    column.dataset = hdf5::open_dataset(file, path);
    const Handle type(require(H5Dget_type(column.dataset), path), H5Tclose);
    std::vector<hsize_t> sizes = hdf5::extents(column.dataset);
    if (H5Tget_class(type) != class_of(kind) || sizes.size() != axes.size() + 1 ||
        (kind == layout::Kind::text && H5Tis_variable_str(type) != 0)) {
      throw file_error(path + " has another type or number of axes than a record's");
    }
    column.sizes.assign(sizes.begin() + 1, sizes.end());
    for (std::size_t i = 0; i < axes.size(); ++i) {
      const auto [axis, is_first] = size_of.try_emplace(axes[i], column.sizes[i]);
      if (!is_first && axis->second != column.sizes[i]) {
        throw file_error(path + " has " + std::to_string(column.sizes[i]) + " places along \"" + axes[i] +
                         "\" where others of its group have " + std::to_string(axis->second));
      }
    }
    switch (kind) {
      case layout::Kind::float32: column.type = {require(H5Tcopy(H5T_NATIVE_FLOAT), path), H5Tclose}; break;
      case layout::Kind::int64: column.type = {require(H5Tcopy(H5T_NATIVE_INT64), path), H5Tclose}; break;
      case layout::Kind::text: column.type = hdf5::text_type(H5Tget_size(type)); break;
    }
    column.element = H5Tget_size(column.type);
    std::uint64_t row_bytes = column.element;
    for (const hsize_t size : column.sizes) {
      if (size == 0 || size > kLargestRow / row_bytes) throw file_error(path + " has a row of impossible size");
      row_bytes *= size;
    }
    column.row_size = row_bytes / column.element;
    const Handle properties(require(H5Dget_create_plist(column.dataset), path), H5Pclose);
    std::vector<hsize_t> chunk(sizes.size());
    column.chunk_bytes = column.element;
    if (H5Pget_chunk(properties, static_cast<int>(chunk.size()), chunk.data()) == static_cast<int>(chunk.size())) {
      column.chunk_rows = std::max<hsize_t>(chunk[0], 1);
      // Chunks of one row that lie side by side, counted together.
      for (std::size_t i = 0; i < chunk.size(); ++i) {
        column.chunk_bytes *= i == 0 ? chunk[0] : (sizes[i] + chunk[i] - 1) / chunk[i] * chunk[i];
      }
    }
    columns_.push_back(std::move(column));
  };
  open(layout.grows.name, layout::Kind::int64, {}, /*may_miss=*/false);
  for (const auto& quantity : layout.quantities) {
    open(quantity.name, quantity.kind, quantity.axes, /*may_miss=*/!layout.complete);
  }
  // A column that is missing is as large as the others of its group; one place where none of them says.
  for (std::size_t i = 0; i < layout.quantities.size(); ++i) {
    Column& column = columns_[i + 1];
    if (column.dataset.valid()) continue;
    for (std::size_t axis = 0; axis < column.sizes.size(); ++axis) {
      const auto found = size_of.find(layout.quantities[i].axes[axis]);
      column.sizes[axis] = found == size_of.end() ? 1 : found->second;
      column.row_size *= column.sizes[axis];
    }
  }
  count_rows();
}

std::size_t Table::column(std::string_view name) const {
  const auto found = std::find_if(columns_.begin(), columns_.end(), [&](const Column& c) { return c.name == name; });
  assert(found != columns_.end());
  return static_cast<std::size_t>(found - columns_.begin());
}

bool Table::has_column(std::string_view name) const {
  return std::any_of(columns_.begin(), columns_.end(),
                     [&](const Column& c) { return c.name == name && c.dataset.valid(); });
}

std::size_t Table::row_bytes() const {
  std::size_t bytes = 0;
  for (const auto& column : columns_) bytes += column.row_size * column.element;
  return bytes;
}

std::uint64_t Table::storage_bytes() const {
  std::uint64_t bytes = 0;
  for (const auto& column : columns_) bytes += column.dataset.valid() ? H5Dget_storage_size(column.dataset) : 0;
  return bytes;
}

void Table::add_row(std::int64_t grows) {
  for (auto& column : columns_) {
    const std::size_t begin = column.waiting.size(), bytes = column.row_size * column.element;
    column.waiting.resize(begin + bytes);  // zeros: an empty text
    if (column.kind == layout::Kind::int64) {
      std::memset(column.waiting.data() + begin, 0xFF, bytes);
    } else if (column.kind == layout::Kind::float32) {
      const float nan = std::numeric_limits<float>::quiet_NaN();
      for (std::size_t i = 0; i < column.row_size; ++i) std::memcpy(column.waiting.data() + begin + 4 * i, &nan, 4);
    }
  }
  ++n_pending_;
  integers(0)[0] = grows;
}

std::span<float> Table::floats(std::size_t column) {
  Column& c = columns_[column];
  assert(c.kind == layout::Kind::float32 && n_pending_ > 0);
  return {reinterpret_cast<float*>(c.waiting.data() + c.waiting.size() - 4 * c.row_size), c.row_size};
}

std::span<std::int64_t> Table::integers(std::size_t column) {
  Column& c = columns_[column];
  assert(c.kind == layout::Kind::int64 && n_pending_ > 0);
  return {reinterpret_cast<std::int64_t*>(c.waiting.data() + c.waiting.size() - 8 * c.row_size), c.row_size};
}

void Table::set_text(std::size_t column, std::size_t place, std::string_view text) {
  Column& c = columns_[column];
  assert(c.kind == layout::Kind::text && n_pending_ > 0 && place < c.row_size);
  text = text.substr(0, whole_characters(text, c.element));
  std::byte* out = c.waiting.data() + c.waiting.size() - (c.row_size - place) * c.element;
  std::memset(out, 0, c.element);
  std::memcpy(out, text.data(), text.size());
}

std::size_t Table::pending_bytes() const {
  std::size_t bytes = 0;
  for (const auto& column : columns_) bytes += column.waiting.size();
  return bytes;
}

void Table::drop_to(std::int64_t n_row) {
  const std::int64_t keep = std::max<std::int64_t>(n_row - n_written_, 0);
  if (keep >= n_pending_) return;
  for (auto& column : columns_)
    column.waiting.resize(static_cast<std::size_t>(keep) * column.row_size * column.element);
  n_pending_ = keep;
}

std::uint64_t Table::growth() const {
  if (n_pending_ == 0) return 0;
  std::uint64_t bytes = 0;
  for (const auto& column : columns_) {
    const auto before = (static_cast<std::uint64_t>(n_written_) + column.chunk_rows - 1) / column.chunk_rows;
    const auto after = (static_cast<std::uint64_t>(n_row()) + column.chunk_rows - 1) / column.chunk_rows;
    bytes += (after - before) * column.chunk_bytes;
  }
  return bytes;
}

void Table::write_column(Column& column) {
  std::vector<hsize_t> whole{static_cast<hsize_t>(n_row())}, start{static_cast<hsize_t>(n_written_)},
      count{static_cast<hsize_t>(n_pending_)};
  for (const hsize_t size : column.sizes) {
    whole.push_back(size);
    start.push_back(0);
    count.push_back(size);
  }
  require_ok(H5Dset_extent(column.dataset, whole.data()), column.name);
  const Handle file_space(require(H5Dget_space(column.dataset), column.name), H5Sclose);
  require_ok(H5Sselect_hyperslab(file_space, H5S_SELECT_SET, start.data(), nullptr, count.data(), nullptr),
             column.name);
  const Handle memory(require(H5Screate_simple(static_cast<int>(count.size()), count.data(), nullptr), column.name),
                      H5Sclose);
  require_ok(H5Dwrite(column.dataset, column.type, memory, file_space, H5P_DEFAULT, column.waiting.data()),
             column.name);
  require_ok(H5Dflush(column.dataset), column.name);
}

void Table::flush() {
  if (n_pending_ == 0) return;
  for (std::size_t i = columns_.size(); i-- > 0;) write_column(columns_[i]);
}

void Table::commit() {
  n_written_ += n_pending_;
  n_pending_ = 0;
  for (auto& column : columns_) column.waiting.clear();
}

void Table::refresh() {
  // Column 0 first: whatever it says, the others have, for they are written before it.
  for (auto& column : columns_) {
    if (column.dataset.valid()) require_ok(H5Drefresh(column.dataset), column.name);
  }
  count_rows();
}

void Table::count_rows() {
  for (std::size_t i = 0; i < columns_.size(); ++i) {
    if (!columns_[i].dataset.valid()) continue;
    const auto n = static_cast<std::int64_t>(hdf5::extents(columns_[i].dataset)[0]);
    n_written_ = i == 0 ? n : std::min(n_written_, n);
  }
}

void Table::read(const Column& column, std::int64_t first, std::int64_t n, void* out) const {
  if (n <= 0) return;
  if (!column.dataset.valid()) {
    const std::size_t n_value = static_cast<std::size_t>(n) * column.row_size;
    if (column.kind == layout::Kind::float32) {
      std::fill_n(static_cast<float*>(out), n_value, std::numeric_limits<float>::quiet_NaN());
    } else {
      std::memset(out, column.kind == layout::Kind::text ? 0 : 0xFF, n_value * column.element);
    }
    return;
  }
  std::vector<hsize_t> start{static_cast<hsize_t>(first)}, count{static_cast<hsize_t>(n)};
  for (const hsize_t size : column.sizes) {
    start.push_back(0);
    count.push_back(size);
  }
  const std::string where = path_ + "/" + column.name;
  const Handle file_space(require(H5Dget_space(column.dataset), where), H5Sclose);
  require_ok(H5Sselect_hyperslab(file_space, H5S_SELECT_SET, start.data(), nullptr, count.data(), nullptr), where);
  const Handle memory(require(H5Screate_simple(static_cast<int>(count.size()), count.data(), nullptr), where),
                      H5Sclose);
  require_ok(H5Dread(column.dataset, column.type, memory, file_space, H5P_DEFAULT, out), where);
}

namespace {
std::size_t checked_size(std::int64_t n, std::size_t row_size, std::size_t element, const std::string& where) {
  if (n < 0 || static_cast<std::uint64_t>(n) > kLargestRead / (row_size * element)) {
    throw file_error(where + ": " + std::to_string(n) + " rows are more than can be read at once");
  }
  return static_cast<std::size_t>(n) * row_size;
}
}  // namespace

std::vector<float> Table::read_floats(std::size_t column, std::int64_t first, std::int64_t n) const {
  const Column& c = columns_[column];
  assert(c.kind == layout::Kind::float32);
  std::vector<float> values(checked_size(n, c.row_size, c.element, path_));
  read(c, first, n, values.data());
  return values;
}

std::vector<float> Table::read_part(std::size_t column, std::int64_t row, const std::vector<std::int64_t>& first,
                                    const std::vector<std::int64_t>& n) const {
  const Column& c = columns_[column];
  assert(c.kind == layout::Kind::float32 && first.size() == c.sizes.size() && n.size() == c.sizes.size());
  const std::string where = path_ + "/" + c.name;
  std::vector<hsize_t> start{static_cast<hsize_t>(row)}, count{1};
  std::uint64_t size = 1;
  for (std::size_t i = 0; i < first.size(); ++i) {
    if (first[i] < 0 || n[i] < 0 || static_cast<hsize_t>(first[i] + n[i]) > c.sizes[i]) {
      throw file_error(where + " has no such places");
    }
    start.push_back(static_cast<hsize_t>(first[i]));
    count.push_back(static_cast<hsize_t>(n[i]));
    size *= static_cast<std::uint64_t>(n[i]);
    if (size > kLargestRead / sizeof(float)) throw file_error(where + " has more places than can be read at once");
  }
  if (row < 0 || row >= n_written_) throw file_error(where + " has no row " + std::to_string(row));
  std::vector<float> values(size, std::numeric_limits<float>::quiet_NaN());
  if (size == 0 || !c.dataset.valid()) return values;  // not in the file: not measured
  const Handle file_space(require(H5Dget_space(c.dataset), where), H5Sclose);
  require_ok(H5Sselect_hyperslab(file_space, H5S_SELECT_SET, start.data(), nullptr, count.data(), nullptr), where);
  const Handle memory(require(H5Screate_simple(static_cast<int>(count.size()), count.data(), nullptr), where),
                      H5Sclose);
  require_ok(H5Dread(c.dataset, c.type, memory, file_space, H5P_DEFAULT, values.data()), where);
  return values;
}

std::vector<std::int64_t> Table::read_integers(std::size_t column, std::int64_t first, std::int64_t n) const {
  const Column& c = columns_[column];
  assert(c.kind == layout::Kind::int64);
  std::vector<std::int64_t> values(checked_size(n, c.row_size, c.element, path_));
  read(c, first, n, values.data());
  return values;
}

std::vector<std::string> Table::read_texts(std::size_t column, std::int64_t first, std::int64_t n) const {
  const Column& c = columns_[column];
  assert(c.kind == layout::Kind::text);
  const std::size_t size = checked_size(n, c.row_size, c.element, path_);
  std::string bytes(size * c.element, '\0');
  read(c, first, n, bytes.data());
  std::vector<std::string> texts(size);
  for (std::size_t i = 0; i < size; ++i) {
    const char* text = bytes.data() + i * c.element;
    texts[i].assign(text, ::strnlen(text, c.element));
  }
  return texts;
}

void Table::truncate(std::int64_t n_row) {
  for (auto& column : columns_) {
    if (!column.dataset.valid()) continue;
    std::vector<hsize_t> whole{static_cast<hsize_t>(n_row)};
    whole.insert(whole.end(), column.sizes.begin(), column.sizes.end());
    require_ok(H5Dset_extent(column.dataset, whole.data()), column.name);
  }
  n_written_ = n_row;
}

}  // namespace variometer
