// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/plot_marks.h"

#include <algorithm>
#include <cmath>
#include <utility>
#include <vector>

#include "widgets/plot.h"

namespace variometer {

namespace {

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
  const QStringList all = names.split(QStringLiteral(", "));
  for (qsizetype n = all.size(); n > 0; --n) {
    QString text = all.mid(0, n).join(QStringLiteral(", "));
    if (n < all.size()) text += QStringLiteral(" +%1").arg(all.size() - n);
    if (metrics.horizontalAdvance(text) <= room) return text;
  }
  return metrics.horizontalAdvance(all[0]) <= room ? all[0] : QString();
}

PlotMarks::PlotMarks(Plot& plot) : QCPLayerable(&plot, QStringLiteral("legend")), plot_(plot) {}

void PlotMarks::applyDefaultAntialiasingHint(QCPPainter* painter) const { painter->setAntialiasing(false); }

void PlotMarks::draw(QCPPainter* painter) {
  const QRect area = plot_.axisRect()->rect();
  painter->setFont(plot_.xAxis->tickLabelFont());
  painter->setClipRect(QRect(0, 0, area.right() + 1 + area.left(), area.bottom() + 1));
  drawYLabel(*painter, area);
  if (plot_.showsEvents()) drawEvents(*painter, area);
  painter->setClipRect(area.adjusted(0, 0, 1, 1));
  drawLonePoints(*painter);
  drawThresholds(*painter, area);
  drawNotes(*painter, area);
  if (plot_.showsEvents()) drawRemarks(*painter, area);
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
  constexpr double kSparse = 20;    // pixels a line needs on average; with less the curves would be behind bars
  std::vector<std::pair<double, QString>> places;
  std::vector<EventMark> marks = plot_.eventMarks();
  std::erase_if(marks,
                [this](const EventMark& mark) { return mark.remark || !plot_.xAxis->range().contains(mark.step); });
  std::stable_sort(marks.begin(), marks.end(), [](const auto& a, const auto& b) { return a.step < b.step; });
  std::vector<long> columns;
  for (const EventMark& mark : marks) {
    const long x = std::lround(plot_.xAxis->coordToPixel(mark.step));
    if (columns.empty() || columns.back() != x) columns.push_back(x);
  }
  if (static_cast<double>(columns.size()) * kSparse <= area.width()) {
    painter.setPen(QPen(theme.event, 1, Qt::DashLine));
    for (const long x : columns) {
      painter.drawLine(QLineF(static_cast<double>(x), area.top(), static_cast<double>(x), area.bottom()));
    }
  }
  for (const EventMark& mark : marks) {
    const double x = plot_.xAxis->coordToPixel(mark.step);
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
    // To the right of its flag, else to the left, where more of it has room; never a part of a word.
    const double end = i + 1 < places.size() ? places[i + 1].first - kFlag : plot_.viewport().right();
    const double right_room = end - at - kFlag - 2, left_room = at - kFlag - 2 - taken;
    const QString to_right = at + kFlag < taken ? QString() : fitting_label(name, right_room, metrics);
    const QString to_left = fitting_label(name, left_room, metrics);
    const bool right = to_right.size() >= to_left.size();
    const QString& text = right ? to_right : to_left;
    if (text.isEmpty()) continue;
    const double width = metrics.horizontalAdvance(text) + 2;
    const double left = right ? at + kFlag : at - kFlag - width;
    painter.setPen(theme.event);
    painter.drawText(QRectF(left, top, width, metrics.height()), Qt::AlignLeft | Qt::AlignVCenter, text);
    taken = left + width;
  }
}

void PlotMarks::drawRemarks(QCPPainter& painter, const QRect& area) {
  // Inside the axes, one below the other where they would meet: a remark is text its reader must be able to read.
  const QFontMetricsF metrics(painter.font());
  const Theme& theme = plot_.currentTheme();
  constexpr std::size_t kMostRows = 8;
  const double row_height = metrics.height() + 1;
  const auto rows = std::clamp<std::size_t>(static_cast<std::size_t>(area.height() / row_height), 1, kMostRows);
  std::vector<double> ends(rows, -1e9);  // of the last text in each row
  std::vector<EventMark> marks = plot_.eventMarks();
  std::erase_if(marks,
                [this](const EventMark& mark) { return !mark.remark || !plot_.xAxis->range().contains(mark.step); });
  std::stable_sort(marks.begin(), marks.end(), [](const auto& a, const auto& b) { return a.step < b.step; });
  for (const EventMark& mark : marks) {
    const double x = std::lround(plot_.xAxis->coordToPixel(mark.step));
    painter.setPen(QPen(theme.accent, 1, Qt::DashDotLine));
    painter.drawLine(QLineF(x, area.top(), x, area.bottom()));
  }
  for (const EventMark& mark : marks) {
    const double x = std::lround(plot_.xAxis->coordToPixel(mark.step));
    const QString text = metrics.elidedText(mark.label, Qt::ElideRight, area.width() - 8.0);
    const double width = metrics.horizontalAdvance(text) + 4;
    const double left = std::max<double>(area.left(), std::min(x + 3, area.right() - width));
    std::size_t row = 0;
    while (row + 1 < rows && ends[row] > left) ++row;
    ends[row] = left + width + 3;
    label(painter, QRectF(left, area.top() + 1 + static_cast<double>(row) * row_height, width, row_height), text,
          theme.accent, theme.card, Qt::AlignLeft | Qt::AlignVCenter);
  }
}

}  // namespace variometer
