// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <filesystem>

namespace variometer {

/// Where a path that may be a symbolic link leads, also where nothing is there yet. Throws Error(file) for links in a
/// circle.
std::filesystem::path through_links(std::filesystem::path path);

/// The whole path, absolute, with no link left in it, also where its last parts do not exist yet. Throws Error(file).
std::filesystem::path resolved_path(const std::filesystem::path& path);

}  // namespace variometer
