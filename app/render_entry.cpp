// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/render_entry.h"

#include <QJsonDocument>
#include <QJsonObject>
#include <QWidget>
#include <algorithm>
#include <memory>

#include "app/card_layout.h"
#include "app/cli_process.h"
#include "app/offscreen_application.h"
#include "core/base/error.h"
#include "core/base/history.h"
#include "core/base/own_input.h"
#include "core/record/recorded_run.h"
#include "widgets/card.h"
#include "widgets/card_factory.h"
#include "widgets/card_figure.h"
#include "widgets/card_plot.h"
#include "widgets/step_axis.h"

namespace variometer {
namespace {

QStringList names_of(const RenderOptions& options) {
  const QStringList known = card_names();
  QStringList names;
  for (const auto& asked : options.cards) {
    if (asked == "overview") {
      const CardLayout standard = CardLayout::standard();
      for (const CardLayout::Row& row : standard.pages.front().rows) {
        for (const CardLayout::Place& place : row.cards) names += place.name;
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

FigureStyle style_of(const RenderOptions& options) {
  FigureStyle style{.title = QString::fromStdString(options.title),
                    .names = {},
                    .legend = !options.no_legend,
                    .events = !options.no_events,
                    .transparent = options.transparent,
                    .font_pt = options.font_pt,
                    .line_pt = options.line_pt};
  for (const std::string& rename : options.names) {
    const auto equals = rename.find('=');
    if (equals == std::string::npos || equals == 0) {
      throw usage_error("--legend " + rename + ": use OLD=NEW, with an entry of the legend as it is");
    }
    style.names[QString::fromStdString(rename.substr(0, equals))] = QString::fromStdString(rename.substr(equals + 1));
  }
  return style;
}

/// "A:B"
std::optional<QCPRange> range_of(const char* option, const std::string& text) {
  if (text.empty()) return {};
  const QStringList parts = QString::fromStdString(text).split(QLatin1Char(':'));
  bool first = false, last = false;
  const QCPRange range(parts.value(0).toDouble(&first), parts.value(1).toDouble(&last));
  if (parts.size() != 2 || !first || !last || !(parts[0].toDouble() < parts[1].toDouble())) {
    throw usage_error(std::string(option) + " " + text + ": use LOW:HIGH, two numbers");
  }
  return range;
}

QVariantMap settings_of(const std::string& json) {
  if (json.empty()) return {};
  const QJsonDocument document = QJsonDocument::fromJson(QByteArray::fromStdString(json));
  if (!document.isObject()) throw usage_error("--set " + json + ": use a JSON object, {\"role\": \"q_proj\"}");
  return document.object().toVariantMap();
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
                             .colours = colours(options.colours),
                             .style = style_of(options)};
  const QVariantMap state = settings_of(options.set);
  const auto shown_steps = range_of("--steps", options.steps), y_range = range_of("--y-range", options.y_range);
  if (!options.title.empty() && names.size() > 1) throw usage_error("--title is for one card, not several");
  check_output_file(options.out, options.overwrite,
                    {{options.record, "the record to be drawn"}, {options.layout, "the layout of the figure"}});
  const RunHistory history = recorded(options.record);
  note_file_was_read();
  StepAxis steps;
  const auto first = history.scalars().step.empty() ? history.last_step() : 0;
  steps.setExtent(first, history.last_step());
  std::vector<std::int64_t> events;
  for (const auto& event : history.events()) events.push_back(event.step);
  steps.setEvents(std::move(events));
  if (shown_steps) steps.setRange({shown_steps->lower, shown_steps->upper});
  if (options.at) steps.setCursor(options.at);
  QWidget owner;
  QList<Card*> cards;
  const StepAxis::Range shown = steps.range();
  for (const auto& each : names) {
    cards += make_card(each, &steps, &owner);
    cards.back()->setState(state);
    cards.back()->setHistory(&history);
    if (y_range) {
      auto* plotted = qobject_cast<PlotCard*>(cards.back());
      if (plotted == nullptr) throw usage_error("--y-range: " + each.toStdString() + " has no such axis");
      plotted->plot().setView(plotted->plot().xRange(), *y_range);
      if (plotted->plot().showsSteps()) steps.setRange(shown);
    }
  }
  save_figure(cards, QString::fromStdString(options.out.string()), figure);
  print_line(options.out.string() + ": " + names.join(QLatin1String(", ")).toStdString());
  return 0;
}

}  // namespace variometer
