// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/plot_discs.h"

#include <algorithm>
#include <cmath>

#include "widgets/plot.h"

namespace variometer {

PlotDiscs::PlotDiscs(Plot& plot) : QCPLayerable(&plot, QStringLiteral("main")), plot_(plot) {}

double PlotDiscs::radius(double value) const {
  if (!std::isfinite(value)) return kLargest;
  return std::clamp(kLargest * std::sqrt(std::abs(value) / reference_), kSmallest, kLargest);
}

void PlotDiscs::setDiscs(std::vector<Disc> discs) {
  discs_ = std::move(discs);
  std::stable_sort(discs_.begin(), discs_.end(),
                   [](const Disc& a, const Disc& b) { return std::abs(a.value) > std::abs(b.value); });
  double largest = 0;
  for (const Disc& disc : discs_) {
    if (std::isfinite(disc.value)) largest = std::max(largest, std::abs(disc.value));
  }
  if (largest > 0) {
    const double power = std::pow(10.0, std::floor(std::log10(largest)));
    const double digit = largest / power;
    reference_ = power * (digit <= 1 ? 1 : digit <= 2 ? 2 : digit <= 5 ? 5 : 10);
  }
  plot_.touch();
}

void PlotDiscs::applyDefaultAntialiasingHint(QCPPainter* painter) const { painter->setAntialiasing(true); }

void PlotDiscs::draw(QCPPainter* painter) {
  const Theme& theme = plot_.currentTheme();
  painter->setClipRect(plot_.axisRect()->rect());
  for (const Disc& disc : discs_) {
    QColor colour = disc.hollow ? theme.muted : theme.series[disc.value < 0 ? 0 : 1];
    painter->setPen(QPen(colour, 1));
    colour.setAlpha(110);
    painter->setBrush(disc.hollow ? QBrush(Qt::NoBrush) : QBrush(colour));
    const QPointF at(plot_.xAxis->coordToPixel(disc.x), plot_.yAxis->coordToPixel(disc.y));
    const double r = radius(disc.value);
    painter->drawEllipse(at, r, r);
    if (disc.value < 0) painter->drawLine(QLineF(at.x() - r / 2, at.y(), at.x() + r / 2, at.y()));
  }
}

}  // namespace variometer
