// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/drop_hint.h"

#include <QPainter>

#include "widgets/theme.h"

namespace variometer {

DropHint::DropHint(QWidget* parent) : QWidget(parent) {
  setAttribute(Qt::WA_TransparentForMouseEvents);
  setFocusPolicy(Qt::NoFocus);
  hide();
}

void DropHint::showAt(const QRect& area, const QString& text, bool possible) {
  setGeometry(parentWidget()->rect());
  raise();
  setVisible(true);
  if (area == area_ && text == text_ && possible == possible_) return;
  area_ = area;
  text_ = text;
  possible_ = possible;
  update();
}

void DropHint::paintEvent(QPaintEvent*) {
  const Theme& theme = theme_of(*this);
  const QColor colour = possible_ ? theme.accent : theme.muted;
  QPainter painter(this);
  painter.setRenderHint(QPainter::Antialiasing);
  QColor ground = colour;
  ground.setAlpha(possible_ ? 56 : 28);
  painter.setPen(QPen(colour, 2, possible_ ? Qt::SolidLine : Qt::DashLine));
  painter.setBrush(ground);
  painter.drawRoundedRect(QRectF(area_).adjusted(2, 2, -2, -2), 4, 4);

  QFont bold = font();
  bold.setWeight(QFont::DemiBold);
  painter.setFont(bold);
  const QRect room = area_.adjusted(16, 16, -16, -16);
  constexpr int kFlags = Qt::AlignCenter | Qt::TextWordWrap;
  const QRectF words = painter.boundingRect(QRectF(room), kFlags, text_);
  painter.setPen(QPen(colour, 1));
  painter.setBrush(theme.card);
  painter.drawRoundedRect(words.adjusted(-10, -6, 10, 6), 4, 4);
  painter.setPen(possible_ ? theme.text : theme.muted);
  painter.drawText(QRectF(room), kFlags, text_);
}

}  // namespace variometer
