// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <filesystem>

namespace variometer {

/// Room on the disk ahead of HDF5, and the mark that a writer lives. HDF5 does not recover from a write that fails
/// halfway, so the blocks a batch needs are taken from the file system before the library sees the batch.
/// The mark is a lock of this descriptor that the kernel drops when the process dies, however it dies.
class DiskSpace {
 public:
  DiskSpace() = default;
  /// Throws Error(file) when the file cannot be opened, or another living writer holds it.
  explicit DiskSpace(const std::filesystem::path& path);
  DiskSpace(DiskSpace&& other) noexcept;
  DiskSpace& operator=(DiskSpace&& other) noexcept;
  ~DiskSpace();

  /// Makes sure that the file can grow to `bytes`. Throws Error(file): disk full, quota, or the process's file size
  /// limit.
  void reserve(std::uint64_t bytes);
  /// Gives back what was reserved beyond the end of the file. Never throws.
  void trim() noexcept;
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
