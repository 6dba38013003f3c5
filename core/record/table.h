// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/record/hdf5.h"
#include "core/record/layout.h"

namespace variometer {

/// The datasets of one layout::Table in an open file: made, appended to in batches, read by rows. The growing axis is
/// column 0, the quantities follow in their order. One thread owns it.
class Table {
 public:
  /// Makes all datasets (empty), their scales and attributes. Only before SWMR begins. `fixed` values of the axes
  /// (layer, token, ...) count up; a "tensor" axis is left to the caller, who writes names.
  static void create(hid_t file, const layout::Table& layout, const std::vector<std::string>& tensor_names = {});

  Table() = default;
  /// Opens what is there. A quantity that the file does not have (an older program did not measure it) reads as not
  /// measured: NaN, -1, "". Throws Error(file) when the growing axis is missing, or a quantity where the layout must be
  /// complete, and where a dataset has another shape or type, or another size along an axis than the rest of the group.
  /// Sizes of fixed axes are taken from the file, not from the layout.
  Table(hid_t file, const layout::Table& layout);

  bool open() const { return !columns_.empty(); }
  std::size_t column(std::string_view name) const;  ///< index; the name must be one of the layout's
  bool has_column(std::string_view name) const;     ///< in the file
  std::uint64_t storage_bytes() const;              ///< that its datasets take in the file
  std::size_t n_column() const { return columns_.size(); }
  std::size_t row_bytes() const;  ///< of all columns, in memory
  std::size_t row_size(std::size_t column) const { return columns_[column].row_size; }
  /// Size of one fixed axis of a column, behind the growing one.
  std::size_t axis_size(std::size_t column, std::size_t axis) const { return columns_[column].sizes[axis]; }

  /// One more row in every column: NaN, -1 and "" until filled. Lives in memory until `flush`.
  void add_row(std::int64_t grows);
  std::span<float> floats(std::size_t column);  ///< of the newest row
  std::span<std::int64_t> integers(std::size_t column);
  void set_text(std::size_t column, std::size_t place, std::string_view text);  ///< cut at a character if too long
  std::int64_t n_row() const { return n_written_ + n_pending_; }                ///< in the file and waiting
  std::int64_t n_pending() const { return n_pending_; }
  std::size_t pending_bytes() const;
  /// Forgets waiting rows from `n_row` on.
  void drop_to(std::int64_t n_row);

  /// Bytes that writing the waiting rows may add to the file.
  std::uint64_t growth() const;
  /// Writes and flushes the waiting rows, column 0 last. They stay waiting until `commit`, so a flush that failed can
  /// be tried again and writes the same places.
  void flush();
  void commit();

  /// Rows in the file now; `refresh` looks again (SWMR). All columns have at least that many.
  std::int64_t n_written() const { return n_written_; }
  /// Only while no other handle in this process has the datasets open: HDF5 1.10 then reads other rows than asked for.
  void refresh();
  std::vector<float> read_floats(std::size_t column, std::int64_t first, std::int64_t n) const;
  /// Of one row of a column of floats the places `first` .. first + n - 1 along each fixed axis.
  std::vector<float> read_part(std::size_t column, std::int64_t row, const std::vector<std::int64_t>& first,
                               const std::vector<std::int64_t>& n) const;
  std::vector<std::int64_t> read_integers(std::size_t column, std::int64_t first, std::int64_t n) const;
  std::vector<std::string> read_texts(std::size_t column, std::int64_t first, std::int64_t n) const;

  /// Cuts every column to `n_row` rows (repair only).
  void truncate(std::int64_t n_row);

 private:
  struct Column {
    std::string name;
    layout::Kind kind = layout::Kind::float32;
    hdf5::Handle dataset;
    hdf5::Handle type;           // in memory
    std::vector<hsize_t> sizes;  // of the fixed axes
    std::size_t row_size = 1;    // elements
    std::size_t element = 4;     // bytes
    std::uint64_t chunk_rows = 1, chunk_bytes = 1;
    std::vector<std::byte> waiting;
  };

  void count_rows();
  void write_column(Column& column);
  void read(const Column& column, std::int64_t first, std::int64_t n, void* out) const;

  std::string path_;
  std::vector<Column> columns_;
  std::int64_t n_written_ = 0;
  std::int64_t n_pending_ = 0;
};

}  // namespace variometer
