// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <filesystem>
#include <functional>
#include <string>

namespace variometer {

/// weights_sha256 (safetensors.h) of weights that may be gigabytes: `progress` is told, on the calling thread, which
/// share of them is read, and may throw to stop.
std::string weights_sha256(const std::filesystem::path& folder_or_file,
                           const std::function<void(double share)>& progress);

}  // namespace variometer
