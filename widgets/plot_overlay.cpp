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

/// Text with a thin rim of the ground's colour: readable over lines, and what lies beneath stays visible.
void label(QCPPainter& painter, const QRectF& box, const QString& text, const QColor& colour, const QColor& ground,
           int flags = Qt::AlignCenter) {
  painter.setPen(ground);
  for (const QPointF& rim : {QPointF(-1, 0), QPointF(1, 0), QPointF(0, -1), QPointF(0, 1), QPointF(-1, -1),
                             QPointF(1, 1), QPointF(-1, 1), QPointF(1, -1)}) {
    painter.drawText(box.translated(rim), flags, text);
  }
  painter.setPen(colour);
  painter.drawText(box, flags, text);
}

}  // namespace

QString fitting_label(const QString& names, double room, const QFontMetricsF& metrics) {
  QStringList all = names.split(QStringLiteral(", "));
  while (all.size() > 1 && metrics.horizontalAdvance(all.join(QStringLiteral(", "))) > room) all.removeLast();
  return metrics.elidedText(all.join(QStringLiteral(", ")), Qt::ElideRight, room);
}

PlotMarks::PlotMarks(Plot& plot) : QCPLayerable(&plot, QStringLiteral("legend")), plot_(plot) {}

void PlotMarks::applyDefaultAntialiasingHint(QCPPainter* painter) const { painter->setAntialiasing(false); }

void PlotMarks::draw(QCPPainter* painter) {
  const QRect area = plot_.axisRect()->rect();
  painter->setFont(plot_.xAxis->tickLabelFont());
  painter->setClipRect(QRect(0, 0, area.right() + 1 + area.left(), area.bottom() + 1));
  drawYLabel(*painter, area);
  drawEvents(*painter, area);
  painter->setClipRect(area.adjusted(0, 0, 1, 1));
  drawLonePoints(*painter);
  drawThresholds(*painter, area);
  drawNotes(*painter, area);
  const QString text = emptyText();
  if (!text.isEmpty()) {
    painter->setFont(plot_.font());
    label(*painter, QRectF(area.adjusted(8, 4, -8, -4)), text, plot_.currentTheme().muted, plot_.currentTheme().card,
          Qt::AlignCenter | Qt::TextWordWrap);
  }
}

QString PlotMarks::emptyText() const {
  if (!plot_.emptyText().isEmpty() || plot_.lines().empty()) return plot_.emptyText();
  if (plot_.pointsShown() > 0) return {};
  const std::size_t total = plot_.pointsTotal();
  if (total == 0) return {};
  if (plot_.logY() && plot_.pointsOffLog() >= total) {
    return tr("All values are 0 or below:\na logarithmic axis cannot show them (L: linear)");
  }
  return tr("Nothing was measured in this range (F: fit)");
}

void PlotMarks::drawYLabel(QCPPainter& painter, const QRect& area) {
  if (plot_.yLabel().isEmpty()) return;
  const QFontMetricsF metrics(painter.font());
  painter.save();
  painter.setPen(plot_.currentTheme().muted);
  painter.translate(0, area.bottom() + 1);
  painter.rotate(-90);
  painter.drawText(QRectF(0, 0, area.height(), metrics.height()), Qt::AlignCenter,
                   metrics.elidedText(plot_.yLabel(), Qt::ElideRight, area.height()));
  painter.restore();
}

void PlotMarks::drawLonePoints(QCPPainter& painter) {
  painter.setAntialiasing(true);
  painter.setPen(Qt::NoPen);
  for (const auto& line : plot_.lines()) {
    if (!line->visible) continue;
    painter.setBrush(line->graph->pen().color());
    for (const auto& point : line->alone) {
      painter.drawEllipse(QPointF(plot_.xAxis->coordToPixel(point.x), plot_.yAxis->coordToPixel(point.y)), 2, 2);
    }
  }
  painter.setAntialiasing(false);
}

void PlotMarks::drawThresholds(QCPPainter& painter, const QRect& area) {
  const QFontMetricsF metrics(painter.font());
  const Theme& theme = plot_.currentTheme();
  std::vector<QRectF> taken;
  for (const Threshold& threshold : plot_.thresholds()) {
    if (!plot_.yAxis->range().contains(threshold.y)) continue;
    const double y = std::lround(plot_.yAxis->coordToPixel(threshold.y));
    const QCPRange x = plot_.xAxis->range();
    if (threshold.from > x.upper || threshold.to < x.lower) continue;
    const double left = threshold.from > x.lower ? plot_.xAxis->coordToPixel(threshold.from) : area.left();
    const double right = threshold.to < x.upper ? plot_.xAxis->coordToPixel(threshold.to) : area.right();
    painter.setPen(QPen(theme.threshold, 1, Qt::DashLine));
    painter.drawLine(QLineF(left, y, right, y));
    if (threshold.label.isEmpty()) continue;
    const double width = metrics.horizontalAdvance(threshold.label) + 6;
    QRectF box(std::max<double>(area.left(), right - width), y - metrics.height() - 1, width, metrics.height());
    if (threshold.label_below || box.top() < area.top()) box.moveTop(y + 1);
    if (box.bottom() > area.bottom()) box.moveTop(y - metrics.height() - 1);
    for (const QRectF& other : taken) {
      if (box.intersects(other)) box.moveRight(other.left() - 4);
    }
    taken.push_back(box);
    label(painter, box, threshold.label, theme.threshold, theme.card);
  }
}

void PlotMarks::drawNotes(QCPPainter& painter, const QRect& area) {
  const QFontMetricsF metrics(painter.font());
  for (const Note& note : plot_.notes()) {
    if (!plot_.xAxis->range().contains(note.x) || !plot_.yAxis->range().contains(note.y)) continue;
    const double width = metrics.horizontalAdvance(note.text) + 6;
    QRectF box(plot_.xAxis->coordToPixel(note.x) - width / 2,
               plot_.yAxis->coordToPixel(note.y) - metrics.height() - note.away - 1, width, metrics.height());
    if (box.top() < area.top()) box.moveTop(plot_.yAxis->coordToPixel(note.y) + note.away + 2);
    box.moveLeft(std::clamp(box.left(), double(area.left()), std::max(double(area.left()), area.right() - width)));
    label(painter, box, note.text, plot_.currentTheme().text, plot_.currentTheme().card);
  }
}

void PlotMarks::drawEvents(QCPPainter& painter, const QRect& area) {
  // The label stands in the lane above the axes, where no curve goes, as far as the next one leaves room. What has no
  // room keeps its flag; the readout at the line tells all of it.
  const QFontMetricsF metrics(painter.font());
  const Theme& theme = plot_.currentTheme();
  constexpr double kFlag = 5;
  constexpr double kOneLabel = 24;  // marks nearer than this share a label: a switch and the alarm it set off
  std::vector<std::pair<double, QString>> places;
  std::vector<EventMark> marks = plot_.eventMarks();
  std::stable_sort(marks.begin(), marks.end(), [](const auto& a, const auto& b) { return a.step < b.step; });
  for (const EventMark& mark : marks) {
    if (!plot_.xAxis->range().contains(mark.step)) continue;
    const double x = plot_.xAxis->coordToPixel(mark.step);
    painter.setPen(QPen(theme.event, 1, Qt::DashLine));
    painter.drawLine(QLineF(std::lround(x), area.top(), std::lround(x), area.bottom()));
    if (places.empty() || x - places.back().first > kOneLabel) {
      places.emplace_back(x, mark.label);
    } else if (!places.back().second.contains(mark.label)) {
      places.back().second += QStringLiteral(", ") + mark.label;
    }
  }
  double taken = area.left() - 20;  // the end of the label before
  for (std::size_t i = 0; i < places.size(); ++i) {
    const auto& [x, name] = places[i];
    const double at = std::lround(x), top = area.top() - metrics.height() - 1;
    painter.setAntialiasing(true);
    painter.setPen(Qt::NoPen);
    painter.setBrush(theme.event);
    const double foot = area.top() - 1;
    painter.drawPolygon(QPolygonF({{at - kFlag / 2, foot - kFlag}, {at + kFlag / 2, foot - kFlag}, {at, foot}}));
    painter.setAntialiasing(false);
    const double wanted = metrics.horizontalAdvance(name) + 2;
    const double end = i + 1 < places.size() ? places[i + 1].first - kFlag : plot_.viewport().right();
    double left = at + kFlag;
    // The last label turns to the left where the right has no room for it.
    if (left + wanted > end && i + 1 == places.size() && at - kFlag - wanted > taken) left = at - kFlag - wanted;
    if (left < taken) continue;
    const double room = left < at ? wanted : end - left;
    const QString text = wanted <= room ? name : fitting_label(name, room, metrics);
    if (text.size() < 3 && text != name) continue;
    painter.setPen(theme.event);
    painter.drawText(QRectF(left, top, std::min(wanted, room), metrics.height()), Qt::AlignLeft | Qt::AlignVCenter,
                     text);
    taken = left + std::min(wanted, room);
  }
}

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
  const auto cursor = [&](std::optional<std::int64_t> step, const QString& name, Qt::PenStyle style) {
    if (!step || !plot_.xAxis->range().contains(static_cast<double>(*step))) return;
    const double x = plot_.xAxis->coordToPixel(static_cast<double>(*step));
    vertical(painter, x, area, QPen(theme.accent, 1, style));
    QString text = name + QLatin1Char(' ') + step_text(*step);
    if (const auto b = plot_.steps().reference(); b && *b != *step) text += from_reference(*step - *b);
    const double width = metrics.horizontalAdvance(text) + 8;
    const double left = std::clamp(x - width / 2, double(area.left()), double(area.right()) - width);
    const QRectF box(left, area.bottom() - metrics.height(), width, metrics.height());
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
    constexpr double kNear = 5;  // pixels
    for (const EventMark& mark : plot_.eventMarks()) {
      if (std::abs(plot_.xAxis->coordToPixel(mark.step) - plot_.xAxis->coordToPixel(*x)) > kNear) continue;
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
