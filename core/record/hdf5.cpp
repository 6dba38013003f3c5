// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/record/hdf5.h"

#include <algorithm>
#include <cstring>

namespace variometer::hdf5 {
namespace {

// Replaces an attribute if it is there: only ever called outside SWMR.
Handle new_attribute(hid_t object, const char* name, hid_t type, hid_t space) {
  if (H5Aexists(object, name) > 0) require_ok(H5Adelete(object, name), name);
  return {require(H5Acreate2(object, name, type, space, H5P_DEFAULT, H5P_DEFAULT), name), H5Aclose};
}

constexpr std::size_t kMaxText = 64U << 20;  // no text in a record comes near; a damaged size would

/// What HDF5 says of a file, in words that help somebody who does not know the library.
std::string in_plain_words(const std::string& reason) {
  const auto says = [&](const char* words) { return reason.find(words) != std::string::npos; };
  // "file write failed: time = ..., errno = 28, error message = 'No space left on device', buf = ...": the system's
  // own.
  constexpr std::string_view kMark = "error message = '";
  if (const auto at = reason.find(kMark); at != std::string::npos) {
    const auto begin = at + kMark.size();
    return reason.substr(begin, reason.find('\'', begin) - begin);
  }
  if (says("truncated file")) {
    // "truncated file: eof = 3000, sblock->base_addr = 0, stored_eof = 61440"
    const auto number = [&](const char* key) {
      const auto at = reason.find(key);
      const auto begin = at == std::string::npos ? at : at + std::strlen(key);
      const auto end = begin == std::string::npos ? begin : reason.find_first_not_of("0123456789", begin);
      return begin == std::string::npos ? std::string("?") : reason.substr(begin, end - begin);
    };
    return "it is cut short: " + number("stored_eof = ") + " bytes were written, " + number("eof = ") +
           " are there; copy it again";
  }
  if (says("file signature") || says("not an HDF5 file")) return "it is no HDF5 file";
  if (says("checksum")) return "a checksum in it is wrong, its content has been changed or not written to the end";
  if (says("unable to lock file")) return "another program has it open";
  if (says("already open for write") || says("consistency flags")) {
    return "another program is writing it, or was ended while it did; variometer check --repair closes it";
  }
  if (says("already open for read-only") || says("file is already open")) return "it is open already";
  if (says("doesn't exist") || says("not found") || says("can't locate") || says("can't find")) {
    return "a part of it is missing";
  }
  if (says("unable to open file") || says("unable to create file")) return "it cannot be opened";
  if (says("memory allocation failed") || says("can't allocate")) return "out of memory, or it is damaged";
  if (says("filter") || says("inflate")) return "a part of it cannot be unpacked, it is damaged";
  return "it is damaged inside (HDF5: " + reason + ")";
}

std::string trimmed(std::string text) {
  text.resize(std::min(text.size(), text.find('\0')));
  return text;
}

}  // namespace

Use::Use() {
  static std::recursive_mutex mutex;
  static const bool one_thread_only = [] {
    hbool_t safe = false;
    return H5is_library_threadsafe(&safe) < 0 || !safe;
  }();
  if (one_thread_only) lock_ = std::unique_lock(mutex);
  H5Eset_auto2(H5E_DEFAULT, nullptr, nullptr);
}

Error named_error(const std::filesystem::path& path, const Error& error) {
  const std::string message = error.what(), name = path.string();
  return {error.kind(), message.starts_with(name) ? message : name + ": " + message};
}

std::string last_reason() {
  std::string reason;
  const auto take = [](unsigned, const H5E_error2_t* error, void* out) -> herr_t {
    if (error->desc != nullptr) *static_cast<std::string*>(out) = error->desc;
    return 0;
  };
  H5Ewalk2(H5E_DEFAULT, H5E_WALK_DOWNWARD, take, &reason);
  std::replace(reason.begin(), reason.end(), '\n', ' ');
  return reason.empty() ? "the HDF5 library gave no reason" : in_plain_words(reason);
}

hid_t require(hid_t id, std::string_view what) {
  if (id < 0) throw file_error(std::string(what) + ": " + last_reason());
  return id;
}

void require_ok(herr_t status, std::string_view what) { require(status, what); }

Handle text_type(std::size_t bytes) {
  Handle type(require(H5Tcopy(H5T_C_S1), "text type"), H5Tclose);
  require_ok(H5Tset_size(type, std::max<std::size_t>(bytes, 1)), "text type");
  require_ok(H5Tset_cset(type, H5T_CSET_UTF8), "text type");
  require_ok(H5Tset_strpad(type, H5T_STR_NULLPAD), "text type");
  return type;
}

Handle file_access(bool locking) {
  Handle access(require(H5Pcreate(H5P_FILE_ACCESS), "file access"), H5Pclose);
  require_ok(H5Pset_libver_bounds(access, H5F_LIBVER_LATEST, H5F_LIBVER_LATEST), "file access");
  require_ok(H5Pset_fclose_degree(access, H5F_CLOSE_STRONG), "file access");
  require_ok(H5Pset_file_locking(access, locking, /*ignore_when_disabled=*/true), "file access");
  // A reader that meets a half-written index looks again after 1, 2, 4 ... ns. The library's hundred attempts would
  // take years on a damaged file; a write in progress is over long before these 2 ms are.
  require_ok(H5Pset_metadata_read_attempts(access, 20), "file access");
  return access;
}

Handle open_file(const std::filesystem::path& path, unsigned flags, bool locking) {
  Handle access = file_access(locking);
  Handle file(H5Fopen(path.c_str(), flags, access), H5Fclose);
  if (!file.valid()) {  // closing what else is open would wipe out why
    const hid_t why = H5Eget_current_stack();
    access.close();
    H5Eset_current_stack(why);
  }
  return file;
}

Handle open_dataset(hid_t parent, const std::string& path) {
  return {require(H5Dopen2(parent, path.c_str(), H5P_DEFAULT), path), H5Dclose};
}

Handle open_group(hid_t parent, const std::string& path) {
  return {require(H5Gopen2(parent, path.c_str(), H5P_DEFAULT), path), H5Gclose};
}

bool exists(hid_t parent, const std::string& path) {
  for (std::size_t slash = path.find('/', 1);; slash = path.find('/', slash + 1)) {
    if (H5Lexists(parent, path.substr(0, slash).c_str(), H5P_DEFAULT) <= 0) return false;
    if (slash == std::string::npos) return true;
  }
}

void set_attribute(hid_t object, const char* name, std::string_view text) {
  const Handle type = text_type(text.size());
  const Handle space(require(H5Screate(H5S_SCALAR), name), H5Sclose);
  const Handle attribute = new_attribute(object, name, type, space);
  const std::string bytes = text.empty() ? std::string(1, '\0') : std::string(text);
  require_ok(H5Awrite(attribute, type, bytes.data()), name);
}

void set_attribute(hid_t object, const char* name, const std::vector<std::string>& texts) {
  std::size_t width = 1;
  for (const auto& text : texts) width = std::max(width, text.size());
  std::string bytes(width * texts.size(), '\0');
  for (std::size_t i = 0; i < texts.size(); ++i) std::copy(texts[i].begin(), texts[i].end(), bytes.begin() + i * width);
  const Handle type = text_type(width);
  const hsize_t n = texts.size();
  const Handle space(require(H5Screate_simple(1, &n, nullptr), name), H5Sclose);
  const Handle attribute = new_attribute(object, name, type, space);
  require_ok(H5Awrite(attribute, type, bytes.data()), name);
}

void set_attribute(hid_t object, const char* name, std::int64_t value) {
  const Handle space(require(H5Screate(H5S_SCALAR), name), H5Sclose);
  const Handle attribute = new_attribute(object, name, H5T_STD_I64LE, space);
  require_ok(H5Awrite(attribute, H5T_NATIVE_INT64, &value), name);
}

void set_attribute(hid_t object, const char* name, float value) {
  const hsize_t n = 1;  // netCDF wants a list of one
  const Handle space(require(H5Screate_simple(1, &n, nullptr), name), H5Sclose);
  const Handle attribute = new_attribute(object, name, H5T_IEEE_F32LE, space);
  require_ok(H5Awrite(attribute, H5T_NATIVE_FLOAT, &value), name);
}

std::string text_attribute(hid_t object, const char* name) {
  const Handle attribute(require(H5Aopen(object, name, H5P_DEFAULT), name), H5Aclose);
  const Handle type(require(H5Aget_type(attribute), name), H5Tclose);
  const std::size_t size = H5Tget_size(type);
  const Handle space(require(H5Aget_space(attribute), name), H5Sclose);
  if (H5Tget_class(type) != H5T_STRING || H5Tis_variable_str(type) != 0 || size > kMaxText ||
      H5Sget_simple_extent_npoints(space) != 1) {
    throw file_error(std::string("attribute ") + name + " is not a text of fixed length");
  }
  std::string bytes(size, '\0');
  require_ok(H5Aread(attribute, type, bytes.data()), name);
  return trimmed(std::move(bytes));
}

std::int64_t int_attribute(hid_t object, const char* name) {
  const Handle attribute(require(H5Aopen(object, name, H5P_DEFAULT), name), H5Aclose);
  const Handle type(require(H5Aget_type(attribute), name), H5Tclose);
  const Handle space(require(H5Aget_space(attribute), name), H5Sclose);
  if (H5Tget_class(type) != H5T_INTEGER || H5Sget_simple_extent_npoints(space) != 1) {
    throw file_error(std::string("attribute ") + name + " is not one integer");
  }
  std::int64_t value = 0;
  require_ok(H5Aread(attribute, H5T_NATIVE_INT64, &value), name);
  return value;
}

void write_text(hid_t parent, const char* name, std::string_view text, const char* long_name) {
  const Handle type = text_type(text.size());
  const Handle space(require(H5Screate(H5S_SCALAR), name), H5Sclose);
  const Handle dataset(require(H5Dcreate2(parent, name, type, space, H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT), name),
                       H5Dclose);
  const std::string bytes = text.empty() ? std::string(1, '\0') : std::string(text);
  require_ok(H5Dwrite(dataset, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, bytes.data()), name);
  set_attribute(dataset, "long_name", long_name);
  set_attribute(dataset, "units", "");
}

std::string read_text(hid_t parent, const char* name) {
  const Handle dataset = open_dataset(parent, name);
  const Handle type(require(H5Dget_type(dataset), name), H5Tclose);
  const Handle space(require(H5Dget_space(dataset), name), H5Sclose);
  const std::size_t size = H5Tget_size(type);
  if (H5Tget_class(type) != H5T_STRING || H5Tis_variable_str(type) != 0 || size > kMaxText ||
      H5Sget_simple_extent_npoints(space) != 1) {
    throw file_error(std::string(name) + " is not a text of fixed length");
  }
  std::string bytes(size, '\0');
  require_ok(H5Dread(dataset, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, bytes.data()), name);
  return trimmed(std::move(bytes));
}

std::vector<hsize_t> extents(hid_t dataset) {
  const Handle space(require(H5Dget_space(dataset), "shape"), H5Sclose);
  const int rank = H5Sget_simple_extent_ndims(space);
  require_ok(rank, "shape");
  std::vector<hsize_t> sizes(static_cast<std::size_t>(rank));
  require_ok(H5Sget_simple_extent_dims(space, sizes.data(), nullptr), "shape");
  return sizes;
}

}  // namespace variometer::hdf5
