// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <filesystem>
#include <string>

namespace variometer {

/// The whole of a file. Throws Error(file): missing, a folder, unreadable, or larger than `most` bytes.
std::string read_whole_file(const std::filesystem::path& path, std::uintmax_t most);

}  // namespace variometer
