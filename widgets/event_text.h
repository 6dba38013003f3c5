// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QString>

#include "core/base/event_words.h"

namespace variometer {

/// core/base/event_words.h for widgets.
inline QString event_mark(const Event& event) { return QString::fromStdString(event_mark_words(event)); }
inline QString event_sentence(const Event& event) { return QString::fromStdString(event_words(event)); }

}  // namespace variometer
