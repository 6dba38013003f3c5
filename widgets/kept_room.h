// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QStringList>

class QLabel;

namespace variometer {

/// The label, wrapped to its width, is never lower than any of these texts would make it: what stands below stays where
/// it is when the label says another of them. Plain text; holds for every later width and font.
void keepRoomFor(QLabel* label, const QStringList& texts);

}  // namespace variometer
