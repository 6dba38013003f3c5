// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/checkpoint/output_file.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>

#include "core/base/error.h"

namespace variometer {
namespace {

namespace fs = std::filesystem;

[[noreturn]] void fail(const fs::path& path, int error) {
  throw file_error(path.string() + ": cannot write: " + std::strerror(error));
}

}  // namespace

OutputFile::OutputFile(const fs::path& path) : path_(path) {
  descriptor_ = open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
  if (descriptor_ < 0) fail(path_, errno);
}

OutputFile::~OutputFile() {
  if (descriptor_ >= 0) ::close(descriptor_);
}

void OutputFile::write(std::span<const std::byte> bytes) {
  constexpr std::size_t kPiece = std::size_t{1} << 26;
  while (!bytes.empty()) {
    const ssize_t n = ::write(descriptor_, bytes.data(), std::min(bytes.size(), kPiece));
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) fail(path_, errno);
    bytes = bytes.subspan(static_cast<std::size_t>(n));
  }
}

void OutputFile::close() {
  const int descriptor = std::exchange(descriptor_, -1);
  const bool synced = fsync(descriptor) == 0 || errno == EINVAL || errno == EROFS;  // a pipe cannot be synced
  const int error = errno;
  if (::close(descriptor) != 0) fail(path_, errno);
  if (!synced) fail(path_, error);
}

}  // namespace variometer
