// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>

namespace variometer {

/// A file or folder that is written under a hidden name of its own (".run.h5.new-1f2e3d4c") until it is whole and is
/// put in its place. A lock of the kernel says that its writer lives; it ends with the process, however that ends, so
/// that what a killed process left behind can be told from what another one is writing. Without `release` the
/// destructor removes it.
class Unfinished {
 public:
  enum class Kind { file, folder };

  /// Makes it in `folder`, its name beginning with `unfinished_prefix(name)`. Throws Error(file).
  Unfinished(const std::filesystem::path& folder, const std::string& name, Kind kind);
  ~Unfinished();
  Unfinished(const Unfinished&) = delete;
  Unfinished& operator=(const Unfinished&) = delete;

  const std::filesystem::path& path() const { return path_; }
  /// It was moved, and what lies at `path()` now is another: that is removed in its stead.
  void moved_to(std::filesystem::path path) { path_ = std::move(path); }
  /// It is in its place now.
  void release() { path_.clear(); }

 private:
  std::filesystem::path path_;
  int descriptor_ = -1;  // holds the lock
};

/// How the names of what is written for `name` begin.
std::string unfinished_prefix(std::string_view name);

/// Removes from `folder` what processes that are gone left under names of that beginning. What is being written now,
/// and what cannot be locked (a file system without locks), stays. Never throws.
void remove_abandoned(const std::filesystem::path& folder, std::string_view prefix) noexcept;

/// Removes a file or folder with all that is in it, under such a name: a process that is killed meanwhile leaves no half
/// of it under its own, and remove_abandoned takes the rest. Throws Error(file).
void remove_whole(const std::filesystem::path& path);

/// Is this the name of something unfinished, of whatever file?
bool is_unfinished_name(std::string_view name);

}  // namespace variometer
