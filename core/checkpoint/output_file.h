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

}  // namespace variometer
