// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/base/unfinished.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <random>
#include <utility>
#include <vector>

#include "core/base/error.h"

namespace variometer {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kMark = ".new-";
constexpr std::size_t kDigits = 8;
constexpr std::size_t kLongestName = 255;  // bytes of a file's name

std::string random_digits() {
  constexpr std::string_view kHex = "0123456789abcdef";
  std::random_device random;
  std::string text;
  for (std::size_t i = 0; i < kDigits; ++i) text.push_back(kHex[random() % kHex.size()]);
  return text;
}

enum class Lock { taken, held_by_another, impossible };

/// HDF5 locks the files it opens with flock, so a file's lock is one of fcntl; a folder can only be locked by flock.
Lock lock(int descriptor, Unfinished::Kind kind) {
  int status = 0;
  if (kind == Unfinished::Kind::folder) {
    status = ::flock(descriptor, LOCK_EX | LOCK_NB);
  } else {
    struct flock whole {};
    whole.l_type = F_WRLCK;
    whole.l_whence = SEEK_SET;
    status = ::fcntl(descriptor, F_OFD_SETLK, &whole);
  }
  if (status == 0) return Lock::taken;
  return errno == EAGAIN || errno == EACCES ? Lock::held_by_another : Lock::impossible;
}

/// Is what was opened still what bears that name?
bool is_still_there(int descriptor, const fs::path& path) {
  struct stat opened {
  }, named{};
  return ::fstat(descriptor, &opened) == 0 && ::lstat(path.c_str(), &named) == 0 && opened.st_ino == named.st_ino &&
         opened.st_dev == named.st_dev;
}

bool is_random_end(std::string_view text) {
  return text.size() == kDigits && text.find_first_not_of("0123456789abcdef") == std::string_view::npos;
}

/// Opens what may be abandoned. A link, or anything but a file or folder, is none of ours.
int open_found(const fs::path& path, Unfinished::Kind& kind) {
  struct stat status {};
  if (::lstat(path.c_str(), &status) != 0) return -1;
  kind = S_ISDIR(status.st_mode) ? Unfinished::Kind::folder : Unfinished::Kind::file;
  if (kind == Unfinished::Kind::folder) return ::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
  return S_ISREG(status.st_mode) ? ::open(path.c_str(), O_RDWR | O_NOFOLLOW | O_CLOEXEC) : -1;
}

void remove_if_abandoned(const fs::path& path) {
  Unfinished::Kind kind{};
  const int descriptor = open_found(path, kind);
  if (descriptor < 0) return;
  std::error_code ignored;
  if (lock(descriptor, kind) == Lock::taken && is_still_there(descriptor, path)) fs::remove_all(path, ignored);
  ::close(descriptor);
}

}  // namespace

Unfinished::Unfinished(const fs::path& folder, const std::string& name, Kind kind) {
  const std::string prefix = unfinished_prefix(name);
  for (int attempt = 0; attempt < 100; ++attempt) {
    path_ = folder / (prefix + random_digits());
    if (kind == Kind::folder) {
      descriptor_ = ::mkdir(path_.c_str(), 0777) == 0 ? ::open(path_.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC) : -1;
    } else {
      descriptor_ = ::open(path_.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
    }
    if (descriptor_ < 0 && errno == EEXIST) continue;
    if (descriptor_ < 0) break;
    // Whoever cleans up may have been quicker than the lock: then another name is tried.
    if (lock(descriptor_, kind) != Lock::held_by_another && is_still_there(descriptor_, path_)) return;
    ::close(std::exchange(descriptor_, -1));
    errno = EBUSY;
  }
  path_.clear();
  throw file_error((folder / name).string() + ": cannot write: " + std::strerror(errno));
}

Unfinished::~Unfinished() {
  std::error_code ignored;
  if (!path_.empty()) fs::remove_all(path_, ignored);
  if (descriptor_ >= 0) ::close(descriptor_);
}

std::string unfinished_prefix(std::string_view name) {
  const std::size_t most = kLongestName - 1 - kMark.size() - kDigits;
  return "." + std::string(name.substr(0, most)) + std::string(kMark);
}

bool is_unfinished_name(std::string_view name) {
  const auto at = name.rfind(kMark);
  return name.starts_with('.') && at != std::string_view::npos && is_random_end(name.substr(at + kMark.size()));
}

void remove_whole(const fs::path& path) {
  const fs::path aside = path.parent_path() / (unfinished_prefix(path.filename().string()) + random_digits());
  std::error_code error;
  fs::rename(path, aside, error);
  if (!error) fs::remove_all(aside, error);
  if (error) throw file_error(path.string() + ": cannot be removed: " + error.message());
}

void remove_abandoned(const fs::path& folder, std::string_view prefix) noexcept {
  try {
    std::error_code error;
    std::vector<fs::path> found;
    for (fs::directory_iterator at(folder, error), end; !error && at != end; at.increment(error)) {
      const std::string name = at->path().filename().string();
      if (name.starts_with(prefix) && is_unfinished_name(name)) found.push_back(at->path());
    }
    for (const auto& path : found) remove_if_abandoned(path);
  } catch (const std::exception&) {  // no memory: it is tried again next time
  }
}

}  // namespace variometer
