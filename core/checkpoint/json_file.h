// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>

namespace variometer {

/// A JSON object from a file somebody else may have made, as Python reads it (python_json.h): at most 64 MB, at most 64
/// levels deep. Throws Error(file) that names it.
nlohmann::json read_json_file(const std::filesystem::path& path);

/// Writes `text` and syncs it. Throws Error(file).
void write_text_file(const std::filesystem::path& path, const std::string& text);

}  // namespace variometer
