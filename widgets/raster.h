// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <vector>

#include "widgets/colour_map.h"
#include "widgets/plot_library.h"

namespace variometer {

class Plot;

/// A grid of numbers drawn as colours inside a plot, with its colour bar in the right margin. Where several cells fall
/// on one pixel the largest |value| is drawn: one bright cell among millions stays visible (design: ui b.4). Cells that
/// are not finite have a colour of their own. Rows stand at y = 0, 1, 2, ...; columns between given edges.
class Raster : public QCPLayerable {
  Q_OBJECT
 public:
  explicit Raster(Plot& plot);

  /// `values` row by row; `edges` holds columns + 1 rising x.
  void setGrid(int columns, int rows, std::vector<float> values, std::vector<double> edges);
  void setScale(double lower, double upper, bool log);
  void setColours(ColourMap::Kind kind) { kind_ = kind; }
  int columns() const { return columns_; }
  int rows() const { return rows_; }
  double lower() const { return lower_; }
  double upper() const { return upper_; }
  /// Column at x and row at y, or -1.
  int columnAt(double x) const;
  int rowAt(double y) const;
  float value(int column, int row) const {
    return values_[static_cast<std::size_t>(row) * static_cast<std::size_t>(columns_) +
                   static_cast<std::size_t>(column)];
  }
  /// The picture of the axis rectangle at `size`, one value per pixel pooled: for drawing and for tests.
  QImage image(QSize size) const;

 protected:
  void applyDefaultAntialiasingHint(QCPPainter* painter) const override;
  void draw(QCPPainter* painter) override;

 private:
  QRgb colour(float value) const;
  void drawBar(QCPPainter& painter, const QRect& area) const;

  Plot& plot_;
  int columns_ = 0, rows_ = 0;
  std::vector<float> values_;
  std::vector<double> edges_;
  double lower_ = 0, upper_ = 1;
  bool log_ = false;
  ColourMap::Kind kind_ = ColourMap::Kind::cividis;
};

}  // namespace variometer
