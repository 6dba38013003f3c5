// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/card_chip.h"

#include <QPainter>

namespace variometer {

CardChip::CardChip(QWidget* parent) : QAbstractButton(parent) {
  setCursor(Qt::PointingHandCursor);
  setSizePolicy(QSizePolicy::Maximum, QSizePolicy::Fixed);
}

void CardChip::setColours(const QColor& line, const QColor& ground) {
  line_ = line;
  ground_ = ground;
  update();
}

QSize CardChip::sizeHint() const { return {fontMetrics().horizontalAdvance(text()) + 14, fontMetrics().height() + 4}; }

QSize CardChip::minimumSizeHint() const {
  return {fontMetrics().horizontalAdvance(tr("Held")) + 14, sizeHint().height()};
}

void CardChip::paintEvent(QPaintEvent*) {
  QPainter painter(this);
  painter.setRenderHint(QPainter::Antialiasing);
  painter.setPen(QPen(line_, hasFocus() ? 2 : 1));
  painter.setBrush(ground_);
  const QRectF box = QRectF(rect()).adjusted(1, 1, -1, -1);
  painter.drawRoundedRect(box, box.height() / 2, box.height() / 2);
  painter.setPen(line_);
  const bool fits = fontMetrics().horizontalAdvance(text()) <= width() - 12;
  painter.drawText(rect(), Qt::AlignCenter, fits ? text() : tr("Held"));
}

}  // namespace variometer
