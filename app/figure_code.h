// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QString>

#include "widgets/figure_recipe.h"

namespace variometer {

/// What a figure's program is told beside the recipe.
struct FigureCodeOptions {
  QString csv;     ///< file name beside the program
  QString figure;  ///< what it writes, for matplotlib: "loss.pdf"
  double width_mm = 110, height_mm = 80;
};

/// A Python program (matplotlib, nothing else) that draws the figure from the CSV.
QString matplotlib_code(const FigureRecipe& recipe, const FigureCodeOptions& options);
/// A LaTeX document (pgfplots) that does; empty for a map, which pgfplots would need another table for.
QString pgfplots_code(const FigureRecipe& recipe, const FigureCodeOptions& options);

}  // namespace variometer
