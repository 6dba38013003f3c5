// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <filesystem>
#include <string>

namespace variometer {

/// A path as text that JSON and HDF5 can hold and that path_from_text turns back into the same bytes: the path itself
/// where it is UTF-8, else a file: URI (RFC 8089) with its bytes as %XX, which needs an absolute path and makes it one.
std::string path_text(const std::filesystem::path& path);

/// What path_text was given. A text that is no such URI is the path itself.
std::filesystem::path path_from_text(const std::string& text);

}  // namespace variometer
