// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>
#include <string_view>

#include "core/base/error.h"

namespace variometer {

/// A repository cloned without Git LFS holds small texts where its large files should be. Throws Error(file) where
/// `start`, the beginning of the file `where`, is that of one.
inline void refuse_git_lfs_pointer(std::string_view start, const std::string& where) {
  if (!start.starts_with("version https://git-lfs.github.com/spec/")) return;
  throw file_error(where + ": a Git LFS pointer, not the file itself; fetch that with `git lfs pull` in its folder");
}

}  // namespace variometer
