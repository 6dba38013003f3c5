// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/panel_switch.h"

#include <QEvent>
#include <QPainter>

namespace variometer {

Switch::Switch(QWidget* parent) : QAbstractButton(parent) {
  setCheckable(true);
  setFocusPolicy(Qt::StrongFocus);
  setSizePolicy(QSizePolicy::Fixed, QSizePolicy::Fixed);
  setCursor(Qt::PointingHandCursor);
  describe();
}

QSize Switch::sizeHint() const {
  const int height = fontMetrics().height() + 4;
  return {height * 2, height};
}

void Switch::setPending(bool wanted) {
  pending_ = true;
  wanted_ = wanted;
  describe();
  update();
}

void Switch::settle(bool on) {
  pending_ = false;
  wanted_ = on;
  setChecked(on);
  describe();
  update();
}

void Switch::nextCheckState() {
  // The model decides, not the mouse: the request goes out, the answer comes with a snapshot.
  Q_EMIT flipRequested(pending_ ? !wanted_ : !isChecked());
}

void Switch::describe() {
  setAccessibleDescription(pending_
                               ? (wanted_ ? tr("on, waiting for the next step") : tr("off, waiting for the next step"))
                           : isChecked() ? tr("on")
                                         : tr("off"));
}

void Switch::changeEvent(QEvent* event) {
  if (event->type() == QEvent::EnabledChange) setCursor(isEnabled() ? Qt::PointingHandCursor : Qt::ArrowCursor);
  QAbstractButton::changeEvent(event);
}

void Switch::paintEvent(QPaintEvent* /*event*/) {
  QPainter painter(this);
  painter.setRenderHint(QPainter::Antialiasing);
  const QPalette::ColorGroup group = isEnabled() ? QPalette::Active : QPalette::Disabled;
  const QColor accent = palette().color(group, QPalette::Highlight);
  const QColor line = palette().color(group, QPalette::WindowText);
  // Inside the ring of the focus, and apart from it.
  const QRectF track = QRectF(rect()).adjusted(3, 3, -3, -3);
  const double radius = track.height() / 2;
  const bool on = pending_ ? wanted_ : isChecked();

  painter.setPen(QPen(on && !pending_ ? accent : line, 1.2, pending_ ? Qt::DotLine : Qt::SolidLine));
  painter.setBrush(on && !pending_ ? QBrush(accent) : QBrush(palette().color(group, QPalette::Base)));
  painter.drawRoundedRect(track, radius, radius);

  const double knob = track.height() - 5;
  const double left = track.left() + 2.5;
  const double right = track.right() - 2.5 - knob;
  // Pending: half way, as a ring.
  const double x = pending_ ? (left + right) / 2 : on ? right : left;
  const QRectF circle(x, track.top() + 2.5, knob, knob);
  if (pending_) {
    painter.setPen(QPen(accent, 2));
    painter.setBrush(Qt::NoBrush);
  } else {
    painter.setPen(Qt::NoPen);
    painter.setBrush(on ? palette().color(group, QPalette::HighlightedText) : line);
  }
  painter.drawEllipse(circle);
  if (hasFocus()) {
    painter.setPen(QPen(accent, 1.2));
    painter.setBrush(Qt::NoBrush);
    painter.drawRoundedRect(QRectF(rect()).adjusted(0.6, 0.6, -0.6, -0.6), radius + 2.4, radius + 2.4);
  }
}

}  // namespace variometer
