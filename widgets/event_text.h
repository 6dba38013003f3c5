// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QString>

#include "core/base/snapshot.h"

namespace variometer {

/// What an event says on a plot: "TVR on", "KV bias off", "LR 0.001", "undo", "not finite", or what a user marked.
/// Empty for events that leave no mark on curves (checkpoints, run and pause, TVR's own rescalings).
QString event_mark(const Event& event);
/// The same for a list of events, in words, never empty.
QString event_sentence(const Event& event);

}  // namespace variometer
