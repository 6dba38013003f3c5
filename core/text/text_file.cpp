// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/text/text_file.h"

#include <cerrno>
#include <cstring>
#include <fstream>

#include "core/base/error.h"
#include "core/base/git_lfs.h"

namespace variometer {

std::string read_whole_file(const std::filesystem::path& path, std::uintmax_t most) {
  std::error_code error;
  const auto status = std::filesystem::status(path, error);
  if (!std::filesystem::exists(status)) throw file_error(path.string() + ": no such file");
  if (std::filesystem::is_directory(status)) throw file_error(path.string() + ": a folder where a file should be");
  std::ifstream file(path, std::ios::binary);
  if (!file) throw file_error(path.string() + ": cannot be read: " + std::strerror(errno));
  std::string text;
  if (std::filesystem::is_regular_file(status)) {
    const auto size = std::filesystem::file_size(path, error);
    if (!error && size <= most) text.reserve(size);
  }
  std::string block(1U << 16U, '\0');
  while (file.read(block.data(), static_cast<std::streamsize>(block.size())), file.gcount() > 0) {
    text.append(block, 0, static_cast<std::size_t>(file.gcount()));
    if (text.size() > most) {
      throw file_error(path.string() + ": over " + std::to_string(most >> 20U) + " MB; this is no file of that kind");
    }
  }
  refuse_git_lfs_pointer(text, path.string());
  if (file.bad()) throw file_error(path.string() + ": cannot be read to its end: " + std::strerror(errno));
  return text;
}

}  // namespace variometer
