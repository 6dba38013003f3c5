// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QIcon>
#include <QString>

class QColor;

namespace variometer {

/// The drawing `name` of resources/icons in the colours of the application's palette as it is now; ask again after the
/// theme changed. An unknown name gives a null icon.
QIcon themedIcon(const QString& name);
/// The same in one given colour.
QIcon themedIcon(const QString& name, const QColor& colour);

}  // namespace variometer
