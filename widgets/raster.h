// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "widgets/colour_map.h"
#include "widgets/plot_library.h"

namespace variometer {

class Plot;

/// A grid of numbers drawn as colours inside a plot, above its grid lines, with its colour bar in the right margin.
/// Where several cells fall on one pixel the largest |value| is drawn: one bright cell among millions stays visible
/// (design: ui b.4). Cells that are not finite are hatched in a colour of their own, and win over every number they
/// share a pixel with. Rows stand at y = 0, 1, 2, ...; columns between given edges; x may be logarithmic.
class Raster : public QCPLayerable {
  Q_OBJECT
 public:
  explicit Raster(Plot& plot);
  bool eventFilter(QObject* watched, QEvent* event) override;

  void clear();
  /// `values` row by row; `edges` holds columns + 1 rising x.
  void setGrid(int columns, int rows, std::vector<float> values, std::vector<double> edges);
  /// A column of one value a row that begins at `x` and stands until the next one begins; the last as long as the one
  /// before it did. Amortised O(rows).
  void appendColumn(double x, std::span<const float> values);
  void setScale(double lower, double upper, bool log);
  void setColours(ColourMap::Kind kind) { kind_ = kind; }
  int columns() const { return columns_; }
  int rows() const { return rows_; }
  double lower() const { return lower_; }
  double upper() const { return upper_; }
  std::int64_t nonFinite() const { return n_not_finite_; }
  /// Column at x and row at y, or -1.
  int columnAt(double x) const;
  int rowAt(double y) const;
  double columnStart(int column) const { return edges_[static_cast<std::size_t>(column)]; }
  float value(int column, int row) const {
    const auto c = static_cast<std::size_t>(column), r = static_cast<std::size_t>(row);
    return by_column_ ? values_[c * static_cast<std::size_t>(rows_) + r]
                      : values_[r * static_cast<std::size_t>(columns_) + c];
  }
  /// The picture of the axis rectangle at `size`, one value per pixel pooled: for drawing and for tests. Transparent
  /// where there is no cell.
  QImage image(QSize size) const;
  QRgb colour(float value) const;

 protected:
  void applyDefaultAntialiasingHint(QCPPainter* painter) const override;
  void draw(QCPPainter* painter) override;

 private:
  struct Span {
    int first = 0, last = -1;  ///< cells of a pixel, both included; none where last < first
  };
  std::vector<Span> across(int width) const;
  std::vector<Span> down(int height) const;
  void largest(Span rows, Span columns, std::vector<std::int32_t>& out) const;
  void see(float value);
  void makeRoomForBar();
  void drawBar(QCPPainter& painter, const QRect& area) const;

  Plot& plot_;
  int columns_ = 0, rows_ = 0;
  bool by_column_ = false;
  std::vector<float> values_;
  std::vector<double> edges_;
  std::int64_t n_not_finite_ = 0;
  double smallest_ = 0;  ///< finite |value|
  double lower_ = 0, upper_ = 1;
  bool log_ = false;
  double scale_ = 1, per_log_ = 0;  ///< made of them once, not for every pixel
  ColourMap::Kind kind_ = ColourMap::Kind::cividis;
};

}  // namespace variometer
