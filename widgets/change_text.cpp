// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/change_text.h"

#include <QObject>
#include <cmath>

#include "widgets/number_text.h"

namespace variometer {

QString change_text(double before, double after) {
  if (before == after) return QObject::tr("no change");
  if (!std::isfinite(before) || !std::isfinite(after) || before == 0) return {};
  const double percent = (after - before) / std::abs(before) * 100;
  const QString sign = percent > 0 ? QStringLiteral("+") : QString(QChar(0x2212));
  const double size = std::abs(percent);
  return sign + (size >= 0.05 ? QString::number(size, 'f', 1) : value_text(size)) + QStringLiteral(" %");
}

}  // namespace variometer
