// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/record/disk.h"

#include <fcntl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <system_error>
#include <utility>

#include "core/base/error.h"

namespace variometer {
namespace {

constexpr std::uint64_t kStride = 4U << 20;  // taken at a time where the disk has it, so that most batches cost no call

std::string reason(int error) { return std::generic_category().message(error); }

struct flock whole_file(short type) {
  struct flock lock {};
  lock.l_type = type;
  lock.l_whence = SEEK_SET;
  return lock;
}

// 0, or errno.
int allocate(int descriptor, std::uint64_t from, std::uint64_t to) {
  if (to <= from) return 0;
  while (::fallocate(descriptor, FALLOC_FL_KEEP_SIZE, static_cast<off_t>(from), static_cast<off_t>(to - from)) != 0) {
    if (errno != EINTR) return errno;
  }
  return 0;
}

}  // namespace

DiskSpace::DiskSpace(const std::filesystem::path& path) : path_(path) {
  descriptor_ = ::open(path.c_str(), O_RDWR | O_CLOEXEC);
  if (descriptor_ < 0) throw file_error(path.string() + ": " + reason(errno));
  struct flock lock = whole_file(F_WRLCK);
  if (::fcntl(descriptor_, F_OFD_SETLK, &lock) != 0 && (errno == EAGAIN || errno == EACCES)) {
    ::close(std::exchange(descriptor_, -1));
    throw file_error(path.string() + ": another run is recording into this file; choose another name");
  }
}

DiskSpace::DiskSpace(DiskSpace&& other) noexcept
    : path_(std::move(other.path_)), descriptor_(std::exchange(other.descriptor_, -1)), reserved_(other.reserved_) {}

DiskSpace& DiskSpace::operator=(DiskSpace&& other) noexcept {
  if (this != &other) {
    if (descriptor_ >= 0) ::close(descriptor_);
    path_ = std::move(other.path_);
    descriptor_ = std::exchange(other.descriptor_, -1);
    reserved_ = other.reserved_;
  }
  return *this;
}

DiskSpace::~DiskSpace() {
  if (descriptor_ >= 0) ::close(descriptor_);
}

void DiskSpace::reserve(std::uint64_t bytes) {
  // Asked every time: the limit does not stop fallocate, and it may change while we run.
  rlimit limit{};
  if (::getrlimit(RLIMIT_FSIZE, &limit) == 0 && limit.rlim_cur != RLIM_INFINITY && bytes > limit.rlim_cur) {
    throw file_error(path_.string() + ": the process may not write files beyond " + std::to_string(limit.rlim_cur) +
                     " bytes (ulimit -f); what is recorded is safe");
  }
  if (bytes <= reserved_) return;
  int error = allocate(descriptor_, reserved_, bytes + kStride);
  if (error == 0) {
    reserved_ = bytes + kStride;
    return;
  }
  error = allocate(descriptor_, reserved_, bytes);
  if (error == 0) {
    reserved_ = bytes;
    return;
  }
  if (error == EOPNOTSUPP || error == ENOSYS) {  // a file system that cannot promise: look at what is free
    struct stat status {};
    std::error_code failed;
    const auto space = std::filesystem::space(path_.parent_path().empty() ? "." : path_.parent_path(), failed);
    const bool known = !failed && ::fstat(descriptor_, &status) == 0;
    const auto size = static_cast<std::uint64_t>(status.st_size);
    if (!known || bytes <= size || space.available >= bytes - size) return;
    error = ENOSPC;
  }
  throw file_error(path_.string() + ": " + reason(error) + "; what is recorded is safe, make room and go on");
}

void DiskSpace::trim() noexcept {
  struct stat status {};
  if (descriptor_ < 0 || ::fstat(descriptor_, &status) != 0) return;
  if (::ftruncate(descriptor_, status.st_size) == 0) reserved_ = static_cast<std::uint64_t>(status.st_size);
}

void DiskSpace::sync() {
  if (descriptor_ >= 0 && ::fdatasync(descriptor_) != 0) throw file_error(path_.string() + ": " + reason(errno));
}

bool has_living_writer(const std::filesystem::path& path) {
  const int descriptor = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (descriptor < 0) return false;
  struct flock lock = whole_file(F_WRLCK);
  const bool asked = ::fcntl(descriptor, F_OFD_GETLK, &lock) == 0;
  ::close(descriptor);
  return asked && lock.l_type != F_UNLCK;
}

}  // namespace variometer
