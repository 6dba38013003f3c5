// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QString>
#include <cstdint>

#include "core/base/history.h"

namespace variometer {

/// What happened last by `step`, in one line for a room: "TVR on at 991: largest |h| 400 → 14". What somebody did comes
/// before what the run noticed by itself; empty before anything happened. `largest |h|` is of the probe prompt, at the
/// last measurement before the event and at the newest by `step`.
QString headline(const RunHistory& history, std::int64_t step);

}  // namespace variometer
