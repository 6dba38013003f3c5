// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/card_massive_map.h"

#include <algorithm>
#include <cmath>

#include "widgets/card_header.h"
#include "widgets/massive_text.h"
#include "widgets/number_text.h"

namespace variometer {
namespace {

const ActivationPlace* largest_of(const std::vector<ActivationPlace>& places) {
  const ActivationPlace* largest = nullptr;
  for (const ActivationPlace& place : places) {
    if (!std::isfinite(place.value)) continue;
    if (!largest || std::abs(place.value) > std::abs(largest->value)) largest = &place;
  }
  return largest;
}

}  // namespace

MassiveMapCard::MassiveMapCard(StepAxis* steps, QWidget* parent)
    : PlotCard(QStringLiteral("massive_map"), tr("Massive activations, layer × channel"), {}, Plot::XAxis::own, steps,
               parent),
      discs_(new PlotDiscs(plot())),
      summary_(title()) {
  plot().setLabels(tr("channel"), tr("layer"));
  plot().setXTicker(NumberTicker::Kind::whole);
  plot().setYTicker(NumberTicker::Kind::whole);
  plot().setLogAllowed(false, false);
  plot().setReadout([this](double x, double y) { return describe(x, y); });
  nameAfterRule({});
}

/// What passes the papers' rule and what passes a ratio alone are called by different words.
void MassiveMapCard::nameAfterRule(const ProbeConfig& probe) {
  rule_ = probe;
  setTitle(tr("%1, layer × channel").arg(massive_title(probe)));
  setBriefTitle(massive_title(probe));
  header().setExplanation(tr("Every |h| of the probe prompt that passes the rule in force, at its layer and channel; "
                             "the area of a disc is its |h|, a dash marks a negative one.\n"
                             "Hollow: the largest |h| of a layer in which none passes.\n") +
                          massive_explanation(probe));
  showLegend();
}

void MassiveMapCard::showLegend() {
  using Sign = LegendStrip::Item::Sign;
  const Theme& theme = currentTheme();
  std::vector<LegendStrip::Item> items;
  items.push_back({.name = tr("h > 0"), .pen = QPen(theme.series[1], 1), .sign = Sign::disc, .radius = 5});
  items.push_back({.name = tr("h < 0"), .pen = QPen(theme.series[0], 1), .sign = Sign::dashed_disc, .radius = 5});
  items.push_back({.name = rule_.ratio_only ? tr("no outlier") : tr("not massive"),
                   .pen = QPen(theme.muted, 1),
                   .sign = Sign::circle,
                   .radius = 4,
                   .brief = tr("below")});
  for (const double size : {discs_->reference() / 10, discs_->reference() / 2}) {
    items.push_back(
        {.name = tick_text(size), .pen = QPen(theme.text, 1), .sign = Sign::circle, .radius = discs_->radius(size)});
  }
  legend_reference_ = discs_->reference();
  setLegendExtras(std::move(items));
}

void MassiveMapCard::themeChanged() {
  PlotCard::themeChanged();
  if (discs_) showLegend();
}

void MassiveMapCard::restart() {
  PlotCard::restart();
  shown_.reset();
  places_.clear();
  discs_->setDiscs({});
}

void MassiveMapCard::showStep(const RunHistory& history, std::int64_t step) {
  const RunHistory::ActivationRow* row = history.probe_at(step);
  plot().setEmptyText(row ? QString() : tr("The probe prompt was not measured yet"));
  if (history.last() && history.last()->probe_config != rule_) nameAfterRule(history.last()->probe_config);
  const QString rule = history.last() ? massive_rule_text(history.last()->probe_config) : QString();
  const QString snapshot = row ? snapshotText(row->step, step) : QString();
  setFooter(rule, snapshot);
  if (!row) setValue({});
  if (!row || row->activation == shown_) return;
  shown_ = row->activation;
  showPlaces(history.info().n_embd);
  const std::size_t n = massiveCount();
  setValue(n == 0 ? tr("none") : count_text(static_cast<std::int64_t>(n)));
  const ActivationPlace* largest = largest_of(places_);
  summary_ = tr("%1: %2 by the rule %3").arg(title(), valueText(), rule);
  if (!largest) return;
  summary_ += tr("; largest %1 at layer %2, token %3, channel %4")
                  .arg(value_text(largest->value))
                  .arg(largest->layer)
                  .arg(largest->token)
                  .arg(largest->channel);
}

void MassiveMapCard::showPlaces(std::int64_t n_channel) {
  places_ = shown_->massive;
  std::vector<Disc> discs;
  const auto add = [&](const ActivationPlace& place, bool hollow) {
    discs.push_back({static_cast<double>(place.channel), static_cast<double>(place.layer), place.value, hollow});
  };
  for (const ActivationPlace& place : shown_->massive) add(place, /*hollow=*/false);
  for (std::size_t layer = 0; layer < shown_->layers.size(); ++layer) {
    const bool bare = std::none_of(shown_->massive.begin(), shown_->massive.end(), [layer](const auto& place) {
      return static_cast<std::size_t>(place.layer) == layer;
    });
    if (!bare || shown_->layers[layer].top.empty()) continue;
    places_.push_back(shown_->layers[layer].top.front());
    add(places_.back(), /*hollow=*/true);
  }
  discs_->setDiscs(std::move(discs));
  if (discs_->reference() != legend_reference_) showLegend();
  // Named, so that no layer is announced where only the room for a number is.
  QStringList layers;
  for (std::size_t layer = 0; layer < shown_->layers.size(); ++layer) layers += QString::number(layer);
  if (layers != layer_names_) plot().setYTicker(NumberTicker::Kind::whole, layer_names_ = layers);
  const auto width = static_cast<double>(std::max<std::int64_t>(1, n_channel));
  plot().setFullX(-0.5 - 0.02 * width, width - 0.5 + 0.02 * width);
  plot().setFullY(-0.6, std::max<double>(0.6, static_cast<double>(shown_->layers.size()) - 0.4));
  const ActivationPlace* largest = largest_of(places_);
  std::vector<Note> notes;
  if (largest) {
    notes.push_back({static_cast<double>(largest->channel), static_cast<double>(largest->layer),
                     value_text(largest->value), discs_->radius(largest->value)});
  }
  plot().setNotes(std::move(notes));
}

std::optional<FigureRecipe> MassiveMapCard::recipe() const {
  const RunHistory::ActivationRow* row = history() ? history()->probe_at(steps().shownStep()) : nullptr;
  if (!row) return {};
  FigureRecipe recipe = axesRecipe();
  recipe.kind = FigureRecipe::Kind::discs;
  recipe.title = tr("%1, step %2").arg(title(), step_text(row->step));
  recipe.x = QStringLiteral("channel");
  recipe.y = QStringLiteral("layer");
  recipe.value = QStringLiteral("value");
  recipe.only = {onlyStep(row->step)};
  const Theme& print = theme(Theme::Kind::print);
  recipe.negative = print.series[0];
  recipe.positive = print.series[1];
  for (const ActivationPlace& place : places_) {
    if (std::isfinite(place.value)) recipe.largest = std::max(recipe.largest, std::abs(double{place.value}));
  }
  return recipe;
}

QStringList MassiveMapCard::describe(double x, double y) const {
  // Under the mouse; else the nearest of the layer under it.
  std::vector<const ActivationPlace*> hit;
  const ActivationPlace* nearest = nullptr;
  const double px = plot().xAxis->coordToPixel(x), py = plot().yAxis->coordToPixel(y);
  for (const ActivationPlace& place : places_) {
    const double dx = plot().xAxis->coordToPixel(place.channel) - px;
    const double dy = plot().yAxis->coordToPixel(place.layer) - py;
    if (std::hypot(dx, dy) <= discs_->radius(place.value) + 2) hit.push_back(&place);
    if (place.layer != std::lround(y)) continue;
    if (!nearest || std::abs(place.channel - x) < std::abs(nearest->channel - x)) nearest = &place;
  }
  if (hit.empty() && nearest) hit.push_back(nearest);
  QStringList rows;
  for (const ActivationPlace* place : hit) {
    const auto token = static_cast<std::size_t>(place->token);
    const QString text =
        token < shown_->token_texts.size() ? QString::fromStdString(shown_->token_texts[token]) : QString();
    rows << tr("layer") + '\t' + QString::number(place->layer) << tr("channel") + '\t' + QString::number(place->channel)
         << tr("token") + '\t' + QString::number(place->token) + QStringLiteral(" ") + text
         << tr("h") + '\t' + value_text(place->value) << tr("× median") + '\t' + value_text(place->ratio);
  }
  return rows;
}

}  // namespace variometer
