// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/train/live_run.h"

class QWidget;

namespace variometer {

/// Gives a run that is to be recorded, and names no file, a new file in the folder for runs. Where nothing can be
/// written there the user is asked: start without recording, record somewhere else, or do not start (false).
bool settleRecord(QWidget* parent, LiveOptions& options);

}  // namespace variometer
