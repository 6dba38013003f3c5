// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#define H5_USE_110_API
#include <hdf5.h>

#include <filesystem>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/base/error.h"

namespace variometer::hdf5 {

/// Owns one HDF5 identifier. Closing may fail when the disk is full; a destructor cannot say so, hence `close`.
class Handle {
 public:
  using Closer = herr_t (*)(hid_t);

  Handle() = default;
  Handle(hid_t id, Closer closer) : id_(id), closer_(closer) {}
  Handle(Handle&& other) noexcept : id_(std::exchange(other.id_, H5I_INVALID_HID)), closer_(other.closer_) {}
  Handle& operator=(Handle&& other) noexcept {
    if (this != &other) {
      close();
      id_ = std::exchange(other.id_, H5I_INVALID_HID);
      closer_ = other.closer_;
    }
    return *this;
  }
  ~Handle() { close(); }

  operator hid_t() const { return id_; }
  bool valid() const { return id_ >= 0; }
  /// False when HDF5 could not close it; the identifier is gone either way.
  bool close() {
    if (id_ < 0) return true;
    return closer_(std::exchange(id_, H5I_INVALID_HID)) >= 0;
  }

 private:
  hid_t id_ = H5I_INVALID_HID;
  Closer closer_ = nullptr;
};

/// Stands at the top of every function that calls the library: keeps HDF5 from printing its error stack in this thread,
/// and one thread out of a library that was built for one.
class Use {
 public:
  Use();

 private:
  std::unique_lock<std::recursive_mutex> lock_;
};

/// `error` with the file's name in front, where it does not begin with it already.
Error named_error(const std::filesystem::path& path, const Error& error);

/// The innermost reason on HDF5's error stack, in one line and in plain words.
std::string last_reason();

/// `id`, or Error(file) "<what>: <HDF5's reason>".
hid_t require(hid_t id, std::string_view what);
void require_ok(herr_t status, std::string_view what);

/// UTF-8 text of a fixed number of bytes, padded with NUL.
Handle text_type(std::size_t bytes);

/// Files are opened and made in the newest format (SWMR needs it).
/// `locking`: refuse what another process has open for writing in the ordinary way.
Handle file_access(bool locking = true);
Handle open_file(const std::filesystem::path& path, unsigned flags,
                 bool locking = true);  ///< may be invalid: last_reason()
Handle open_dataset(hid_t parent, const std::string& path);
Handle open_group(hid_t parent, const std::string& path);
bool exists(hid_t parent, const std::string& path);  ///< one link name below `parent`, or a path of them

void set_attribute(hid_t object, const char* name, std::string_view text);
void set_attribute(hid_t object, const char* name, const std::vector<std::string>& texts);
void set_attribute(hid_t object, const char* name, std::int64_t value);
void set_attribute(hid_t object, const char* name, float value);
/// Error(file) when it is missing or of another kind.
std::string text_attribute(hid_t object, const char* name);
std::int64_t int_attribute(hid_t object, const char* name);

/// A scalar text dataset.
void write_text(hid_t parent, const char* name, std::string_view text, const char* long_name);
std::string read_text(hid_t parent, const char* name);

/// Current sizes of a dataset's axes.
std::vector<hsize_t> extents(hid_t dataset);

}  // namespace variometer::hdf5
