// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <filesystem>
#include <memory>
#include <string_view>

#include "core/base/unfinished.h"

namespace variometer {

/// A model's folder (a checkpoint, a Hugging Face folder) that appears all at once: files go into `path()`, and
/// `commit` syncs them and puts them in place. Where links lead, there it is saved. Without `commit` nothing remains;
/// what killed processes left is removed or, where it was whole, put in place.
///
/// Usually the folder is written beside its place and exchanged with an older one there, so that a reader finds the old
/// one or the new one at any moment. A folder that cannot be exchanged (a mount point, the folder the process stands
/// in, one whose parent is not writable) or that also holds files that are no model's is filled in place instead: its
/// own files are replaced one by one, variometer/ last, and all others stay.
class NewFolder {
 public:
  /// Throws Error(file).
  explicit NewFolder(const std::filesystem::path& target);
  ~NewFolder();
  NewFolder(const NewFolder&) = delete;
  NewFolder& operator=(const NewFolder&) = delete;

  const std::filesystem::path& path() const { return unfinished_->path(); }
  void commit();

 private:
  void exchange();

  std::filesystem::path target_;
  bool in_place_ = false;
  std::unique_ptr<Unfinished> unfinished_;
};

/// Is this a name that a model's folder of ours has in it?
bool is_model_file(std::string_view name);

/// A folder where nothing of anybody's would be in the way of a new one: missing, or empty but for lost+found and what
/// killed processes left.
bool holds_nothing(const std::filesystem::path& folder);

/// Puts in place what a process was just putting into this folder when it was killed. Never throws.
void finish_interrupted(const std::filesystem::path& folder) noexcept;

}  // namespace variometer
