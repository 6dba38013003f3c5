// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <filesystem>
#include <optional>

#include "core/base/unfinished.h"

namespace variometer {

/// A file that appears all at once: it is written at `path()`, beside its place, and `commit` puts it there, over what
/// there is. At any moment the old file or the new one bears the name. Where `target` is a symbolic link, the file it
/// leads to is replaced, not the link. Without `commit` nothing remains, and the next NewFile of that name removes what
/// a killed process left. Throws Error(file).
class NewFile {
 public:
  /// Throws for a folder, a device, a pipe: those are not replaced.
  explicit NewFile(const std::filesystem::path& target);

  const std::filesystem::path& path() const { return file_->path(); }
  /// What was written there must be on the disk already where that matters.
  void commit();

 private:
  std::filesystem::path named_;   // as given, for messages
  std::filesystem::path target_;  // where links lead to
  std::optional<Unfinished> file_;
};

}  // namespace variometer
