// SPDX-License-Identifier: GPL-3.0-or-later
#include <hdf5_hl.h>

#include <algorithm>
#include <limits>
#include <numeric>

#include "core/record/table.h"

namespace variometer {
namespace {

using hdf5::Handle;
using hdf5::require;
using hdf5::require_ok;

constexpr hsize_t kChunkBytes = 8U << 10;  // of rows that are small: a demo's record stays small
constexpr hsize_t kChunkRows = 1024;
constexpr hsize_t kLargestChunk = 1U << 20;  // of rows that are large

Handle group_for(hid_t file, const layout::Table& layout) {
  if (hdf5::exists(file, layout.path)) return hdf5::open_group(file, layout.path);
  const Handle properties(require(H5Pcreate(H5P_GROUP_CREATE), layout.path), H5Pclose);
  require_ok(H5Pset_link_creation_order(properties, H5P_CRT_ORDER_TRACKED | H5P_CRT_ORDER_INDEXED), layout.path);
  Handle group(require(H5Gcreate2(file, layout.path.c_str(), H5P_DEFAULT, properties, H5P_DEFAULT), layout.path),
               H5Gclose);
  hdf5::set_attribute(group, "title", layout.title);
  if (!layout.signal.empty()) {
    hdf5::set_attribute(group, "NX_class", "NXdata");
    hdf5::set_attribute(group, "signal", layout.signal);
    hdf5::set_attribute(group, "axes", layout.nx_axes);
    if (!layout.auxiliary.empty()) hdf5::set_attribute(group, "auxiliary_signals", layout.auxiliary);
  } else {
    hdf5::set_attribute(group, "NX_class", "NXcollection");
  }
  return group;
}

Handle file_type(layout::Kind kind, std::size_t text_bytes) {
  switch (kind) {
    case layout::Kind::float32: return {require(H5Tcopy(H5T_IEEE_F32LE), "type"), H5Tclose};
    case layout::Kind::int64: return {require(H5Tcopy(H5T_STD_I64LE), "type"), H5Tclose};
    case layout::Kind::text: return hdf5::text_type(text_bytes);
  }
  return {};
}

// Appending and reading a row both touch whole chunks; a large row is cut along its first axes.
std::vector<hsize_t> chunk_of(std::vector<hsize_t> row, std::size_t element) {
  hsize_t bytes = std::accumulate(row.begin(), row.end(), static_cast<hsize_t>(element), std::multiplies<>());
  const hsize_t rows = std::clamp<hsize_t>(kChunkBytes / bytes, 1, kChunkRows);
  for (auto& size : row) {
    if (bytes <= kLargestChunk) break;
    bytes /= size;
    size = std::clamp<hsize_t>(kLargestChunk / bytes, 1, size);
    bytes *= size;
  }
  row.insert(row.begin(), rows);
  return row;
}

Handle create_growing(hid_t group, const layout::Quantity& quantity, const std::vector<hsize_t>& row) {
  const Handle type = file_type(quantity.kind, quantity.text_bytes);
  const std::vector<hsize_t> chunk = chunk_of(row, H5Tget_size(type));
  std::vector<hsize_t> now{0}, most{H5S_UNLIMITED};
  now.insert(now.end(), row.begin(), row.end());
  most.insert(most.end(), row.begin(), row.end());
  const int rank = static_cast<int>(now.size());
  const Handle space(require(H5Screate_simple(rank, now.data(), most.data()), quantity.name), H5Sclose);
  const Handle properties(require(H5Pcreate(H5P_DATASET_CREATE), quantity.name), H5Pclose);
  require_ok(H5Pset_chunk(properties, rank, chunk.data()), quantity.name);
  require_ok(H5Pset_attr_creation_order(properties, H5P_CRT_ORDER_TRACKED | H5P_CRT_ORDER_INDEXED), quantity.name);
  const float nan = std::numeric_limits<float>::quiet_NaN();
  if (quantity.kind == layout::Kind::float32) {
    require_ok(H5Pset_fill_value(properties, H5T_NATIVE_FLOAT, &nan), quantity.name);
  }
  Handle dataset(require(H5Dcreate2(group, quantity.name.c_str(), type, space, H5P_DEFAULT, properties, H5P_DEFAULT),
                         quantity.name),
                 H5Dclose);
  hdf5::set_attribute(dataset, "units", quantity.units);
  hdf5::set_attribute(dataset, "long_name", quantity.long_name);
  if (quantity.kind == layout::Kind::float32) hdf5::set_attribute(dataset, "_FillValue", nan);
  return dataset;
}

// The scale of a fixed axis: a counting one, or the names of tensors.
Handle create_fixed(hid_t group, const layout::Axis& axis, const std::vector<std::string>& names) {
  const hsize_t n = static_cast<hsize_t>(axis.size);
  const Handle space(require(H5Screate_simple(1, &n, nullptr), axis.name), H5Sclose);
  const bool named = axis.name == "tensor";
  std::size_t width = 1;
  for (const auto& name : names) width = std::max(width, name.size());
  const Handle type = file_type(named ? layout::Kind::text : layout::Kind::int64, width);
  Handle dataset(
      require(H5Dcreate2(group, axis.name.c_str(), type, space, H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT), axis.name),
      H5Dclose);
  if (named) {
    std::string bytes(width * n, '\0');
    for (std::size_t i = 0; i < names.size(); ++i) {
      std::copy(names[i].begin(), names[i].end(), bytes.begin() + static_cast<std::ptrdiff_t>(i * width));
    }
    require_ok(H5Dwrite(dataset, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, bytes.data()), axis.name);
  } else {
    std::vector<std::int64_t> values(n);
    std::iota(values.begin(), values.end(), axis.first);
    require_ok(H5Dwrite(dataset, H5T_NATIVE_INT64, H5S_ALL, H5S_ALL, H5P_DEFAULT, values.data()), axis.name);
  }
  hdf5::set_attribute(dataset, "units", named ? "" : "1");
  hdf5::set_attribute(dataset, "long_name", axis.long_name);
  require_ok(H5DSset_scale(dataset, axis.name.c_str()), axis.name);
  return dataset;
}

}  // namespace

void Table::create(hid_t file, const layout::Table& layout, const std::vector<std::string>& tensor_names) {
  const Handle group = group_for(file, layout);
  const Handle grows = create_growing(group,
                                      {layout.grows.name,
                                       layout::Kind::int64,
                                       {},
                                       layout.grows.name == "row" ? "1" : "updates",
                                       layout.grows.long_name},
                                      {});
  require_ok(H5DSset_scale(grows, layout.grows.name.c_str()), layout.grows.name);
  std::vector<Handle> scales;
  for (const auto& axis : layout.axes) {
    scales.push_back(hdf5::exists(group, axis.name) ? hdf5::open_dataset(group, axis.name)
                                                    : create_fixed(group, axis, tensor_names));
  }
  for (const auto& quantity : layout.quantities) {
    std::vector<hsize_t> row;
    std::vector<hid_t> along{grows};
    for (const auto& name : quantity.axes) {
      const auto axis =
          std::find_if(layout.axes.begin(), layout.axes.end(), [&](const auto& a) { return a.name == name; });
      row.push_back(static_cast<hsize_t>(axis->size));
      along.push_back(scales[static_cast<std::size_t>(axis - layout.axes.begin())]);
    }
    const Handle dataset = create_growing(group, quantity, row);
    for (unsigned i = 0; i < along.size(); ++i) require_ok(H5DSattach_scale(dataset, along[i], i), quantity.name);
    if (quantity.name == layout.image) {
      hdf5::set_attribute(dataset, "interpretation", "image");
      hdf5::set_attribute(dataset, "SILX_style", R"({"signal_scale_type": "log"})");
    }
  }
}

}  // namespace variometer
