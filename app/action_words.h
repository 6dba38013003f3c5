// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QString>
#include <QStringList>

namespace variometer {

/// Other words by which the command palette finds an action: what it is called in other programs or in the papers, but
/// not in its own text or tooltip. Empty for most.
QString actionWords(const QString& id);
/// The ids that have such words.
QStringList actionsWithWords();

}  // namespace variometer
