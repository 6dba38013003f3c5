// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/raster.h"

#include <QEvent>
#include <QTimer>
#include <algorithm>
#include <bit>
#include <cmath>
#include <cstring>
#include <limits>

#include "widgets/colour.h"
#include "widgets/number_text.h"
#include "widgets/plot.h"

namespace variometer {
namespace {

constexpr int kBarGap = 10, kBarWidth = 10;  // pixels
constexpr double kVectorRatio = 3;           // pixels of a picture in a vector file, per point of the layout

QString bar_text(double value) { return tick_text(QString::number(value, 'g', 3).toDouble()); }

}  // namespace

Raster::Raster(Plot& plot) : QCPLayerable(&plot, QStringLiteral("main")), plot_(plot) {
  makeRoomForBar();
  plot.installEventFilter(this);
  for (QCPAxis* axis : {plot.xAxis, plot.yAxis}) axis->grid()->setVisible(false);
}

/// Seven digits of the font as it is.
void Raster::makeRoomForBar() {
  const int digit = QFontMetrics(plot_.xAxis->tickLabelFont()).horizontalAdvance(QLatin1Char('0'));
  plot_.setRightMargin(kBarGap + kBarWidth + 5 + 7 * digit);
}

bool Raster::eventFilter(QObject* watched, QEvent* event) {
  // After the plot has made its own fonts of it.
  if (event->type() == QEvent::FontChange) QTimer::singleShot(0, this, &Raster::makeRoomForBar);
  return QCPLayerable::eventFilter(watched, event);
}

void Raster::clear() {
  columns_ = rows_ = 0;
  values_.clear();
  edges_.clear();
  n_not_finite_ = 0;
  smallest_ = std::numeric_limits<double>::infinity();
}

void Raster::see(float value) {
  if (std::isfinite(value)) {
    smallest_ = std::min(smallest_, std::abs(static_cast<double>(value)));
  } else {
    ++n_not_finite_;
  }
}

void Raster::setGrid(int columns, int rows, std::vector<float> values, std::vector<double> edges) {
  clear();
  by_column_ = false;
  columns_ = columns;
  rows_ = rows;
  values_ = std::move(values);
  edges_ = std::move(edges);
  for (const float value : values_) see(value);
}

void Raster::appendColumn(double x, std::span<const float> values) {
  if (columns_ == 0) {
    clear();
    by_column_ = true;
    rows_ = static_cast<int>(values.size());
    edges_ = {x};
  }
  edges_.back() = x;
  edges_.push_back(columns_ > 0 ? 2 * x - edges_[edges_.size() - 2] : x + 1);
  ++columns_;
  values_.insert(values_.end(), values.begin(), values.end());
  for (const float value : values) see(value);
}

void Raster::setScale(double lower, double upper, bool log) {
  lower_ = lower;
  upper_ = upper;
  log_ = log;
  scale_ = log ? 1 / lower : 1 / (upper - lower);
  per_log_ = log ? 1 / std::log(upper / lower) : 0;
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
  const double t = log_ ? (size > lower_ ? std::log(size * scale_) * per_log_ : 0) : (size - lower_) * scale_;
  return ColourMap::of(plot_.colours(kind_)).at(t);
}

// A pixel covers an interval of x; its cells are all that the interval touches, so that no cell in view goes unseen.
std::vector<Raster::Span> Raster::across(int width) const {
  std::vector<Span> spans(static_cast<std::size_t>(width));
  const QCPRange x = plot_.xAxis->range();
  const bool log = plot_.logX();
  const auto at = [&](int px) {
    const double t = static_cast<double>(px) / width;
    return log ? x.lower * std::pow(x.upper / x.lower, t) : x.lower + x.size() * t;
  };
  for (int px = 0; px < width; ++px) {
    const double low = at(px), high = at(px + 1);
    if (high <= edges_.front() || low >= edges_.back()) continue;
    const auto first = std::upper_bound(edges_.begin(), edges_.end(), low) - edges_.begin() - 1;
    const auto last = std::lower_bound(edges_.begin(), edges_.end(), high) - edges_.begin() - 1;
    spans[static_cast<std::size_t>(px)] = {std::max(0, static_cast<int>(first)),
                                           std::min(columns_ - 1, static_cast<int>(last))};
  }
  return spans;
}

std::vector<Raster::Span> Raster::down(int height) const {
  std::vector<Span> spans(static_cast<std::size_t>(height));
  const QCPRange y = plot_.yAxis->range();
  for (int py = 0; py < height; ++py) {
    const int from_top = plot_.yAxis->rangeReversed() ? py : height - 1 - py;
    const double low = y.lower + y.size() * from_top / height + 0.5;
    const double high = y.lower + y.size() * (from_top + 1) / height + 0.5;
    if (high <= 0 || low >= rows_) continue;
    spans[static_cast<std::size_t>(py)] = {std::max(0, static_cast<int>(std::floor(low))),
                                           std::min(rows_ - 1, static_cast<int>(std::ceil(high)) - 1)};
  }
  return spans;
}

// The bits of |value| as a whole number are in the order of the values, infinity and NaN beyond all of them: one
// maximum finds the largest and lets what is not finite win. One loop without branches, which compilers make vectors
// of.
void Raster::largest(Span rows, Span columns, std::vector<std::int32_t>& out) const {
  constexpr std::int32_t kMagnitude = 0x7fffffff;
  const auto first = static_cast<std::size_t>(columns.first), last = static_cast<std::size_t>(columns.last) + 1;
  std::fill(out.begin(), out.end(), 0);
  const auto* bits = reinterpret_cast<const char*>(values_.data());
  const auto at = [bits](std::size_t i) {
    std::int32_t word;
    std::memcpy(&word, bits + i * sizeof(word), sizeof(word));
    return word & kMagnitude;
  };
  for (auto r = static_cast<std::size_t>(rows.first); r <= static_cast<std::size_t>(rows.last); ++r) {
    if (by_column_) {
      for (std::size_t c = first; c < last; ++c) out[c] = std::max(out[c], at(c * static_cast<std::size_t>(rows_) + r));
    } else {
      const std::size_t row = r * static_cast<std::size_t>(columns_);
      for (std::size_t c = first; c < last; ++c) out[c] = std::max(out[c], at(row + c));
    }
  }
}

QImage Raster::image(QSize size) const {
  QImage picture(size, QImage::Format_ARGB32_Premultiplied);
  picture.fill(Qt::transparent);
  if (columns_ == 0 || rows_ == 0 || size.isEmpty()) return picture;
  const std::vector<Span> columns = across(size.width()), rows = down(size.height());
  Span view{columns_, -1};  // columns seen at all
  for (const Span& span : columns) {
    if (span.last < span.first) continue;
    view = {std::min(view.first, span.first), std::max(view.last, span.last)};
  }
  if (view.last < view.first) return picture;
  const Theme& theme = plot_.currentTheme();
  QColor faint = theme.not_finite;
  faint.setAlphaF(0.35F);
  const QRgb bad = theme.not_finite.rgb(), between = painted_over(faint, theme.card).rgb();
  constexpr int kHatch = 6;  // pixels from line to line
  std::vector<std::int32_t> largest_of(static_cast<std::size_t>(columns_));
  std::vector<float> line(columns.size());
  for (int py = 0; py < size.height(); ++py) {
    const Span row = rows[static_cast<std::size_t>(py)];
    if (row.last < row.first) continue;
    // Enlarged cells: this line of pixels shows the same cells as the one above.
    const bool same = py > 0 && rows[static_cast<std::size_t>(py) - 1].first == row.first &&
                      rows[static_cast<std::size_t>(py) - 1].last == row.last;
    if (!same) largest(row, view, largest_of);
    auto* pixels = reinterpret_cast<QRgb*>(picture.scanLine(py));
    const QRgb* above = py > 0 ? pixels - picture.bytesPerLine() / static_cast<qsizetype>(sizeof(QRgb)) : nullptr;
    for (std::size_t px = 0; px < columns.size(); ++px) {
      const Span span = columns[px];
      if (span.last < span.first) continue;
      if (!same) {
        const auto begin = largest_of.begin() + span.first;
        line[px] = std::bit_cast<float>(*std::max_element(begin, begin + (span.last - span.first + 1)));
      }
      if (!std::isfinite(line[px])) {
        pixels[px] = (static_cast<int>(px) + py) % kHatch < kHatch / 2 ? bad : between;
      } else {
        pixels[px] = same ? above[px] : colour(line[px]);
      }
    }
  }
  return picture;
}

void Raster::applyDefaultAntialiasingHint(QCPPainter* painter) const { painter->setAntialiasing(false); }

void Raster::draw(QCPPainter* painter) {
  const QRect area = plot_.axisRect()->rect();
  if (columns_ == 0 || area.isEmpty()) return;
  const bool vectors = painter->modes().testFlag(QCPPainter::pmVectorized);
  const double ratio = vectors ? kVectorRatio : std::max(1.0, painter->device()->devicePixelRatioF());
  painter->drawImage(area, image((QSizeF(area.size()) * ratio).toSize()));
  painter->setClipping(false);
  drawBar(*painter, area);
}

void Raster::drawBar(QCPPainter& painter, const QRect& area) const {
  const QRect bar(area.right() + kBarGap, area.top(), kBarWidth, area.height());
  QImage ramp(1, 256, QImage::Format_RGB32);
  for (int i = 0; i < 256; ++i) ramp.setPixel(0, i, ColourMap::of(plot_.colours(kind_)).at(1 - i / 255.0));
  painter.drawImage(bar, ramp);
  painter.setPen(QPen(plot_.currentTheme().axis, 1));
  painter.setBrush(Qt::NoBrush);
  painter.drawRect(bar.adjusted(0, 0, -1, -1));
  painter.setFont(plot_.xAxis->tickLabelFont());
  const double height = QFontMetricsF(painter.font()).height();
  std::vector<double> taken;  // centres of labels
  const auto label = [&](double value, const QString& text) {
    const double t = log_ ? std::log(value / lower_) / std::log(upper_ / lower_) : (value - lower_) / (upper_ - lower_);
    if (!(t >= 0 && t <= 1)) return;
    const double y = bar.bottom() - t * (bar.height() - 1);
    const double centre = std::clamp(y, area.top() + height / 2 - 3, area.bottom() - height / 2 + 3);
    if (std::any_of(taken.begin(), taken.end(), [&](double other) { return std::abs(other - centre) < height; })) {
      return;
    }
    taken.push_back(centre);
    painter.setPen(plot_.currentTheme().axis);
    painter.drawLine(QLineF(bar.right(), y, bar.right() + 3, y));
    painter.setPen(plot_.currentTheme().muted);
    painter.drawText(QRectF(bar.right() + 5, centre - height / 2, 100, height), Qt::AlignLeft | Qt::AlignVCenter, text);
  };
  // The true ends first; round numbers where they leave room. Values below the lowest colour are there, and are said.
  label(upper_, bar_text(upper_));
  label(lower_, (smallest_ < lower_ * (1 - 1e-6) ? QStringLiteral("≤ ") : QString()) + bar_text(lower_));
  if (!log_) {
    for (const double t : {0.5, 0.25, 0.75})
      label(lower_ + t * (upper_ - lower_), bar_text(lower_ + t * (upper_ - lower_)));
    return;
  }
  const double decades = std::log10(upper_ / lower_);
  const int first = static_cast<int>(std::floor(std::log10(lower_))), last = static_cast<int>(std::log10(upper_));
  const int stride = std::max(1, static_cast<int>(std::ceil(decades * height * 1.3 / std::max(1, bar.height()))));
  for (int d = first; d <= last; ++d) {
    if (d % stride == 0) label(std::pow(10.0, d), tick_text(std::pow(10.0, d)));
  }
  if (decades > 2) return;
  for (const double m : {2.0, 5.0, 3.0, 7.0}) {
    for (int d = first; d <= last; ++d) label(m * std::pow(10.0, d), tick_text(m * std::pow(10.0, d)));
  }
}

}  // namespace variometer
