// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/plot_overlay.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "widgets/number_text.h"
#include "widgets/plot.h"

namespace variometer {
namespace {

QColor translucent(QColor colour, int alpha) {
  colour.setAlpha(alpha);
  return colour;
}

void vertical(QCPPainter& painter, double x, const QRect& area, const QPen& pen) {
  painter.setPen(pen);
  const int at = static_cast<int>(std::lround(x));
  painter.drawLine(QLineF(at, area.top(), at, area.bottom()));
}

/// " · Δ +120": steps from cursor B.
QString from_reference(std::int64_t steps) {
  return QStringLiteral(" · Δ ") + (steps > 0 ? QStringLiteral("+") : QString()) + step_text(steps);
}

}  // namespace

PlotOverlay::PlotOverlay(Plot& plot) : QCPLayerable(&plot, QStringLiteral("overlay")), plot_(plot) {}

void PlotOverlay::applyDefaultAntialiasingHint(QCPPainter* painter) const { painter->setAntialiasing(false); }

void PlotOverlay::draw(QCPPainter* painter) {
  const QRect area = plot_.axisRect()->rect();
  const Theme& theme = plot_.currentTheme();
  painter->setFont(plot_.xAxis->tickLabelFont());
  drawCursors(*painter, area);
  if (plot_.drag_ == Plot::Drag::box) {
    painter->setPen(QPen(theme.accent, 1));
    painter->setBrush(translucent(theme.accent, 36));
    // Drawn as what it will do: a thin box takes the whole of the other axis.
    QRectF box = QRectF(plot_.press_, plot_.last_).normalized();
    if (box.height() < Plot::kThinBox) box.setTop(area.top()), box.setBottom(area.bottom());
    if (box.width() < Plot::kThinBox) box.setLeft(area.left()), box.setRight(area.right());
    painter->drawRect(box.intersected(QRectF(area)));
  } else if (plot_.drag_ != Plot::Drag::pan) {
    drawCrosshair(*painter, area);
  }
}

void PlotOverlay::drawCursors(QCPPainter& painter, const QRect& area) {
  if (!plot_.showsSteps()) return;
  const Theme& theme = plot_.currentTheme();
  const QFontMetricsF metrics(painter.font());
  QRectF taken;
  const auto cursor = [&](std::optional<std::int64_t> step, const QString& name, Qt::PenStyle style) {
    if (!step || !plot_.xAxis->range().contains(static_cast<double>(*step))) return;
    const double x = plot_.xAxis->coordToPixel(static_cast<double>(*step));
    vertical(painter, x, area, QPen(theme.accent, 1, style));
    QString text = name + QLatin1Char(' ') + step_text(*step);
    if (const auto b = plot_.steps().reference(); b && *b != *step) text += from_reference(*step - *b);
    const double width = metrics.horizontalAdvance(text) + 8;
    const double left = std::clamp(x - width / 2, double(area.left()), double(area.right()) - width);
    QRectF box(left, area.bottom() - metrics.height(), width, metrics.height());
    if (box.intersects(taken)) box.moveBottom(taken.top() - 1);
    taken = box;
    painter.setPen(Qt::NoPen);
    painter.setBrush(theme.accent);
    painter.drawRect(box);
    painter.setPen(theme.on_accent);
    painter.drawText(box, Qt::AlignCenter, text);
  };
  const StepAxis& steps = plot_.steps();
  cursor(steps.reference(), QStringLiteral("B"), Qt::DashLine);
  cursor(steps.cursor(), QStringLiteral("A"), Qt::SolidLine);
}

void PlotOverlay::drawCrosshair(QCPPainter& painter, const QRect& area) {
  const Theme& theme = plot_.currentTheme();
  const bool here = plot_.mouse_inside_ && area.contains(plot_.mouse_.toPoint());
  std::optional<double> x;
  if (plot_.showsSteps()) {
    x = plot_.steps().hover();
  } else if (here) {
    x = plot_.xAxis->pixelToCoord(plot_.mouse_.x());
  }
  if (!x || !plot_.xAxis->range().contains(*x)) return;
  const QPen thin(translucent(theme.muted, 150), 1);
  vertical(painter, plot_.xAxis->coordToPixel(*x), area, thin);
  painter.setAntialiasing(true);
  for (const auto& line : plot_.lines()) {
    if (!line->visible || line->style.faint) continue;
    const auto point = line->series.at(*x);
    if (!point || !plot_.yAxis->range().contains(point->y) || !plot_.xAxis->range().contains(point->x)) continue;
    painter.setPen(QPen(theme.card, 1));
    painter.setBrush(line->graph->pen().color());
    painter.drawEllipse(QPointF(plot_.xAxis->coordToPixel(point->x), plot_.yAxis->coordToPixel(point->y)), 3.5, 3.5);
  }
  painter.setAntialiasing(false);
  if (!here) return;
  painter.setPen(thin);
  painter.drawLine(QLineF(area.left(), plot_.mouse_.y(), area.right(), plot_.mouse_.y()));
  const double y = plot_.yAxis->pixelToCoord(plot_.mouse_.y());
  QString head = plot_.showsSteps() ? QStringLiteral("step ") + step_text(std::llround(*x)) : QString();
  if (const auto b = plot_.steps().reference(); b && plot_.showsSteps()) head += from_reference(std::llround(*x) - *b);
  QStringList rows = plot_.readout(*x, y);
  if (plot_.showsSteps()) {
    for (const EventMark& mark : plot_.eventMarks()) {
      if (!plot_.isNear(mark, *x)) continue;
      rows.prepend(step_text(static_cast<std::int64_t>(mark.step)) + QStringLiteral(": ") +
                   (mark.sentence.isEmpty() ? mark.label : mark.sentence));
    }
  }
  drawReadout(painter, area, head, rows);
}

void PlotOverlay::drawReadout(QCPPainter& painter, const QRect& area, const QString& head, const QStringList& rows) {
  if (rows.isEmpty() && head.isEmpty()) return;
  const Theme& theme = plot_.currentTheme();
  const QFontMetricsF metrics(painter.font());
  const double line_height = metrics.height() + 1;
  const int n_fit = std::max(1, static_cast<int>((area.height() - 8) / line_height) - (head.isEmpty() ? 0 : 1));
  const QStringList shown = rows.size() > n_fit ? rows.mid(0, n_fit) : rows;
  double names = 0, values = 0, whole = metrics.horizontalAdvance(head);
  for (const QString& row : shown) {
    if (!row.contains(QLatin1Char('\t'))) {
      whole = std::max(whole, metrics.horizontalAdvance(row));
      continue;
    }
    names = std::max(names, metrics.horizontalAdvance(row.section(QLatin1Char('\t'), 0, 0)));
    values = std::max(values, metrics.horizontalAdvance(row.section(QLatin1Char('\t'), 1)));
  }
  const double gap = values > 0 ? 10 : 0;
  const double width = std::min(std::max(names + gap + values, whole) + 14, plot_.width() - 4.0);
  const double height = (static_cast<double>(shown.size()) + (head.isEmpty() ? 0 : 1)) * line_height + 7;
  QRectF box(plot_.mouse_.x() + 14, plot_.mouse_.y() + 14, width, height);
  if (box.right() > area.right()) box.moveRight(plot_.mouse_.x() - 10);
  if (box.bottom() > area.bottom()) box.moveBottom(std::min(plot_.mouse_.y() - 10, double(area.bottom())));
  if (box.left() < 2) box.moveLeft(2);
  if (box.top() < 2) box.moveTop(2);
  painter.setPen(QPen(theme.border, 1));
  painter.setBrush(translucent(theme.card, 240));
  painter.drawRect(box.toRect());
  double y = box.top() + 4;
  if (!head.isEmpty()) {
    painter.setPen(theme.muted);
    painter.drawText(QRectF(box.left() + 7, y, width, line_height), Qt::AlignLeft | Qt::AlignVCenter, head);
    y += line_height;
  }
  painter.setPen(theme.text);
  for (const QString& row : shown) {
    const QRectF cell(box.left() + 7, y, width - 14, line_height);
    painter.drawText(cell, Qt::AlignLeft | Qt::AlignVCenter,
                     metrics.elidedText(row.section(QLatin1Char('\t'), 0, 0), Qt::ElideRight, cell.width()));
    painter.drawText(cell, Qt::AlignRight | Qt::AlignVCenter, row.section(QLatin1Char('\t'), 1));
    y += line_height;
  }
}

}  // namespace variometer
