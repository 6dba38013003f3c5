// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/raster.h"

#include <algorithm>
#include <cmath>

#include "widgets/number_text.h"
#include "widgets/plot.h"

namespace variometer {

Raster::Raster(Plot& plot) : QCPLayerable(&plot, QStringLiteral("background")), plot_(plot) { plot.setRightMargin(68); }

void Raster::setGrid(int columns, int rows, std::vector<float> values, std::vector<double> edges) {
  columns_ = columns;
  rows_ = rows;
  values_ = std::move(values);
  edges_ = std::move(edges);
}

void Raster::setScale(double lower, double upper, bool log) {
  lower_ = lower;
  upper_ = upper;
  log_ = log;
}

int Raster::columnAt(double x) const {
  const auto after = std::upper_bound(edges_.begin(), edges_.end(), x);
  if (after == edges_.begin() || after == edges_.end()) return -1;
  return static_cast<int>(after - edges_.begin()) - 1;
}

int Raster::rowAt(double y) const {
  const double row = std::floor(y + 0.5);
  return row >= 0 && row < rows_ ? static_cast<int>(row) : -1;
}

QRgb Raster::colour(float value) const {
  if (!std::isfinite(value)) return plot_.currentTheme().not_finite.rgb();
  const double size = std::abs(static_cast<double>(value));
  const double t = log_ ? (std::log(std::max(size, lower_)) - std::log(lower_)) / (std::log(upper_) - std::log(lower_))
                        : (size - lower_) / (upper_ - lower_);
  return ColourMap::of(kind_).at(t);
}

QImage Raster::image(QSize size) const {
  QImage picture(size, QImage::Format_ARGB32_Premultiplied);
  picture.fill(Qt::transparent);
  if (columns_ == 0 || rows_ == 0 || size.isEmpty()) return picture;
  const QCPRange x = plot_.xAxis->range(), y = plot_.yAxis->range();
  const bool reversed = plot_.yAxis->rangeReversed();
  // First and last cell under each pixel; a pixel always shows at least the cell at its centre.
  const auto cells = [](double low, double high, auto&& at, int n) {
    const int first = at(low), last = at(high), centre = at(0.5 * (low + high));
    if (first < 0 && last < 0) return std::pair{centre, centre};
    return std::pair{first < 0 ? (centre < 0 ? last : 0) : first, last < 0 ? n - 1 : last};
  };
  std::vector<std::pair<int, int>> across(static_cast<std::size_t>(size.width()));
  for (int px = 0; px < size.width(); ++px) {
    const double low = x.lower + x.size() * px / size.width(), high = x.lower + x.size() * (px + 1) / size.width();
    const bool outside = high < edges_.front() || low > edges_.back();
    across[static_cast<std::size_t>(px)] =
        outside ? std::pair{-1, -1}
                : cells(
                      low, std::nextafter(high, low), [this](double v) { return columnAt(v); }, columns_);
  }
  for (int py = 0; py < size.height(); ++py) {
    const double from_top = reversed ? static_cast<double>(py) : size.height() - 1.0 - py;
    const double low = y.lower + y.size() * from_top / size.height();
    const double high = y.lower + y.size() * (from_top + 1) / size.height();
    if (high < -0.5 || low > rows_ - 0.5) continue;
    const auto down = cells(
        low, std::nextafter(high, low), [this](double v) { return rowAt(v); }, rows_);
    if (down.first < 0) continue;
    auto* line = reinterpret_cast<QRgb*>(picture.scanLine(py));
    for (int px = 0; px < size.width(); ++px) {
      const auto [first, last] = across[static_cast<std::size_t>(px)];
      if (first < 0) continue;
      float best = value(first, down.first);
      for (int r = down.first; r <= down.second; ++r) {
        for (int c = first; c <= last; ++c) {
          const float v = value(c, r);
          if (std::isfinite(best) && (!std::isfinite(v) || std::abs(v) > std::abs(best))) best = v;
        }
      }
      line[px] = colour(best);
    }
  }
  return picture;
}

void Raster::applyDefaultAntialiasingHint(QCPPainter* painter) const { painter->setAntialiasing(false); }

void Raster::draw(QCPPainter* painter) {
  const QRect area = plot_.axisRect()->rect();
  if (columns_ == 0 || area.isEmpty()) return;
  const double ratio = std::max(1.0, plot_.bufferDevicePixelRatio());
  painter->drawImage(area, image((QSizeF(area.size()) * ratio).toSize()));
  drawBar(*painter, area);
}

void Raster::drawBar(QCPPainter& painter, const QRect& area) const {
  const QRect bar(area.right() + 10, area.top(), 10, area.height());
  QImage ramp(1, 256, QImage::Format_RGB32);
  for (int i = 0; i < 256; ++i) ramp.setPixel(0, i, ColourMap::of(kind_).at(1 - i / 255.0));
  painter.drawImage(bar, ramp);
  painter.setPen(QPen(plot_.currentTheme().axis, 1));
  painter.setBrush(Qt::NoBrush);
  painter.drawRect(bar.adjusted(0, 0, -1, -1));
  painter.setFont(plot_.xAxis->tickLabelFont());
  painter.setPen(plot_.currentTheme().muted);
  const int height = painter.fontMetrics().height();
  const double middle = log_ ? std::sqrt(lower_ * upper_) : 0.5 * (lower_ + upper_);
  const auto label = [&](double value, int centre) {
    painter.drawText(QRect(bar.right() + 4, centre - height / 2, 52, height), Qt::AlignLeft | Qt::AlignVCenter,
                     QString::number(value, 'g', 3));
  };
  label(upper_, bar.top() + height / 2);
  label(middle, bar.center().y());
  label(lower_, bar.bottom() - height / 2);
}

}  // namespace variometer
