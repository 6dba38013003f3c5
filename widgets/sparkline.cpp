// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/sparkline.h"

#include <QPainter>
#include <QPolygonF>
#include <algorithm>
#include <cmath>

namespace variometer {
namespace {

Sparkline::Range joined(Sparkline::Range a, Sparkline::Range b) {
  return {std::min(a.low, b.low), std::max(a.high, b.high)};
}

}  // namespace

void Sparkline::add(float value) {
  if (count_ == kBuckets * per_range_) {
    for (std::size_t i = 0; i < kBuckets / 2; ++i) ranges_[i] = joined(ranges_[2 * i], ranges_[2 * i + 1]);
    ranges_.resize(kBuckets / 2);
    per_range_ *= 2;
  }
  if (count_ % per_range_ == 0) ranges_.push_back(kNone);
  ++count_;
  if (!std::isfinite(value)) return;
  ranges_.back() = joined(ranges_.back(), {value, value});
  whole_ = joined(whole_, {value, value});
}

void Sparkline::paint(QPainter& painter, const QRectF& area, const QColor& colour) const {
  if (count_ < 2 || whole_.low > whole_.high) return;
  const double span = static_cast<double>(whole_.high) - whole_.low;
  const auto y = [&](float value) {
    return span > 0 ? area.bottom() - (static_cast<double>(value) - whole_.low) / span * area.height()
                    : area.center().y();
  };
  // The newest range may be less than full.
  const double width = area.width() * static_cast<double>(per_range_) / static_cast<double>(count_);
  QPolygonF line;
  for (std::size_t i = 0; i < ranges_.size(); ++i) {
    if (ranges_[i].low > ranges_[i].high) continue;
    const double x = std::min(area.left() + (static_cast<double>(i) + 0.5) * width, area.right());
    // Towards the next one, so that a curve that climbs is one line and not a saw.
    const bool climbs = i + 1 < ranges_.size() && ranges_[i + 1].low <= ranges_[i + 1].high &&
                        ranges_[i + 1].high + ranges_[i + 1].low >= ranges_[i].high + ranges_[i].low;
    line << QPointF(x, y(climbs ? ranges_[i].low : ranges_[i].high))
         << QPointF(x, y(climbs ? ranges_[i].high : ranges_[i].low));
  }
  painter.save();
  painter.setRenderHint(QPainter::Antialiasing);
  painter.setPen(QPen(colour, 1));
  painter.drawPolyline(line);
  painter.restore();
}

}  // namespace variometer
