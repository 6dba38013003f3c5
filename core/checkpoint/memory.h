// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>

namespace variometer {

/// Bytes this process could still take without pushing others out: the system's estimate, or what is left of the
/// control group's limit where that is less. The largest number where neither can be read.
std::uint64_t available_memory();

}  // namespace variometer
