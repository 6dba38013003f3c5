// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace variometer {

/// What `variometer render` was asked for.
struct RenderOptions {
  std::filesystem::path record;
  std::vector<std::string> cards;  ///< by name; "overview": those of the Observe page
  std::filesystem::path out;       ///< .png, .svg or .pdf
  std::filesystem::path layout;    ///< the file its layout came from, or a layout's name; empty: none
  double width_mm = 160;
  double height_mm = 0;  ///< 0: follows from the width
  int dpi = 200;
  std::string theme = "print";     ///< light, dark or print
  std::string colours;             ///< map of sizes: viridis, cividis, magma or grey; empty: each card's own
  std::optional<std::int64_t> at;  ///< step the cards show; else the last
  std::string title;               ///< of one card; empty: its own
  std::vector<std::string> names;  ///< of the legend, OLD=NEW each
  double font_pt = 0;              ///< 0: the usual
  double line_pt = 1.2;
  bool no_legend = false, no_events = false, transparent = false;
  std::string set;             ///< what the cards show, as a JSON object: {"role": "q_proj"}
  std::string steps, y_range;  ///< A:B; empty: all that is there
  bool overwrite = false;
  bool list = false;  ///< print the names of the cards instead
};

/// Draws the figure without a display. The GUI alone implements it. Throws Error.
int run_render(const RenderOptions& options);

}  // namespace variometer
