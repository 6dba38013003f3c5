// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>

namespace variometer {

/// What became of a file that is being written.
struct FilePlace {
  bool as_named = true;       ///< it still bears its name
  std::filesystem::path now;  ///< else where it is; empty: it was deleted, or nobody knows
  std::string words;          ///< what happened, one line; empty while `as_named`
};

/// Room on the disk ahead of HDF5, and the mark that a writer lives. HDF5 does not recover from a write that fails
/// halfway, so the blocks a batch needs are taken from the file system before the library sees the batch.
/// The mark is a lock of this descriptor that the kernel drops when the process dies, however it dies.
class DiskSpace {
 public:
  enum class Mark { writer, none };

  DiskSpace() = default;
  /// Throws Error(file) when the file cannot be opened, or another living writer holds it.
  /// `told_as`: the name in messages, where the file has another for now.
  explicit DiskSpace(const std::filesystem::path& path, Mark mark = Mark::writer,
                     const std::filesystem::path& told_as = {});
  DiskSpace(DiskSpace&& other) noexcept;
  DiskSpace& operator=(DiskSpace&& other) noexcept;
  ~DiskSpace();

  /// Makes sure that the file can grow to `bytes`. Throws Error(file) with the reason: disk full, quota, or the
  /// process's file size limit.
  void reserve(std::uint64_t bytes);
  /// Gives back what was reserved beyond the end of the file. Never throws.
  void trim() noexcept;
  /// Where the file is now. Others may move, delete or replace it while it is written.
  FilePlace place() const;
  /// A path that leads to this very file whatever it is called now, even where it has no name any more.
  std::filesystem::path by_descriptor() const;
  /// Waits until the disk has everything. Throws Error(file).
  void sync();

 private:
  std::filesystem::path path_;
  int descriptor_ = -1;
  std::uint64_t reserved_ = 0;
};

/// True while some process (this one included) has a DiskSpace on the file.
bool has_living_writer(const std::filesystem::path& path);

}  // namespace variometer
