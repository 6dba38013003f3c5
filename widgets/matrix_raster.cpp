// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/matrix_raster.h"

#include <QFontMetrics>
#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>

#include "widgets/colour.h"
#include "widgets/number_text.h"
#include "widgets/plot.h"

namespace variometer {
namespace {

constexpr double kLines = 8;  // cells this large get lines between them
constexpr double kNumberWidth = 46, kNumberHeight = 15;

/// What decides between cells that share a pixel: a value that is not finite is the largest of all.
float weight_of(float value) { return std::isfinite(value) ? std::abs(value) : std::numeric_limits<float>::infinity(); }

}  // namespace

double CellScale::place(double value) const { return places()(value); }

CellScale::Places CellScale::places() const {
  Places all{.kind = kind, .lower = lower, .divisor = divisor};
  switch (kind) {
    case Kind::log_magnitude:
      all.log_lower = std::log(lower);
      all.size = std::log(upper) - all.log_lower;
      break;
    case Kind::symlog: all.size = symlog(upper, lower); break;
    case Kind::linear: all.size = upper - lower; break;
  }
  return all;
}

double CellScale::Places::operator()(double value) const {
  const double x = value / divisor;
  switch (kind) {
    case Kind::log_magnitude: return (std::log(std::max(std::abs(x), lower)) - log_lower) / size;
    case Kind::symlog: return 0.5 + 0.5 * symlog(x, lower) / size;
    case Kind::linear: return (x - lower) / size;
  }
  return 0;
}

MatrixRaster::MatrixRaster(Plot& plot, Strips strips)
    : QCPLayerable(&plot, QStringLiteral("background")), plot_(plot), strips_(strips) {
  fitMargins();
  connect(&plot, &QCustomPlot::beforeReplot, this, &MatrixRaster::fitMargins);
  // The cells have lines of their own; the axes' would cross the numbers.
  plot.xAxis->grid()->setVisible(false);
  plot.yAxis->grid()->setVisible(false);
}

/// Room beside the cells by the font and, in a narrow plot, as little as can be read: the cells have most of it.
void MatrixRaster::fitMargins() {
  const int digit = QFontMetrics(plot_.xAxis->tickLabelFont()).horizontalAdvance(QLatin1Char('0'));
  strip_ = plot_.width() > 0 ? std::clamp(plot_.width() / 14, 16, kStrip) : kStrip;
  bar_room_ = 24 + 7 * digit;
  const bool both = strips_ == Strips::both;
  plot_.setRightMargin(kGap + (both ? strip_ + kGap : 4) + bar_room_);
  if (both) plot_.setTopMargin(strip_ + kGap + 2);
  plot_.setLabelWidth(std::clamp(plot_.width() / (7 * std::max(digit, 1)), 5, 12));
}

void MatrixRaster::setMatrix(CellMatrix matrix) {
  matrix_ = std::move(matrix);
  row_max_.assign(static_cast<std::size_t>(matrix_.rows), 0);
  column_max_.assign(static_cast<std::size_t>(matrix_.columns), 0);
  for (int r = 0; r < matrix_.rows; ++r) {
    float& row = row_max_[static_cast<std::size_t>(r)];
    const CellSpan here = matrix_.span(r);
    for (int c = here.first; c < here.end; ++c) {
      if (c == matrix_.hidden_column) continue;
      float& column = column_max_[static_cast<std::size_t>(c)];
      const float w = weight_of(matrix_.at(r, c));
      row = std::max(row, w);
      column = std::max(column, w);
    }
  }
  setRings({});
  selected_.reset();
}

void MatrixRaster::setRings(std::vector<CellPlace> cells) {
  rings_ = std::move(cells);
  ringed_row_.assign(row_max_.size(), false);
  ringed_column_.assign(column_max_.size(), false);
  for (const CellPlace& cell : rings_) {
    ringed_row_.at(static_cast<std::size_t>(cell.row)) = true;
    ringed_column_.at(static_cast<std::size_t>(cell.column)) = true;
  }
}

MatrixRaster::Range MatrixRaster::columnsBetween(double low, double high) const {
  const auto index = [&](double x) { return (x - matrix_.column_offset + 0.5) / matrix_.column_block; };
  return {static_cast<int>(std::clamp(std::floor(index(low)), 0.0, 1e9)),
          static_cast<int>(std::clamp(std::ceil(index(high)) - 1, -1.0, matrix_.columns - 1.0))};
}

MatrixRaster::Range MatrixRaster::rowsBetween(double low, double high) const {
  const auto index = [&](double y) { return (y - matrix_.row_offset + 0.5) / matrix_.row_block; };
  return {static_cast<int>(std::clamp(std::floor(index(low)), 0.0, 1e9)),
          static_cast<int>(std::clamp(std::ceil(index(high)) - 1, -1.0, matrix_.rows - 1.0))};
}

std::optional<CellPlace> MatrixRaster::cellAt(double x, double y) const {
  const QRect area = plot_.axisRect()->rect();
  if (matrix_.empty() || area.isEmpty()) return std::nullopt;
  const double half_x = 0.5 * plot_.xAxis->range().size() / area.width();
  const double half_y = 0.5 * plot_.yAxis->range().size() / area.height();
  const Range columns = columnsBetween(x - half_x, x + half_x);
  const Range rows = rowsBetween(y - half_y, y + half_y);
  if (columns.last < columns.first || rows.last < rows.first) return std::nullopt;
  return largest(rows, columns);
}

std::optional<CellPlace> MatrixRaster::largest(Range rows, Range columns) const {
  std::optional<CellPlace> best;
  float size = 0;
  for (int r = rows.first; r <= rows.last; ++r) {
    const CellSpan here = matrix_.span(r);
    for (int c = std::max(columns.first, here.first); c <= std::min(columns.last, here.end - 1); ++c) {
      if (c == matrix_.hidden_column) continue;
      const float w = weight_of(matrix_.at(r, c));
      if (!best || w > size) best = {r, c}, size = w;
    }
  }
  return best;
}

QSizeF MatrixRaster::cellSize() const {
  const QRect area = plot_.axisRect()->rect();
  return {area.width() / plot_.xAxis->range().size() * matrix_.column_block,
          area.height() / plot_.yAxis->range().size() * matrix_.row_block};
}

bool MatrixRaster::numbersShown() const {
  const QSizeF cell = cellSize();
  return cell.width() >= kNumberWidth && cell.height() >= kNumberHeight;
}

QString MatrixRaster::cellText(float value) const {
  if (!std::isfinite(value)) return std::isnan(value) ? QStringLiteral("NaN") : QStringLiteral("∞");
  const double x = static_cast<double>(value) / scale_.divisor;
  return value_text(scale_.kind == CellScale::Kind::log_magnitude ? std::abs(x) : x);
}

QRgb MatrixRaster::colour(float value) const {
  if (!std::isfinite(value)) return plot_.currentTheme().not_finite.rgb();
  return ColourMap::of(plot_.colours(scale_.colours)).at(scale_.place(value));
}

QImage MatrixRaster::image(QSize size) const {
  QImage picture(size, QImage::Format_ARGB32_Premultiplied);
  picture.fill(Qt::transparent);
  if (matrix_.empty() || size.isEmpty()) return picture;
  const QCPRange x = plot_.xAxis->range(), y = plot_.yAxis->range();
  std::vector<Range> across(static_cast<std::size_t>(size.width()));
  for (int px = 0; px < size.width(); ++px) {
    const double low = x.lower + x.size() * px / size.width(), high = x.lower + x.size() * (px + 1) / size.width();
    across[static_cast<std::size_t>(px)] = columnsBetween(low, high);
  }
  const auto n_column = static_cast<std::size_t>(matrix_.columns);
  std::vector<float> largest_here(n_column), weights(n_column);
  const ColourMap& map = ColourMap::of(plot_.colours(scale_.colours));
  const QRgb not_finite = plot_.currentTheme().not_finite.rgb();
  const auto place = scale_.places();
  Range drawn{-1, -2};
  for (int py = 0; py < size.height(); ++py) {
    const double from_top = plot_.yAxis->rangeReversed() ? py : size.height() - 1.0 - py;
    const double low = y.lower + y.size() * from_top / size.height();
    const double high = y.lower + y.size() * (from_top + 1) / size.height();
    const Range down = rowsBetween(low, high);
    if (down.last < down.first) continue;
    auto* pixels = reinterpret_cast<QRgb*>(picture.scanLine(py));
    if (down == drawn) {  // the same cells as one pixel above
      std::memcpy(pixels, picture.constScanLine(py - 1), static_cast<std::size_t>(size.width()) * sizeof(QRgb));
      continue;
    }
    drawn = down;
    // First down each column, then across: what several pixels show is looked for once.
    std::fill(weights.begin(), weights.end(), -1.0F);
    for (int r = down.first; r <= down.last; ++r) {
      const CellSpan here = matrix_.span(r);
      for (int c = here.first; c < here.end; ++c) {
        const float value = matrix_.at(r, c), weight = weight_of(value);
        const auto at = static_cast<std::size_t>(c);
        if (weight > weights[at]) weights[at] = weight, largest_here[at] = value;
      }
    }
    if (matrix_.hidden_column >= 0) weights[static_cast<std::size_t>(matrix_.hidden_column)] = -1;
    for (std::size_t px = 0; px < across.size(); ++px) {
      const auto [first, last] = across[px];
      if (last < first) continue;
      if (px > 0 && across[px] == across[px - 1]) {
        pixels[px] = pixels[px - 1];
        continue;
      }
      const auto from = weights.begin() + first;
      const auto best = std::max_element(from, weights.begin() + last + 1);
      if (*best < 0) continue;
      const float value = largest_here[static_cast<std::size_t>(best - weights.begin())];
      pixels[px] = std::isfinite(value) ? map.at(place(static_cast<double>(value))) : not_finite;
    }
  }
  return picture;
}

void MatrixRaster::applyDefaultAntialiasingHint(QCPPainter* painter) const { painter->setAntialiasing(false); }

void MatrixRaster::draw(QCPPainter* painter) {
  const QRect area = plot_.axisRect()->rect();
  if (matrix_.empty() || area.isEmpty()) return;
  const double ratio = std::max(1.0, plot_.bufferDevicePixelRatio());
  painter->setClipping(false);
  painter->drawImage(area, image((QSizeF(area.size()) * ratio).toSize()));
  drawCells(*painter, area);
  drawRings(*painter, area);
  if (strips_ == Strips::both) drawStrips(*painter, area);
  drawBar(*painter, area);
}

void MatrixRaster::drawCells(QCPPainter& painter, const QRect& area) const {
  const QSizeF cell = cellSize();
  if (cell.width() < kLines || cell.height() < kLines) return;
  const QCPRange x = plot_.xAxis->range(), y = plot_.yAxis->range();
  const Range columns = columnsBetween(x.lower, x.upper), rows = rowsBetween(y.lower, y.upper);
  const auto edge_x = [&](int c) { return plot_.xAxis->coordToPixel(xOf(c) - 0.5 * matrix_.column_block); };
  const auto edge_y = [&](int r) { return plot_.yAxis->coordToPixel(yOf(r) - 0.5 * matrix_.row_block); };
  painter.save();
  painter.setClipRect(area);
  QColor thin = plot_.currentTheme().card;
  thin.setAlpha(110);
  painter.setPen(QPen(thin, 1));
  for (int c = columns.first; c <= columns.last + 1; ++c) {
    painter.drawLine(QLineF(edge_x(c), area.top(), edge_x(c), area.bottom()));
  }
  for (int r = rows.first; r <= rows.last + 1; ++r) {
    painter.drawLine(QLineF(area.left(), edge_y(r), area.right(), edge_y(r)));
  }
  if (numbersShown()) {
    painter.setFont(plot_.xAxis->tickLabelFont());
    for (int r = rows.first; r <= rows.last; ++r) {
      for (int c = columns.first; c <= columns.last; ++c) {
        if (!matrix_.has(r, c)) continue;
        const float value = matrix_.at(r, c);
        painter.setPen(lightness(QColor(colour(value))) > 55 ? Qt::black : Qt::white);
        painter.drawText(QRectF(QPointF(edge_x(c), edge_y(r)), QPointF(edge_x(c + 1), edge_y(r + 1))).normalized(),
                         Qt::AlignCenter, cellText(value));
      }
    }
  }
  painter.restore();
}

void MatrixRaster::drawRings(QCPPainter& painter, const QRect& area) const {
  painter.save();
  painter.setClipRect(area.adjusted(-6, -6, 6, 6));
  painter.setAntialiasing(true);
  painter.setBrush(Qt::NoBrush);
  const QSizeF cell = cellSize();
  const auto ring = [&](const CellPlace& place, const QColor& inner, bool square) {
    const double x = xOf(place.column), y = yOf(place.row);
    if (!plot_.xAxis->range().contains(x) || !plot_.yAxis->range().contains(y)) return;
    const QPointF centre(plot_.xAxis->coordToPixel(x), plot_.yAxis->coordToPixel(y));
    const double w = std::max(5.0, cell.width() / 2 - 1), h = std::max(5.0, cell.height() / 2 - 1);
    // Dark under light, so that it stands out on every colour.
    for (const QPen& pen : {QPen(QColor(0, 0, 0, 190), 3.5), QPen(inner, 1.6)}) {
      painter.setPen(pen);
      if (square || numbersShown()) {
        painter.drawRect(QRectF(centre.x() - w, centre.y() - h, 2 * w, 2 * h));
      } else {
        painter.drawEllipse(centre, 5.5, 5.5);
      }
    }
  };
  for (const CellPlace& place : rings_) ring(place, QColor(255, 138, 101), false);
  if (selected_) ring(*selected_, Qt::white, true);
  painter.restore();
}

}  // namespace variometer
