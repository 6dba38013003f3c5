// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstddef>
#include <filesystem>
#include <span>
#include <string>

namespace variometer {

/// A whole regular file in memory, privately: what is written to the pages never reaches the file. Throws Error(file)
/// that names it.
class MappedFile {
 public:
  explicit MappedFile(const std::filesystem::path& path);
  ~MappedFile();
  MappedFile(const MappedFile&) = delete;
  MappedFile& operator=(const MappedFile&) = delete;

  std::span<const std::byte> bytes() const { return {address_, size_}; }

 private:
  const std::byte* address_ = nullptr;
  std::size_t size_ = 0;
};

/// Says that `bytes` of a mapping will be needed soon, so that the disk starts; any thread.
void prefetch(std::span<const std::byte> bytes);

/// Gives the whole pages inside `bytes` of a mapping back to the system; they are read again when touched. Only for
/// pages nobody wrote to.
void drop_pages(std::span<const std::byte> bytes);

/// A name from a file nobody vouches for, fit for one line: quoted, escaped, at most 80 bytes of it.
std::string in_quotes(const std::string& name);

}  // namespace variometer
