// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QString>

#include "core/train/starting_point.h"

namespace variometer {

/// "45 s", "12 min", "2 h 20 min", "3 days 4 h": about so long.
QString aboutDuration(double seconds);
/// "1.2 GB", "340 MB".
QString aboutBytes(double bytes);
/// "Memory: about 2.9 GB (weights 0.5 GB, ...) of 15.2 GB that are free."
QString memoryText(const RunMemory& memory);
/// "Time: about 4.3 s an update, 2 h 20 min for 2,000 updates, as measured just now."
QString timeText(double seconds, std::int64_t n_update);

}  // namespace variometer
