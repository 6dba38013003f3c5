// SPDX-License-Identifier: GPL-3.0-or-later
// The demos and the recent runs of the start page, each drawn as one.
#include <QEvent>
#include <QKeyEvent>
#include <QPainter>
#include <QPainterPath>
#include <algorithm>
#include <cmath>

#include "widgets/number_text.h"
#include "widgets/start_page.h"
#include "widgets/theme.h"

namespace variometer {
namespace {

constexpr int kCurveWidth = 72;
constexpr double kLowest = 0.3, kHighest = 3000;  // of the demos' curves, logarithmic ...
constexpr double kUpdates = 2000;                 // ... over as many updates as a demo makes

/// Of buttons that are no QPushButton, Qt lets only Space press.
bool is_enter(const QKeyEvent& event) { return event.key() == Qt::Key_Return || event.key() == Qt::Key_Enter; }

}  // namespace

DemoCard::DemoCard(const DemoText& text, int number, QWidget* parent)
    : QAbstractButton(parent), text_(text), number_(number) {
  setText(text.title);
  setAccessibleName(text.title);
  setAccessibleDescription(text.summary);
  setToolTip(tr("%1 Starts with one click; runs on this computer.").arg(text.summary));
  setCursor(Qt::PointingHandCursor);
  setFocusPolicy(Qt::StrongFocus);
  setSizePolicy(QSizePolicy::Expanding, QSizePolicy::Expanding);
}

QSize DemoCard::sizeHint() const {
  return {fontMetrics().averageCharWidth() * 34, 110 + 7 * fontMetrics().lineSpacing()};
}

QSize DemoCard::minimumSizeHint() const {
  return {fontMetrics().averageCharWidth() * 26, 90 + 7 * fontMetrics().lineSpacing()};
}

int DemoCard::curveHeight() const { return std::max(44, height() - 40 - 7 * fontMetrics().lineSpacing()); }

void DemoCard::keyPressEvent(QKeyEvent* event) { is_enter(*event) ? click() : QAbstractButton::keyPressEvent(event); }

bool DemoCard::event(QEvent* event) {
  if (event->type() == QEvent::Enter || event->type() == QEvent::Leave) {
    hovered_ = event->type() == QEvent::Enter;
    update();
  }
  return QAbstractButton::event(event);
}

void DemoCard::paintEvent(QPaintEvent* /*event*/) {
  const Theme& colours = theme_of(*this);
  QPainter painter(this);
  painter.setRenderHint(QPainter::Antialiasing);
  const QRectF frame = QRectF(rect()).adjusted(0.5, 0.5, -0.5, -0.5);
  const bool marked = hovered_ || hasFocus() || isDown();
  painter.setPen(QPen(marked ? colours.accent : colours.border, hasFocus() ? 3 : marked ? 1.6 : 1));
  painter.setBrush(colours.card);
  painter.drawRoundedRect(frame, 6, 6);

  const QRectF area(12, 12, width() - 24, curveHeight());
  paintCurve(painter, area);

  QFont bold = font();
  bold.setBold(true);
  painter.setFont(bold);
  painter.setPen(colours.text);
  const QRectF title(12, area.bottom() + 8, width() - 24, painter.fontMetrics().height() + 2);
  painter.drawText(title, Qt::AlignLeft | Qt::AlignVCenter,
                   painter.fontMetrics().elidedText(QStringLiteral("%1  %2").arg(number_).arg(text_.title),
                                                    Qt::ElideRight, static_cast<int>(title.width())));
  painter.setFont(font());
  painter.setPen(colours.muted);
  const QRectF foot(12, height() - 8 - painter.fontMetrics().height(), width() - 24, painter.fontMetrics().height());
  painter.drawText(foot, Qt::AlignLeft | Qt::AlignVCenter, text_.duration);
  painter.drawText(QRectF(12, title.bottom() + 4, width() - 24, foot.top() - title.bottom() - 8),
                   Qt::AlignLeft | Qt::AlignTop | Qt::TextWordWrap, text_.summary);
}

void DemoCard::paintCurve(QPainter& painter, const QRectF& area) const {
  const Theme& colours = theme_of(*this);
  painter.setPen(QPen(colours.grid, 1));
  painter.drawLine(area.bottomLeft(), area.bottomRight());
  if (text_.largest.size() < 2) return;
  const double last = text_.largest.back().x(), whole = std::max(last, kUpdates);
  const auto at = [&](const QPointF& point) {
    const double up = std::log(std::max(point.y(), kLowest) / kLowest) / std::log(kHighest / kLowest);
    return QPointF(area.left() + point.x() / whole * area.width(), area.bottom() - up * (area.height() - 2));
  };
  QPainterPath path(at(text_.largest.front()));
  for (const QPointF& point : text_.largest) path.lineTo(at(point));
  painter.setBrush(Qt::NoBrush);
  painter.setPen(QPen(colours.series[0], 1.6));
  painter.drawPath(path);
  QFont small = font();
  small.setPointSizeF(small.pointSizeF() * 0.86);
  painter.setFont(small);
  painter.setPen(colours.muted);
  // Where the curve is not: it begins low on the left.
  painter.drawText(area, Qt::AlignLeft | Qt::AlignTop,
                   tr("largest |h|: %1 after %2 updates")
                       .arg(value_text(text_.largest.back().y()), step_text(static_cast<std::int64_t>(last))));
  painter.setFont(font());
}

RecentRow::RecentRow(const RecentText& run, QWidget* parent) : QAbstractButton(parent), run_(run) {
  setText(run.detail.isEmpty() ? run.name : QStringLiteral("%1, %2").arg(run.name, run.detail));
  setAccessibleName(text());
  setToolTip(run.path);
  for (const float value : run.curve) curve_.add(value);
  setCursor(Qt::PointingHandCursor);
  setFocusPolicy(Qt::StrongFocus);
  setSizePolicy(QSizePolicy::Expanding, QSizePolicy::Fixed);
}

QSize RecentRow::sizeHint() const { return {200, fontMetrics().height() + 12}; }

void RecentRow::keyPressEvent(QKeyEvent* event) { is_enter(*event) ? click() : QAbstractButton::keyPressEvent(event); }

bool RecentRow::event(QEvent* event) {
  if (event->type() == QEvent::Enter || event->type() == QEvent::Leave) update();
  return QAbstractButton::event(event);
}

void RecentRow::paintEvent(QPaintEvent* /*event*/) {
  const Theme& colours = theme_of(*this);
  QPainter painter(this);
  painter.setRenderHint(QPainter::Antialiasing);
  if (underMouse() || hasFocus()) {
    painter.setPen(QPen(colours.accent, hasFocus() ? 1.6 : 1));
    painter.setBrush(colours.card);
    painter.drawRoundedRect(QRectF(rect()).adjusted(0.5, 0.5, -0.5, -0.5), 4, 4);
  }
  const int left = curve_.count() > 1 ? kCurveWidth : 0, third = (width() - left) / 3;
  curve_.paint(painter, QRectF(8, 4, left - 12, height() - 8), colours.series[0]);
  const auto cell = [&](int x, int w, const QString& text, const QColor& colour, Qt::TextElideMode elide) {
    painter.setPen(colour);
    painter.drawText(QRect(left + x + 8, 0, w - 12, height()), Qt::AlignLeft | Qt::AlignVCenter,
                     fontMetrics().elidedText(text, elide, w - 12));
  };
  cell(0, third, run_.name, colours.text, Qt::ElideRight);
  cell(third, third, run_.detail, colours.muted, Qt::ElideRight);
  cell(2 * third, width() - left - 2 * third, run_.path.section(QLatin1Char('/'), -1), colours.muted, Qt::ElideMiddle);
}

}  // namespace variometer
