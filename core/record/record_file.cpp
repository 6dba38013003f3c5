// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/record/record_file.h"

#include <algorithm>
#include <chrono>
#include <cstring>
#include <ctime>
#include <sstream>
#include <system_error>

#include "core/base/config_fields.h"
#include "core/base/json_text.h"
#include "core/base/new_file.h"
#include "core/record/disk.h"

namespace variometer {
namespace {

using hdf5::Handle;
using hdf5::require;
using hdf5::require_ok;

constexpr std::uint64_t kEmptyRecord = 2U << 20;  // bytes; measured well below 1 MiB plus names of tensors

std::string now_utc() {
  const std::time_t now = std::chrono::system_clock::to_time_t(std::chrono::system_clock::now());
  std::tm parts{};
  ::gmtime_r(&now, &parts);
  char text[32];
  std::strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", &parts);
  return text;
}

std::string shape_text(const std::vector<std::int64_t>& shape) {
  std::string text;
  for (const std::int64_t size : shape) text += (text.empty() ? "" : "x") + std::to_string(size);
  return text;
}

std::vector<std::int64_t> parse_shape(const std::string& text) {
  std::vector<std::int64_t> shape;
  std::istringstream in(text);
  for (std::string part; std::getline(in, part, 'x');) shape.push_back(std::strtoll(part.c_str(), nullptr, 10));
  return shape;
}

// A plain 1-D dataset along /run/weight/tensor: xarray takes the last of several scales on one axis, so these are none.
Handle along_tensors(hid_t group, const char* name, hid_t type, hsize_t n, const char* units, const char* long_name,
                     hid_t memory_type, const void* values) {
  const Handle space(require(H5Screate_simple(1, &n, nullptr), name), H5Sclose);
  Handle dataset(require(H5Dcreate2(group, name, type, space, H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT), name), H5Dclose);
  require_ok(H5Dwrite(dataset, memory_type, H5S_ALL, H5S_ALL, H5P_DEFAULT, values), name);
  hdf5::set_attribute(dataset, "units", units);
  hdf5::set_attribute(dataset, "long_name", long_name);
  return dataset;
}

void write_integers(hid_t group, const char* name, const std::vector<std::int64_t>& values, const char* long_name) {
  along_tensors(group, name, H5T_STD_I64LE, values.size(), "1", long_name, H5T_NATIVE_INT64, values.data());
}

void write_texts(hid_t group, const char* name, const std::vector<std::string>& texts, const char* long_name) {
  std::size_t width = 1;
  for (const auto& text : texts) width = std::max(width, text.size());
  std::string bytes(width * texts.size(), '\0');
  for (std::size_t i = 0; i < texts.size(); ++i) bytes.replace(i * width, texts[i].size(), texts[i]);
  const Handle type = hdf5::text_type(width);
  along_tensors(group, name, type, texts.size(), "", long_name, type, bytes.data());
}

void write_tensors(hid_t file, const std::vector<TensorInfo>& tensors) {
  const Handle group = hdf5::open_group(file, "/run/weight");
  std::vector<std::int64_t> layers, targets;
  std::vector<std::string> roles, shapes;
  for (const auto& tensor : tensors) {
    layers.push_back(tensor.layer);
    targets.push_back(tensor.tvr_target ? 1 : 0);
    roles.push_back(tensor.role);
    shapes.push_back(shape_text(tensor.shape));
  }
  write_integers(group, "layer", layers, "block the tensor belongs to, -1 outside the blocks");
  write_texts(group, "role", roles, "what the tensor is for");
  write_texts(group, "shape", shapes, "sizes of the tensor");
  write_integers(group, "tvr_target", targets, "1: TVR looks at it");
}

void fill(hid_t file, const RunInfo& info) {
  const layout::Sizes sizes = layout::sizes_of(info);
  hdf5::set_attribute(file, "NX_class", "NXroot");
  hdf5::set_attribute(file, "default", "run");
  hdf5::set_attribute(file, "format", layout::kFormat);
  hdf5::set_attribute(file, "creator", "Variometer");
  hdf5::set_attribute(file, "created_utc", now_utc());
  hdf5::set_attribute(file, "closed", std::int64_t{0});
  hdf5::write_text(file, "README", layout::readme(), "how to read this file");
  {
    const Handle properties(require(H5Pcreate(H5P_GROUP_CREATE), "/run"), H5Pclose);
    require_ok(H5Pset_link_creation_order(properties, H5P_CRT_ORDER_TRACKED | H5P_CRT_ORDER_INDEXED), "/run");
    const Handle run(require(H5Gcreate2(file, "/run", H5P_DEFAULT, properties, H5P_DEFAULT), "/run"), H5Gclose);
    hdf5::set_attribute(run, "NX_class", "NXentry");
    hdf5::set_attribute(run, "default", "activation");
    hdf5::set_attribute(run, "title", info.name);
    hdf5::set_attribute(run, "seed", info.config.train.seed);
    hdf5::set_attribute(run, "device", info.device);
    hdf5::set_attribute(run, "dtype", info.dtype);
    hdf5::set_attribute(run, "torch_dtype", info.dtype);
    hdf5::set_attribute(run, "n_layer", info.n_layer);
    hdf5::set_attribute(run, "n_embd", info.n_embd);
    hdf5::set_attribute(run, "n_parameter", info.n_parameter);
    hdf5::set_attribute(run, "first_step", info.first_step);
    hdf5::write_text(run, "config", json_text(to_json(info.config), 2),
                     "everything needed to start this run again, JSON");
  }
  Table::create(file, layout::events());
  Table::create(file, layout::scalars());
  if (sizes.n_tensor > 0) {
    std::vector<std::string> names;
    for (const auto& tensor : info.tensors) names.push_back(tensor.name);
    Table::create(file, layout::weight(sizes), names);
    write_tensors(file, info.tensors);
  }
  Table::create(file, layout::activation(sizes));
  Table::create(file, layout::batch_activation(sizes));
  Table::create(file, layout::massive());
  Table::create(file, layout::maps(sizes));
  Table::create(file, layout::attention(sizes));
  Table::create(file, layout::attention_maps(sizes));
  Table::create(file, layout::hidden(sizes));
  Table::create(file, layout::samples());
  Table::create(file, layout::journal());
}

// One fixed-length axis of texts or integers, bounded by what a model can have.
constexpr hsize_t kMostTensors = 1U << 20;

hsize_t length_of(hid_t dataset, const char* path, H5T_class_t kind, hid_t type) {
  const std::vector<hsize_t> sizes = hdf5::extents(dataset);
  if (sizes.size() != 1 || sizes[0] > kMostTensors || H5Tget_class(type) != kind || H5Tget_size(type) > 4096 ||
      (kind == H5T_STRING && H5Tis_variable_str(type) != 0)) {
    throw file_error(std::string(path) + " has another type or shape than a record's");
  }
  return sizes[0];
}

std::vector<std::string> read_names(hid_t file, const char* path) {
  const Handle dataset = hdf5::open_dataset(file, path);
  const Handle type(require(H5Dget_type(dataset), path), H5Tclose);
  const hsize_t n = length_of(dataset, path, H5T_STRING, type);
  const std::size_t width = H5Tget_size(type);
  std::string bytes(width * n, '\0');
  require_ok(H5Dread(dataset, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, bytes.data()), path);
  std::vector<std::string> names(n);
  for (std::size_t i = 0; i < n; ++i)
    names[i].assign(bytes.data() + i * width, ::strnlen(bytes.data() + i * width, width));
  return names;
}

std::vector<std::int64_t> read_numbers(hid_t file, const char* path) {
  const Handle dataset = hdf5::open_dataset(file, path);
  const Handle type(require(H5Dget_type(dataset), path), H5Tclose);
  std::vector<std::int64_t> values(length_of(dataset, path, H5T_INTEGER, type));
  require_ok(H5Dread(dataset, H5T_NATIVE_INT64, H5S_ALL, H5S_ALL, H5P_DEFAULT, values.data()), path);
  return values;
}

// A viewer shows this row of a [step, ...] quantity on opening: the newest, once there is one.
void show_row(hid_t file, const char* path, int n_axis, hsize_t n_row) {
  const Handle dataset = hdf5::open_dataset(file, path);
  std::vector<std::string> slice{std::to_string(n_row == 0 ? 0 : n_row - 1)};
  for (int i = 1; i < n_axis; ++i) slice.emplace_back(i < n_axis - 2 ? "0" : ".");
  const Handle group(require(H5Gopen2(file, std::filesystem::path(path).parent_path().c_str(), H5P_DEFAULT), path),
                     H5Gclose);
  hdf5::set_attribute(group, "default_slice", slice);
}

}  // namespace

void create_record(const std::filesystem::path& path, const RunInfo& info) {
  layout::sizes_of(info);
  try {
    NewFile beside(path);
    const Handle access = hdf5::file_access();
    const Handle creation(require(H5Pcreate(H5P_FILE_CREATE), "file"), H5Pclose);
    require_ok(H5Pset_link_creation_order(creation, H5P_CRT_ORDER_TRACKED | H5P_CRT_ORDER_INDEXED), "file");
    // Paged: no small piece of metadata crosses a 4096-byte page. A write that SIGKILL cuts short is cut between pages
    // of the system's cache, and a piece that is half old and half new fails its checksum.
    require_ok(H5Pset_file_space_strategy(creation, H5F_FSPACE_STRATEGY_PAGE, /*persist=*/false, /*threshold=*/1),
               "file");
    require_ok(H5Pset_file_space_page_size(creation, 4096), "file");
    Handle file(require(H5Fcreate(beside.path().c_str(), H5F_ACC_TRUNC, creation, access), "cannot be created"),
                H5Fclose);
    DiskSpace space(beside.path(), DiskSpace::Mark::none, path);
    try {
      space.reserve(kEmptyRecord + info.tensors.size() * 1024);
    } catch (const Error& error) {
      throw file_error(std::string(error.what()) + "; nothing is recorded, make room or record somewhere else");
    }
    fill(file, info);
    require_ok(H5Fflush(file, H5F_SCOPE_GLOBAL), "cannot be written");
    if (!file.close()) throw file_error("cannot be written: " + hdf5::last_reason());
    space.trim();
    space.sync();
    beside.commit();
  } catch (const Error& error) {
    if (error.kind() != Error::Kind::file) throw;
    throw hdf5::named_error(path, error);
  }
}

RecordTables open_tables(hid_t file) {
  std::string format;
  if (H5Aexists(file, "format") > 0) format = hdf5::text_attribute(file, "format");
  if (format != layout::kFormat) {
    throw file_error(format.empty() ? "is HDF5, but not a record of Variometer"
                                    : "has the format " + format + ", expected " + layout::kFormat);
  }
  const layout::Sizes any;
  RecordTables tables{.scalars = {file, layout::scalars()},
                      .weight = {},
                      .activation = {file, layout::activation(any)},
                      .batch_activation = {file, layout::batch_activation(any)},
                      .massive = {file, layout::massive()},
                      .maps = {file, layout::maps(any)},
                      .attention = {file, layout::attention(any)},
                      .attention_maps = {file, layout::attention_maps(any)},
                      .hidden = {file, layout::hidden(any)},
                      .events = {file, layout::events()},
                      .samples = {file, layout::samples()},
                      .journal = {file, layout::journal()}};
  if (hdf5::exists(file, "/run/weight")) tables.weight = {file, layout::weight(any)};
  return tables;
}

RunInfo read_info(hid_t file) {
  const Handle run = hdf5::open_group(file, "/run");
  RunInfo info;
  try {
    info.config = stored_config_from_json(nlohmann::json::parse(hdf5::read_text(run, "config")));
  } catch (const nlohmann::json::exception& error) {
    throw file_error(std::string("/run/config is not JSON: ") + error.what());
  } catch (const Error& error) {
    throw file_error(std::string("/run/config: ") + error.what());
  }
  info.name = hdf5::text_attribute(run, "title");
  info.device = hdf5::text_attribute(run, "device");
  info.dtype = hdf5::text_attribute(run, "dtype");
  info.n_layer = hdf5::int_attribute(run, "n_layer");
  info.n_embd = hdf5::int_attribute(run, "n_embd");
  info.n_parameter = hdf5::int_attribute(run, "n_parameter");
  info.first_step = hdf5::int_attribute(run, "first_step");
  if (!hdf5::exists(file, "/run/weight")) return info;
  const std::vector<std::string> names = read_names(file, "/run/weight/tensor");
  const std::vector<std::string> roles = read_names(file, "/run/weight/role");
  const std::vector<std::string> shapes = read_names(file, "/run/weight/shape");
  const std::vector<std::int64_t> layers = read_numbers(file, "/run/weight/layer");
  const std::vector<std::int64_t> targets = read_numbers(file, "/run/weight/tvr_target");
  const std::size_t n = names.size();
  if (roles.size() != n || shapes.size() != n || layers.size() != n || targets.size() != n) {
    throw file_error("/run/weight: names, layers and roles of tensors differ in number");
  }
  for (std::size_t i = 0; i < n; ++i) {
    info.tensors.push_back(
        {names[i], static_cast<std::int32_t>(layers[i]), roles[i], parse_shape(shapes[i]), targets[i] != 0});
  }
  return info;
}

void mark_closed(hid_t file) {
  for (const auto& [path, n_axis] : {std::pair{"/run/maps/channel_max", 3}, {"/run/hidden/hidden", 4}}) {
    const Handle dataset = hdf5::open_dataset(file, path);
    show_row(file, path, n_axis, hdf5::extents(dataset)[0]);
  }
  // Over the one that is there, which a reader may be looking at.
  const std::int64_t closed = 1;
  const Handle attribute(require(H5Aopen(file, "closed", H5P_DEFAULT), "closed"), H5Aclose);
  require_ok(H5Awrite(attribute, H5T_NATIVE_INT64, &closed), "closed");
}

}  // namespace variometer
