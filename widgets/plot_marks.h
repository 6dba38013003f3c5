// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "widgets/plot_library.h"

namespace variometer {

class Plot;

/// Of "TVR on, loss jump" as much as `room` pixels hold: whole names, and how many more there are where that fits
/// too; empty where there is no room for one: half a word says less than the flag alone, whose readout tells all.
QString fitting_label(const QString& names, double room, const QFontMetricsF& metrics);

/// Limits, event marks with their lane, lone points, the y axis' name and the text of an empty plot; part of every
/// figure.
class PlotMarks : public QCPLayerable {
  Q_OBJECT
 public:
  explicit PlotMarks(Plot& plot);

 protected:
  void applyDefaultAntialiasingHint(QCPPainter* painter) const override;
  void draw(QCPPainter* painter) override;

 private:
  void drawThresholds(QCPPainter& painter, const QRect& area);
  void drawLonePoints(QCPPainter& painter);
  void drawYLabel(QCPPainter& painter, const QRect& area);
  QString emptyText() const;
  void drawNotes(QCPPainter& painter, const QRect& area);
  void drawEvents(QCPPainter& painter, const QRect& area);
  void drawRemarks(QCPPainter& painter, const QRect& area);
  Plot& plot_;
};

}  // namespace variometer
