// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>

#include "core/base/snapshot.h"

namespace variometer {

/// What an event says on a plot: "TVR on", "KV bias off", "LR 0.001", "undo", "not finite", or what a user marked.
/// Empty for events that leave no mark on curves (checkpoints, run and pause, TVR's own rescalings). UTF-8; any thread.
std::string event_mark_words(const Event& event);
/// The same for a list of events or a terminal, in words, never empty.
std::string event_words(const Event& event);
/// What is switched on: "TVR, DyT on", "no switch on".
std::string switch_words(const Mitigations& mitigations);

}  // namespace variometer
