// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "widgets/plot_library.h"

namespace variometer {

class Plot;

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
