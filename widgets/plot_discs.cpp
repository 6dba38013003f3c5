// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/plot_discs.h"

#include <algorithm>
#include <cmath>

#include "widgets/plot.h"

namespace variometer {

PlotDiscs::PlotDiscs(Plot& plot) : QCPLayerable(&plot, QStringLiteral("main")), plot_(plot) {}

double PlotDiscs::radius(double value) { return 2.5 * (1 + std::log10(std::max(1.0, std::abs(value)))); }

void PlotDiscs::setDiscs(std::vector<Disc> discs) {
  discs_ = std::move(discs);
  std::stable_sort(discs_.begin(), discs_.end(),
                   [](const Disc& a, const Disc& b) { return std::abs(a.value) > std::abs(b.value); });
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
    const double r = std::isfinite(disc.value) ? radius(disc.value) : 2.5;
    painter->drawEllipse(at, r, r);
    if (disc.value < 0) painter->drawLine(QLineF(at.x() - r / 2, at.y(), at.x() + r / 2, at.y()));
  }
}

}  // namespace variometer
