// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <optional>
#include <string>
#include <vector>

namespace variometer {

/// What a figure is made of and how large it is; what is empty is left to the options' defaults.
struct FigureLayout {
  std::vector<std::string> cards;  ///< top to bottom
  std::optional<double> width_mm, height_mm;
  std::optional<int> dpi;
  std::optional<std::string> theme;    ///< light, dark or print
  std::optional<std::string> colours;  ///< of maps of sizes
};

/// "paper" (one column of a journal, 85 mm), "page" (170 mm), "slide" (254 x 143 mm, for a projector), or a JSON file
/// with any of the keys `cards`, `width_mm`, `height_mm`, `dpi`, `theme`, `colours`. Throws Error(usage): neither a
/// name nor a file, or a key or value that is no layout's; Error(file): not JSON.
FigureLayout figure_layout(const std::string& name_or_file);

/// The names, apart by commas.
std::string figure_layout_names();

}  // namespace variometer
