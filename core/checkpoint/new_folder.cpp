// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/checkpoint/new_folder.h"

#include <fcntl.h>
#include <stdio.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <vector>

#include "core/base/error.h"
#include "core/base/links.h"
#include "core/text/tokenizer_files.h"

namespace variometer {
namespace {

namespace fs = std::filesystem;

constexpr const char* kLast = "variometer";    // a folder without it is no checkpoint
constexpr const char* kInside = "checkpoint";  // ".checkpoint.new-1f2e3d4c" in a folder that is filled in place
constexpr std::string_view kReady = ".checkpoint.ready-";  // the same once it is whole

// In such a folder while its files are moved:
constexpr const char* kOld = ".old";      // variometer/ of the model before
constexpr const char* kBegun = ".begun";  // the first file may have been moved

[[noreturn]] void fail(const fs::path& path, int error) {
  throw file_error(path.string() + ": cannot write: " + std::strerror(error));
}

void sync_folder(const fs::path& folder) {
  const int descriptor = ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (descriptor < 0) return;
  ::fsync(descriptor);
  ::close(descriptor);
}

void move(const fs::path& from, const fs::path& to) {
  if (::rename(from.c_str(), to.c_str()) != 0) fail(to, errno);
}

bool is_mount_point(const fs::path& folder) {
  struct statx status {};
  if (::statx(AT_FDCWD, folder.c_str(), 0, STATX_BASIC_STATS, &status) != 0) return false;
  if ((status.stx_attributes_mask & STATX_ATTR_MOUNT_ROOT) != 0) {
    return (status.stx_attributes & STATX_ATTR_MOUNT_ROOT) != 0;
  }
  struct statx above {};  // an older kernel
  return ::statx(AT_FDCWD, (folder / "..").c_str(), 0, STATX_BASIC_STATS, &above) == 0 &&
         (above.stx_dev_major != status.stx_dev_major || above.stx_dev_minor != status.stx_dev_minor);
}

/// Is this process in the folder, or below it? It would be in a removed one after an exchange.
bool stands_in(const fs::path& folder) {
  std::error_code error;
  const fs::path here = fs::current_path(error);
  if (error) return false;
  const auto [end, ignored] = std::mismatch(folder.begin(), folder.end(), here.begin(), here.end());
  return end == folder.end();
}

std::vector<fs::path> entries_of(const fs::path& folder) {
  std::vector<fs::path> entries;
  std::error_code error;
  for (fs::directory_iterator at(folder, error), end; !error && at != end; at.increment(error)) {
    entries.push_back(at->path());
  }
  return entries;
}

bool must_stay(const fs::path& folder) {
  if (is_mount_point(folder) || stands_in(folder)) return true;
  if (::access(folder.parent_path().c_str(), W_OK | X_OK) != 0) return true;
  const auto entries = entries_of(folder);
  return std::ranges::any_of(entries, [](const fs::path& entry) {
    const std::string name = entry.filename().string();
    return !is_model_file(name) && !is_unfinished_name(name);
  });
}

/// Takes the old model out of `folder`: nothing of it may be taken for a part of the new one. From here to the last
/// move of the new one the folder is no checkpoint, rather than one made of two.
void remove_old_model(const fs::path& ready, const fs::path& folder) {
  std::error_code ignored;
  if (fs::exists(folder / kLast, ignored)) {
    fs::remove_all(ready / kOld, ignored);
    move(folder / kLast, ready / kOld);
    sync_folder(folder);
  }
  for (const auto& entry : entries_of(folder)) {
    const auto name = entry.filename();
    if (is_model_file(name.string()) && !fs::exists(ready / name, ignored)) fs::remove_all(entry, ignored);
  }
}

/// Moves what is in `ready`, a folder within `folder`, into it. May be begun again where it was cut short.
void put_in_place(const fs::path& ready, const fs::path& folder) {
  std::error_code ignored;
  // What was moved already is not in `ready` any more: from the first move on it cannot be told from the old model.
  if (!fs::exists(ready / kBegun, ignored)) {
    remove_old_model(ready, folder);
    ::close(::open((ready / kBegun).c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0666));
    sync_folder(ready);
  }
  for (const auto& entry : entries_of(ready)) {
    const auto name = entry.filename();
    if (name != kLast && name != kOld && name != kBegun) move(entry, folder / name);
  }
  sync_folder(folder);
  if (fs::exists(ready / kLast, ignored)) move(ready / kLast, folder / kLast);
  sync_folder(folder);
  fs::remove_all(ready, ignored);
}

/// `.old` of a file system without exchange, whose place is empty: the process was killed between two renames.
fs::path aside_of(const fs::path& target) {
  return target.parent_path() / ("." + target.filename().string().substr(0, 200) + ".old");
}

/// Of a run's numbered checkpoints, whatever the number: the next one has another.
void clean_up(const fs::path& folder, const std::string& name) {
  remove_abandoned(folder, unfinished_prefix(name));
  if (!name.starts_with("step-") && !name.starts_with("switch-")) return;
  remove_abandoned(folder, ".step-");
  remove_abandoned(folder, ".switch-");
}

}  // namespace

bool is_model_file(std::string_view name) {
  constexpr std::array kNames = {std::string_view("config.json"), std::string_view("generation_config.json"),
                                 std::string_view("model.safetensors"), std::string_view(kLast)};
  return std::ranges::find(kNames, name) != kNames.end() || is_tokenizer_file(name);
}

bool holds_nothing(const fs::path& folder) {
  const auto entries = entries_of(folder);
  return std::ranges::all_of(entries, [](const fs::path& entry) {
    const std::string name = entry.filename().string();
    return name == "lost+found" || is_unfinished_name(name);
  });
}

void finish_interrupted(const fs::path& folder) noexcept {
  try {
    for (const auto& entry : entries_of(folder)) {
      if (!entry.filename().string().starts_with(kReady)) continue;
      const int descriptor = ::open(entry.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
      if (descriptor < 0) continue;
      if (::flock(descriptor, LOCK_EX | LOCK_NB) == 0) put_in_place(entry, folder);
      ::close(descriptor);
    }
  } catch (const std::exception&) {  // read-only, say: then it is no checkpoint yet
  }
}

NewFolder::NewFolder(const fs::path& target) : target_(resolved_path(target)) {
  std::error_code error;
  const fs::path parent = target_.parent_path();
  if (const auto aside = aside_of(target_); !fs::exists(target_, error) && fs::is_directory(aside, error)) {
    move(aside, target_);
  }
  fs::create_directories(parent, error);
  if (error) fail(parent, error.value());
  const bool replaces = fs::is_directory(target_, error);
  if (replaces) finish_interrupted(target_);
  in_place_ = replaces && must_stay(target_);
  const fs::path folder = in_place_ ? target_ : parent;
  const std::string name = in_place_ ? kInside : target_.filename().string();
  clean_up(folder, name);
  unfinished_ = std::make_unique<Unfinished>(folder, name, Unfinished::Kind::folder);
  if (!replaces || in_place_) return;
  if (struct stat there{}; ::stat(target_.c_str(), &there) == 0) {
    ::chmod(path().c_str(), there.st_mode & 07777);  // who may read it stays as it was
  }
}

NewFolder::~NewFolder() = default;

void NewFolder::commit() {
  for (const auto& entry : fs::recursive_directory_iterator(path())) {
    if (entry.is_directory()) sync_folder(entry.path());
  }
  sync_folder(path());
  if (in_place_) {
    const std::string name = path().filename().string();
    const fs::path ready = target_ / (std::string(kReady) + name.substr(name.rfind('-') + 1));
    move(path(), ready);
    sync_folder(target_);
    unfinished_->release();  // whole: if this process dies now, the next one finishes it
    put_in_place(ready, target_);
    return;
  }
  exchange();
  sync_folder(target_.parent_path());
}

void NewFolder::exchange() {
  if (::rename(path().c_str(), target_.c_str()) == 0) return unfinished_->release();
  if (errno != ENOTEMPTY && errno != EEXIST) fail(target_, errno);
  // One exchange, so that a reader finds the old folder or the new one at any moment; the old one is removed.
  if (::renameat2(AT_FDCWD, path().c_str(), AT_FDCWD, target_.c_str(), RENAME_EXCHANGE) == 0) return;
  // A file system without exchange: the old one steps aside for a moment.
  const fs::path aside = aside_of(target_);
  std::error_code ignored;
  fs::remove_all(aside, ignored);
  move(target_, aside);
  if (::rename(path().c_str(), target_.c_str()) != 0) {
    const int error = errno;
    ::rename(aside.c_str(), target_.c_str());
    fail(target_, error);
  }
  unfinished_->moved_to(aside);
}

}  // namespace variometer
