// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "widgets/plot_library.h"

namespace variometer {

class Plot;

/// Of "TVR on, loss jump" as much as `room` pixels hold: whole names where there is room for one, else the first one
/// cut.
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
  Plot& plot_;
};

/// What follows the mouse and the keyboard: cursors A and B, the crosshair with its readout, the zoom box. It
/// lives on a buffered layer, so that a moving mouse costs no replot of the lines.
class PlotOverlay : public QCPLayerable {
  Q_OBJECT
 public:
  explicit PlotOverlay(Plot& plot);

 protected:
  void applyDefaultAntialiasingHint(QCPPainter* painter) const override;
  void draw(QCPPainter* painter) override;

 private:
  void drawCursors(QCPPainter& painter, const QRect& area);
  void drawCrosshair(QCPPainter& painter, const QRect& area);
  void drawReadout(QCPPainter& painter, const QRect& area, const QString& head, const QStringList& rows);
  Plot& plot_;
};

}  // namespace variometer
