// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/record/disk.h"

#include <fcntl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
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

DiskSpace::DiskSpace(const std::filesystem::path& path, Mark mark, const std::filesystem::path& told_as)
    : path_(told_as.empty() ? path : told_as) {
  descriptor_ = ::open(path.c_str(), O_RDWR | O_CLOEXEC);
  if (descriptor_ < 0) throw file_error(path_.string() + ": " + reason(errno));
  if (mark == Mark::none) return;
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
                     " bytes (ulimit -f)");
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
    struct statvfs space {};
    const bool known = ::fstatvfs(descriptor_, &space) == 0 && ::fstat(descriptor_, &status) == 0;
    const auto size = static_cast<std::uint64_t>(status.st_size);
    if (!known || bytes <= size || std::uint64_t{space.f_bavail} * space.f_frsize >= bytes - size) return;
    error = ENOSPC;
  }
  throw file_error(path_.string() + ": " + reason(error));
}

void DiskSpace::trim() noexcept {
  struct stat status {};
  if (descriptor_ < 0 || ::fstat(descriptor_, &status) != 0) return;
  if (::ftruncate(descriptor_, status.st_size) == 0) reserved_ = static_cast<std::uint64_t>(status.st_size);
}

std::filesystem::path DiskSpace::by_descriptor() const { return "/proc/self/fd/" + std::to_string(descriptor_); }

FilePlace DiskSpace::place() const {
  struct stat ours {
  }, named{};
  if (descriptor_ < 0 || ::fstat(descriptor_, &ours) != 0) return {};
  const auto is_ours = [&](const std::filesystem::path& path) {
    return ::stat(path.c_str(), &named) == 0 && named.st_ino == ours.st_ino && named.st_dev == ours.st_dev;
  };
  if (is_ours(path_)) return {};
  FilePlace place{.as_named = false, .now = {}, .words = path_.string()};
  const bool replaced = ::stat(path_.c_str(), &named) == 0;
  std::error_code error;
  place.now = std::filesystem::read_symlink(by_descriptor(), error);
  if (error || !is_ours(place.now)) place.now.clear();
  if (!place.now.empty()) {
    place.words += " was moved to " + place.now.string() + " while it was written";
  } else {
    place.words += ours.st_nlink > 0 ? " was moved out of sight while it was written; check --repair closes it there"
                                     : " was deleted while it was written; nothing of it is left";
  }
  if (replaced) place.words += "; another file has its name now";
  return place;
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
