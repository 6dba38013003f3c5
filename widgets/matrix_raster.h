// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "widgets/colour_map.h"
#include "widgets/plot_library.h"

namespace variometer {

class Plot;

/// How a cell's number becomes a colour.
struct CellScale {
  enum class Kind {
    log_magnitude,  ///< |x| from `lower` to `upper`, logarithmic
    symlog,         ///< signed, linear within +-lower, logarithmic to +-upper; diverging colours
    linear,         ///< x from `lower` to `upper`
  };
  Kind kind = Kind::log_magnitude;
  double lower = 1e-3, upper = 1;
  double divisor = 1;  ///< x is divided by it first: the median, for ratios
  ColourMap::Kind colours = ColourMap::Kind::cividis;

  double place(double value) const;  ///< 0..1
  /// The same for many values: what depends on the scale alone is worked out once.
  struct Places {
    Kind kind = Kind::linear;
    double lower = 0, divisor = 1, log_lower = 0, size = 1;
    double operator()(double value) const;
  };
  Places places() const;
};

/// Columns first .. end - 1 of a row.
struct CellSpan {
  int first = 0, end = 0;
  bool operator==(const CellSpan&) const = default;
};

/// The numbers themselves, row by row; `owner` keeps them alive. A cell stands for row_block x column_block places.
struct CellMatrix {
  std::shared_ptr<const void> owner;
  std::span<const float> values;
  int rows = 0, columns = 0;
  int row_block = 1, column_block = 1;
  int row_offset = 0;     ///< y of the first row
  int column_offset = 0;  ///< x of the first column
  /// Which cells of each row there are; empty: all. The others stay blank: no colour, no number, no part in a strip.
  std::vector<CellSpan> shown = {};
  int hidden_column = -1;  ///< one more that is blank

  bool empty() const { return rows == 0 || columns == 0; }
  CellSpan span(int row) const { return shown.empty() ? CellSpan{0, columns} : shown[static_cast<std::size_t>(row)]; }
  bool has(int row, int column) const {
    const CellSpan here = span(row);
    return column >= here.first && column < here.end && column != hidden_column;
  }
  float at(int row, int column) const {
    return values[static_cast<std::size_t>(row) * static_cast<std::size_t>(columns) + static_cast<std::size_t>(column)];
  }
};

struct CellPlace {
  int row = 0, column = 0;
  bool operator==(const CellPlace&) const = default;
};

/// A matrix as colours inside a plot: row r stands at y = r, column c at x = c. Where several cells fall on one pixel
/// the largest |x| is drawn; cells large enough get lines, larger ones their number. Beside it a bar per row and above
/// it a bar per column (the largest |x| of each), and the colour bar. Chosen cells have a ring at every zoom.
class MatrixRaster : public QCPLayerable {
  Q_OBJECT
 public:
  enum class Strips { none, both };
  MatrixRaster(Plot& plot, Strips strips);

  void setMatrix(CellMatrix matrix);
  void setScale(const CellScale& scale) { scale_ = scale; }
  void setRings(std::vector<CellPlace> cells);
  void setSelected(std::optional<CellPlace> cell) { selected_ = cell; }

  const CellMatrix& matrix() const { return matrix_; }
  const CellScale& scale() const { return scale_; }
  const std::vector<float>& rowMax() const { return row_max_; }
  const std::vector<float>& columnMax() const { return column_max_; }
  const std::vector<CellPlace>& rings() const { return rings_; }
  std::optional<CellPlace> selected() const { return selected_; }

  /// What is written in a cell: its size where the colours tell sizes, else the value; four digits.
  QString cellText(float value) const;
  /// The cell drawn at the pixel around (x, y): the largest of those that fall on it; none where all are blank.
  std::optional<CellPlace> cellAt(double x, double y) const;
  double xOf(int column) const { return matrix_.column_offset + (column + 0.5) * matrix_.column_block - 0.5; }
  double yOf(int row) const { return matrix_.row_offset + (row + 0.5) * matrix_.row_block - 0.5; }
  /// Size of a cell in pixels as the axes stand.
  QSizeF cellSize() const;
  bool numbersShown() const;
  QRgb colour(float value) const;
  /// What a colour bar is labelled with: true values, whatever the scale.
  std::vector<double> barTicks(double room) const;
  /// The picture of the axis rectangle at `size`.
  QImage image(QSize size) const;

 protected:
  void applyDefaultAntialiasingHint(QCPPainter* painter) const override;
  void draw(QCPPainter* painter) override;

 private:
  static constexpr int kStrip = 44;  ///< pixels of a strip, where there is room
  static constexpr int kGap = 6;     ///< between picture, strip and bar

  struct Range {
    int first = 0, last = -1;  ///< empty: last < first
    bool operator==(const Range&) const = default;
  };
  /// Those that cover any of [low, high).
  Range columnsBetween(double low, double high) const;
  Range rowsBetween(double low, double high) const;
  std::optional<CellPlace> largest(Range rows, Range columns) const;
  void fitMargins();
  void drawCells(QCPPainter& painter, const QRect& area) const;
  void drawRings(QCPPainter& painter, const QRect& area) const;
  void drawStrips(QCPPainter& painter, const QRect& area) const;
  void drawBar(QCPPainter& painter, const QRect& area) const;
  double barPlace(float largest) const;

  Plot& plot_;
  const Strips strips_;
  int strip_ = kStrip;
  int bar_room_ = 0;  ///< colour bar with its numbers
  CellMatrix matrix_;
  CellScale scale_;
  std::vector<float> row_max_, column_max_;
  std::vector<CellPlace> rings_;
  std::vector<bool> ringed_row_, ringed_column_;
  std::optional<CellPlace> selected_;
};

}  // namespace variometer
