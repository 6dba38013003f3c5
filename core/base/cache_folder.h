// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <filesystem>

namespace variometer {

/// Where the program keeps what it could make again: VARIOMETER_CACHE_DIR, else variometer in the XDG cache folder.
/// Empty where there is no home. Not made here.
std::filesystem::path cache_folder();

}  // namespace variometer
