// SPDX-License-Identifier: GPL-3.0-or-later
// What stands beside the cells: strips of the largest of each row and column, the colour bar.
#include <algorithm>
#include <cmath>

#include "widgets/matrix_raster.h"
#include "widgets/number_text.h"
#include "widgets/plot.h"

namespace variometer {

/// Length of a strip's bar as a share of the strip: the scale of the colours, by size.
double MatrixRaster::barPlace(float largest) const {
  if (!std::isfinite(largest)) return 1;
  if (scale_.kind == CellScale::Kind::symlog) return std::clamp(2 * scale_.place(largest) - 1, 0.0, 1.0);
  return std::clamp(scale_.place(largest), 0.0, 1.0);
}

void MatrixRaster::drawStrips(QCPPainter& painter, const QRect& area) const {
  const Theme& theme = plot_.currentTheme();
  const QCPRange x = plot_.xAxis->range(), y = plot_.yAxis->range();
  const QRect right(area.right() + kGap, area.top(), strip_, area.height());
  const QRect top(area.left(), area.top() - kGap - strip_, area.width(), strip_);
  painter.setPen(Qt::NoPen);
  painter.setBrush(theme.grid);
  painter.drawRect(right);
  painter.drawRect(top);
  const auto strongest = [](const std::vector<float>& sizes, const std::vector<bool>& ringed, Range range) {
    std::pair<float, bool> found{0, false};
    for (int i = range.first; i <= range.last; ++i) {
      found.first = std::max(found.first, sizes[static_cast<std::size_t>(i)]);
      found.second = found.second || ringed[static_cast<std::size_t>(i)];
    }
    return found;
  };
  for (int px = 0; px < area.width(); ++px) {
    const double low = x.lower + x.size() * px / area.width(), high = x.lower + x.size() * (px + 1) / area.width();
    const Range range = columnsBetween(low, high);
    if (range.last < range.first) continue;
    const auto [size, ringed] = strongest(column_max_, ringed_column_, range);
    const int height = static_cast<int>(std::lround(barPlace(size) * strip_));
    painter.fillRect(area.left() + px, top.bottom() + 1 - height, 1, height, ringed ? theme.threshold : theme.muted);
  }
  for (int py = 0; py < area.height(); ++py) {
    const double from_top = plot_.yAxis->rangeReversed() ? py : area.height() - 1.0 - py;
    const double low = y.lower + y.size() * from_top / area.height();
    const double high = y.lower + y.size() * (from_top + 1) / area.height();
    const Range range = rowsBetween(low, high);
    if (range.last < range.first) continue;
    const auto [size, ringed] = strongest(row_max_, ringed_row_, range);
    const int length = static_cast<int>(std::lround(barPlace(size) * strip_));
    painter.fillRect(right.left(), area.top() + py, length, 1, ringed ? theme.threshold : theme.muted);
  }
}

std::vector<double> MatrixRaster::barTicks(double room) const {
  std::vector<double> values;
  if (scale_.kind == CellScale::Kind::linear) {
    // Round numbers, about five.
    const double raw = (scale_.upper - scale_.lower) / 4 * (1 - 1e-6),
                 power = std::pow(10, std::floor(std::log10(raw)));
    const double step = (raw > 5 * power     ? 10
                         : raw > 2.5 * power ? 5
                         : raw > 2 * power   ? 2.5
                         : raw > power       ? 2
                                             : 1) *
                        power;
    for (double i = std::ceil(scale_.lower / step); i * step <= scale_.upper * (1 + 1e-9); ++i) {
      values.push_back(i * step);
    }
  } else {
    // Powers of ten, every one, second or third, as many as there is room for.
    const double first = std::ceil(std::log10(scale_.lower) - 1e-9), last = std::floor(std::log10(scale_.upper) + 1e-9);
    const double each = std::max(2.0, room / (scale_.kind == CellScale::Kind::symlog ? 2 : 1));
    const double stride = std::max(1.0, std::ceil((last - first + 1) / each));
    for (double power = last; power >= first; power -= stride) {
      values.push_back(std::pow(10, power));
      if (scale_.kind == CellScale::Kind::symlog) values.push_back(-std::pow(10, power));
    }
    if (scale_.kind == CellScale::Kind::symlog) values.push_back(0);
    if (values.empty()) values = {scale_.lower, scale_.upper};
  }
  return values;
}

void MatrixRaster::drawBar(QCPPainter& painter, const QRect& area) const {
  const int left = area.right() + kGap + (strips_ == Strips::both ? strip_ + kGap + 4 : 4);
  const QRect bar(left, area.top(), 10, area.height());
  QImage ramp(1, ColourMap::kLevels, QImage::Format_RGB32);
  for (int i = 0; i < ColourMap::kLevels; ++i) {
    ramp.setPixel(0, i, ColourMap::of(plot_.colours(scale_.colours)).at(1 - i / (ColourMap::kLevels - 1.0)));
  }
  painter.drawImage(bar, ramp);
  painter.setPen(QPen(plot_.currentTheme().axis, 1));
  painter.setBrush(Qt::NoBrush);
  painter.drawRect(bar.adjusted(0, 0, -1, -1));
  painter.setFont(plot_.xAxis->tickLabelFont());
  painter.setPen(plot_.currentTheme().muted);
  const int height = painter.fontMetrics().height();
  const std::vector<double> values = barTicks(bar.height() / (2.0 * height));
  for (const double value : values) {
    const double place = scale_.place(value * scale_.divisor);
    if (place < -1e-6 || place > 1 + 1e-6) continue;
    const int at = bar.bottom() - static_cast<int>(std::lround(place * (bar.height() - 1)));
    painter.drawLine(QLineF(bar.right() + 1, at, bar.right() + 4, at));
    const int centre = std::clamp(at, bar.top() + height / 2 - 4, bar.bottom() - height / 2 + 4);
    painter.drawText(QRect(bar.right() + 7, centre - height / 2, bar_room_ - 24, height),
                     Qt::AlignLeft | Qt::AlignVCenter, tick_text(value));
  }
}

}  // namespace variometer
