// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <string_view>

namespace variometer {

/// SHA-256 (FIPS 180-4) of `data`, 64 lower-case hexadecimal digits. Names a corpus; not used for secrets.
std::string sha256(std::string_view data);

/// Told every few megabytes how many bytes have been read, on the reading thread; may throw to stop.
using HashProgress = std::function<void(std::uint64_t n_byte)>;

/// The same of a file of any size. Throws Error(file) when it cannot be read.
std::string file_sha256(const std::filesystem::path& path, const HashProgress& progress = {});

}  // namespace variometer
