// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>

#include "core/base/snapshot.h"

namespace variometer {

/// What an event says on a plot: "TVR on", "KV bias off", "LR 0.001", "undo", "not finite", or what a user marked.
/// Empty for events that leave no mark on curves: checkpoints, run and pause, TVR's own rescalings, how often is
/// measured, a jump of the loss that TVR caused. UTF-8; any thread. EventStory (event_story.h) judges events in a row.
std::string event_mark_words(const Event& event);
/// An alarm that the loss jumped.
bool is_loss_alarm(const Event& event);
/// The kind of an event in a plain word or two, for a column beside event_words: "switch", "saved", "tokenizer".
std::string event_kind_words(const Event& event);
/// One line for `n` rescalings of one check of TVR, of which `event` is the first.
std::string rescaling_words(const Event& event, std::size_t n);
/// The same for a list of events or a terminal, in words, never empty.
std::string event_words(const Event& event);
/// What is switched on: "TVR, DyT on", "no switch on".
std::string switch_words(const Mitigations& mitigations);

}  // namespace variometer
