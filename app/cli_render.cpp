// SPDX-License-Identifier: GPL-3.0-or-later
#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>
#include <memory>

#include "app/cli.h"
#include "app/cli_process.h"
#include "app/figure_layout.h"
#include "core/base/error.h"

namespace variometer {
namespace {

/// What --layout says, where nothing was typed.
void take_layout(const std::string& name_or_file, const CLI::App& command, RenderOptions& options) {
  const FigureLayout layout = figure_layout(name_or_file);
  const auto typed = [&](const char* option) { return command.get_option(option)->count() > 0; };
  if (!typed("--card")) options.cards = layout.cards;
  if (!typed("--width-mm") && layout.width_mm) options.width_mm = *layout.width_mm;
  if (!typed("--height-mm") && layout.height_mm) options.height_mm = *layout.height_mm;
  if (!typed("--dpi") && layout.dpi) options.dpi = *layout.dpi;
  if (!typed("--theme") && layout.theme) options.theme = *layout.theme;
  if (!typed("--colours") && layout.colours) options.colours = *layout.colours;
}

}  // namespace

void add_render_command(CLI::App& app, Invocation& invocation, const Front& front) {
  auto* command = app.add_subcommand("render", "A figure of a recorded run: PNG, SVG or PDF, without a display");
  auto options = std::make_shared<RenderOptions>();
  auto layout = std::make_shared<std::string>();
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
  command
      ->add_option("--colours", options->colours, "of maps of sizes: viridis, cividis, magma or grey (each card's own)")
      ->type_name("NAME");
  command
      ->add_option("--layout", *layout,
                   "cards, size and colours together: " + figure_layout_names() + ", or a JSON file")
      ->type_name("FILE|NAME");
  command->add_option("--title", options->title, "over the figure, in place of the card's own")->type_name("TEXT");
  command->add_option("--legend", options->names, "another text for an entry of the legend; may be repeated")
      ->type_name("OLD=NEW");
  command->add_flag("--no-legend", options->no_legend, "leave the legend out");
  command->add_flag("--no-events", options->no_events, "leave out what happened in the run, and markers");
  command->add_flag("--transparent", options->transparent, "no ground");
  command->add_option("--font-pt", options->font_pt, "size of the text in points")->type_name("PT");
  command->add_option("--line-pt", options->line_pt, "width of data lines in points (1.2)")->type_name("PT");
  command->add_option("--set", options->set, "what the card is set to, as the window's export says it")
      ->type_name("JSON");
  command->add_option("--steps", options->steps, "the steps in view (all)")->type_name("A:B");
  command->add_option("--y-range", options->y_range, "the range of the vertical axis (fitted)")->type_name("LOW:HIGH");
  command->add_option("--at", options->at, "step the cards show (the last)")->type_name("STEP")->check(at_least(0));
  command->add_flag("--overwrite", options->overwrite, "replace an existing figure");
  command->add_flag("--list", options->list, "the names --card takes");
  command->footer(
      "\nExamples:\n  variometer render run.h5 --card top_activation --out top.pdf --width-mm 85\n"
      "  variometer render run.h5 --card loss,grad_norm --out run.png --theme dark\n"
      "  variometer render run.h5 --layout paper --card ratio --out ratio.pdf\n"
      "  variometer render --list\n\n"
      "A layout file: {\"cards\": [\"loss\", \"weight_std\"], \"width_mm\": 120, \"dpi\": 300, \"theme\": \"print\"}; "
      "what is typed\n"
      "counts more than what the layout says.");
  command->callback([&invocation, &front, options, layout, command] {
    invocation.action = [&front, options, layout, command] {
      if (!front.run_render)
        throw usage_error("this build cannot draw (VARIOMETER_GUI=OFF); variometer export has the data");
      if (!layout->empty()) take_layout(*layout, *command, *options);
      options->layout = *layout;
      if (!options->list && (options->record.empty() || options->out.empty() || options->cards.empty())) {
        throw usage_error("render needs RUN.h5, --card NAME (or --layout) and --out FIG.png; --list names the cards");
      }
      if (!options->list) {
        if (const auto status = go_on_in_child(options->record.string())) return *status;
      }
      return front.run_render(*options);
    };
  });
}

}  // namespace variometer
