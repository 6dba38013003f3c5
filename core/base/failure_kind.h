// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/error.h"
#include "core/base/snapshot.h"

namespace variometer {

/// Of a run that failed: what a command exits with, as the event in its last snapshot says.
Error::Kind failure_kind(const Snapshot& snapshot);

}  // namespace variometer
