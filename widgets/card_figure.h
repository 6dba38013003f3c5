// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QImage>
#include <QList>
#include <QString>
#include <optional>

#include "widgets/colour_map.h"
#include "widgets/figure_style.h"
#include "widgets/theme.h"

namespace variometer {

class Card;

struct FigureOptions {
  double width_mm = 160;  ///< of the whole figure
  double height_mm = 0;   ///< 0: 0.6 x the width of a card, for every row
  int dpi = 200;          ///< of a PNG
  Theme::Kind theme = Theme::Kind::print;
  std::optional<ColourMap::Kind> colours;  ///< of pictures of sizes; none: each card's own map
  FigureStyle style;
  int columns = 0;  ///< cards beside each other; 0: one card fills the width, more stand in two columns
};

/// The figure as save_figure writes it into a PNG. The same conditions and errors.
QImage figure_image(const QList<Card*>& cards, const FigureOptions& options);

/// Draws cards as a figure into a file whose ending names the format: png, svg or pdf (the last two as vectors). The
/// cards keep the figure's theme, colours and size. Needs a QApplication, no display. Throws Error(usage) for another
/// ending or an impossible size, Error(file) when the file cannot be written. GUI thread.
void save_figure(const QList<Card*>& cards, const QString& path, const FigureOptions& options);

}  // namespace variometer
