// SPDX-License-Identifier: GPL-3.0-or-later
#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>
#include <memory>

#include "app/cli.h"
#include "core/base/error.h"

namespace variometer {

void add_render_command(CLI::App& app, Invocation& invocation, const Front& front) {
  auto* command = app.add_subcommand("render", "A figure of a recorded run: PNG, SVG or PDF, without a display");
  auto options = std::make_shared<RenderOptions>();
  command->add_option("RUN.h5", options->record, "the record, or a snapshot of inspect --out");
  command->add_option("--card", options->cards, "card, several apart by commas; overview: the main ones")
      ->type_name("NAME")
      ->delimiter(',')
      ->take_all();
  command->add_option("--out", options->out, "file to write")->type_name("FIG.png|svg|pdf");
  command->add_option("--width-mm", options->width_mm, "width of the figure (160)")->type_name("MM");
  command->add_option("--height-mm", options->height_mm, "its height; default: follows from the width")
      ->type_name("MM");
  command->add_option("--dpi", options->dpi, "resolution of a PNG (200)")->type_name("N");
  command->add_option("--theme", options->theme, "light, dark or print (print)")->type_name("NAME");
  command->add_option("--at", options->at, "step the cards show (the last)")->type_name("STEP");
  command->add_flag("--overwrite", options->overwrite, "replace an existing figure");
  command->add_flag("--list", options->list, "the names --card takes");
  command->footer(
      "\nExamples:\n  variometer render run.h5 --card top_activation --out top.pdf --width-mm 85\n"
      "  variometer render run.h5 --card loss,grad_norm --out run.png --theme dark\n"
      "  variometer render --list");
  command->callback([&invocation, &front, options] {
    invocation.action = [&front, options] {
      if (!front.run_render)
        throw usage_error("this build cannot draw (VARIOMETER_GUI=OFF); variometer export has the data");
      if (!options->list && (options->record.empty() || options->out.empty() || options->cards.empty())) {
        throw usage_error("render needs RUN.h5, --card NAME and --out FIG.png; --list names the cards");
      }
      return front.run_render(*options);
    };
  });
}

}  // namespace variometer
