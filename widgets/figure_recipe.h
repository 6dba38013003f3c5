// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QColor>
#include <QString>
#include <limits>
#include <optional>
#include <vector>

namespace variometer {

/// How a card's figure is made from the table it exports: which columns against which, on what axes. What another
/// program needs to draw it again (app/figure_code.h); knows no card and no run.
struct FigureRecipe {
  enum class Kind { lines, discs, map };

  struct Line {
    QString column;  ///< of y
    QString label;
    QColor colour;
    Qt::PenStyle dash = Qt::SolidLine;
    bool markers = false;
    bool absolute = false;  ///< |y| is drawn
    double factor = 1;      ///< and so many times it
    double smoothing = 0;   ///< weight of the exponential moving average that is drawn in its place
    double strength = 1;    ///< opacity
  };
  struct Limit {
    double y = 0;
    QString label;
    double from = -std::numeric_limits<double>::infinity();  ///< of x: where it was in force
    double to = std::numeric_limits<double>::infinity();
    bool label_below = false;
  };
  struct Mark {
    double x = 0;  ///< something happened there
    QString label;
  };
  struct Axis {
    QString label;
    bool log = false;
    bool whole = false;                  ///< it counts something: ticks at whole numbers
    std::optional<double> lower, upper;  ///< none: fitted
  };

  Kind kind = Kind::lines;
  QString title;
  QString x = QStringLiteral("step");  ///< column
  QString y;                           ///< column, of discs and maps
  QString value;                       ///< column: size of a disc, colour of a cell
  QString value_label, colours;        ///< of a map: name of its colour map
  QColor negative, positive;           ///< of discs
  double largest = 0;                  ///< |value| of the largest disc; 0: there is none
  bool y_downwards = false;
  Axis x_axis, y_axis;
  std::vector<Line> lines;
  QString legend;  ///< what the lines' labels count: "layer"; empty: nothing
  std::vector<Limit> limits;
  std::vector<Mark> marks;
  QColor limit_colour, mark_colour;
  /// Only rows in which these columns hold this: one step, one kind of tensor.
  struct Only {
    QString column, value;
    bool is_number = true;
  };
  std::vector<Only> only;
};

}  // namespace variometer
