// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QMap>
#include <QString>

namespace variometer {

/// What of a figure is the reader's choice and not the run's: the same in the window's dialog and `variometer render`.
struct FigureStyle {
  QString title;                 ///< empty: the card's own
  QMap<QString, QString> names;  ///< other texts for entries of the legend, by their own
  bool legend = true;
  bool events = true;        ///< what happened in the run, and the user's remarks
  bool transparent = false;  ///< no ground
  double font_pt = 0;        ///< 0: the widget's
  double line_pt = 1.2;      ///< of data lines
  bool operator==(const FigureStyle&) const = default;
};

}  // namespace variometer
