// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/base/new_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>

#include "core/base/error.h"
#include "core/base/links.h"

namespace variometer {
namespace {

namespace fs = std::filesystem;

fs::path folder_of(const fs::path& file) { return file.has_parent_path() ? file.parent_path() : fs::path("."); }

}  // namespace

NewFile::NewFile(const fs::path& target) : named_(target), target_(through_links(target)) {
  struct stat there {};
  const bool replaces = ::stat(target_.c_str(), &there) == 0;
  if (replaces && S_ISDIR(there.st_mode)) throw file_error(named_.string() + ": is a folder");
  if (replaces && !S_ISREG(there.st_mode)) throw file_error(named_.string() + ": is no ordinary file");
  remove_abandoned(folder_of(target_), unfinished_prefix(target_.filename().string()));
  file_.emplace(folder_of(target_), target_.filename().string(), Unfinished::Kind::file);
  if (replaces) ::chmod(path().c_str(), there.st_mode & 07777);  // who may read it stays as it was
}

void NewFile::commit() {
  if (::rename(path().c_str(), target_.c_str()) != 0) {
    throw file_error(named_.string() + ": cannot write: " + std::strerror(errno));
  }
  file_->release();
  const int folder = ::open(folder_of(target_).c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (folder < 0) return;
  ::fsync(folder);
  ::close(folder);
}

}  // namespace variometer
