// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstddef>
#include <filesystem>
#include <span>

namespace variometer {

/// A file being written from its start. What `close` has returned from is on the disk. Throws Error(file) with the
/// system's reason (no space, no permission).
class OutputFile {
 public:
  explicit OutputFile(const std::filesystem::path& path);
  ~OutputFile();
  OutputFile(const OutputFile&) = delete;
  OutputFile& operator=(const OutputFile&) = delete;

  void write(std::span<const std::byte> bytes);
  void close();

 private:
  std::filesystem::path path_;
  int descriptor_ = -1;
};

/// A folder that appears all at once: files go into `path()`, a hidden neighbour of `target`; `commit` syncs them and
/// puts the folder in place, exchanging it with an older one there, which is then removed. Without `commit` nothing
/// remains.
class NewFolder {
 public:
  explicit NewFolder(std::filesystem::path target);
  ~NewFolder();
  NewFolder(const NewFolder&) = delete;
  NewFolder& operator=(const NewFolder&) = delete;

  const std::filesystem::path& path() const { return temporary_; }
  void commit();

 private:
  std::filesystem::path target_, temporary_;
};

}  // namespace variometer
