// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/render_entry.h"

#include <QWidget>
#include <algorithm>
#include <memory>

#include "app/cli_process.h"
#include "app/offscreen_application.h"
#include "core/base/error.h"
#include "core/base/history.h"
#include "core/base/own_input.h"
#include "core/record/recorded_run.h"
#include "widgets/card.h"
#include "widgets/card_factory.h"
#include "widgets/card_figure.h"
#include "widgets/step_axis.h"

namespace variometer {
namespace {

QStringList names_of(const RenderOptions& options) {
  const QStringList known = card_names();
  QStringList names;
  for (const auto& asked : options.cards) {
    if (asked == "overview") {
      for (const char* name : {"loss", "weight_std", "weight_std_carpet", "top_activation", "ratio", "massive_map"}) {
        if (known.contains(QLatin1String(name))) names += QLatin1String(name);
      }
      continue;
    }
    const auto name = QString::fromStdString(asked);
    if (!known.contains(name)) {
      throw usage_error("no card is called '" + asked + "'; there are overview, " +
                        known.join(QLatin1String(", ")).toStdString());
    }
    names += name;
  }
  return names;
}

Theme::Kind theme_kind(const std::string& name) {
  if (name == "light") return Theme::Kind::light;
  if (name == "dark") return Theme::Kind::dark;
  if (name == "print") return Theme::Kind::print;
  throw usage_error("--theme " + name + ": use light, dark or print");
}

std::optional<ColourMap::Kind> colours(const std::string& name) {
  if (name.empty()) return {};
  const auto kind = ColourMap::named(QString::fromStdString(name));
  if (!kind || kind == ColourMap::Kind::diverging) {
    throw usage_error("--colours " + name + ": use viridis, cividis, magma or grey; signed maps keep theirs");
  }
  return kind;
}

RunHistory recorded(const std::filesystem::path& path) {
  RunHistory history = read_history(path);
  if (!history.last()) throw file_error(path.string() + ": nothing is recorded in it yet");
  return history;
}

}  // namespace

int run_render(const RenderOptions& options) {
  const OffscreenApplication application;
  if (options.list) {
    print_line("overview");
    for (const auto& card : card_names()) print_line(card.toStdString());
    return 0;
  }
  const QStringList names = names_of(options);
  const FigureOptions figure{.width_mm = options.width_mm,
                             .height_mm = options.height_mm,
                             .dpi = options.dpi,
                             .theme = theme_kind(options.theme),
                             .colours = colours(options.colours)};
  check_output_file(options.out, options.overwrite,
                    {{options.record, "the record to be drawn"}, {options.layout, "the layout of the figure"}});
  const RunHistory history = recorded(options.record);
  StepAxis steps;
  const auto first = history.scalars().step.empty() ? history.last_step() : 0;
  steps.setExtent(first, history.last_step());
  std::vector<std::int64_t> events;
  for (const auto& event : history.events()) events.push_back(event.step);
  steps.setEvents(std::move(events));
  if (options.at) steps.setCursor(options.at);
  QWidget owner;
  QList<Card*> cards;
  for (const auto& each : names) {
    cards += make_card(each, &steps, &owner);
    cards.back()->setHistory(&history);
  }
  save_figure(cards, QString::fromStdString(options.out.string()), figure);
  print_line(options.out.string() + ": " + names.join(QLatin1String(", ")).toStdString());
  return 0;
}

}  // namespace variometer
