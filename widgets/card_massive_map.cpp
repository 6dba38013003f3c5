// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/card_massive_map.h"

#include <algorithm>
#include <cmath>

#include "widgets/number_text.h"

namespace variometer {

MassiveMapCard::MassiveMapCard(StepAxis* steps, QWidget* parent)
    : PlotCard(QStringLiteral("massive_map"), tr("Massive activations, layer × channel"),
               tr("Every |h| of the probe prompt that passes the rule in force, at its layer and channel.\n"
                  "Rule of arXiv 2503.22329: |h| > 100 and |h| > 1,000 × the layer's median of |h|."),
               Plot::XAxis::own, steps, parent),
      summary_(title()) {
  plot().setLabels(tr("channel"), tr("layer"));
  plot().setXTicker(NumberTicker::Kind::whole);
  plot().setYTicker(NumberTicker::Kind::whole);
  largest_ = &plot().addLine({.name = tr("largest of its layer"),
                              .pen = [](const Theme& theme) { return QPen(theme.muted, 1); },
                              .mark = LineStyle::Mark::points});
  massive_ = &plot().addLine(
      {.name = tr("massive"), .pen = [](const Theme& theme) { return theme.pen(1); }, .mark = LineStyle::Mark::points});
  plot().setReadout([this](double x, double y) { return describe(x, y); });
}

void MassiveMapCard::restart() {
  PlotCard::restart();
  shown_.reset();
  massive_->series.clear();
  largest_->series.clear();
}

void MassiveMapCard::showStep(const RunHistory& history, std::int64_t step) {
  const RunHistory::ActivationRow* row = history.probe_at(step);
  plot().setEmptyText(row ? QString() : tr("The probe prompt was not measured yet"));
  if (!row || row->activation == shown_) return;
  shown_ = row->activation;
  massive_->series.clear();
  largest_->series.clear();
  // A line wants rising x: places are drawn in the order of their channels.
  const auto append = [](Series& series, std::vector<ActivationPlace> places) {
    std::stable_sort(places.begin(), places.end(), [](const auto& a, const auto& b) { return a.channel < b.channel; });
    for (const ActivationPlace& place : places) series.append(place.channel, place.layer);
  };
  append(massive_->series, shown_->massive);
  n_massive_ = shown_->massive.size();
  std::vector<ActivationPlace> tops;
  for (const LayerActivation& layer : shown_->layers) {
    if (!layer.top.empty()) tops.push_back(layer.top.front());
  }
  append(largest_->series, tops);
  const auto layers = static_cast<double>(shown_->layers.size());
  plot().setFullX(-0.5, std::max(1.0, static_cast<double>(history.info().n_embd) - 0.5));
  plot().setFullY(-0.5, std::max(0.5, layers - 0.5));
  std::vector<Note> notes;
  const auto& noted = shown_->massive.empty() ? tops : shown_->massive;
  const auto strongest = std::max_element(
      noted.begin(), noted.end(), [](const auto& a, const auto& b) { return std::abs(a.value) < std::abs(b.value); });
  if (strongest != noted.end()) {
    notes.push_back(
        {static_cast<double>(strongest->channel), static_cast<double>(strongest->layer), value_text(strongest->value)});
  }
  plot().setNotes(std::move(notes));
  const ProbeConfig& probe = history.last()->probe_config;
  const QString rule = probe.ratio_only
                           ? tr("|h| > %1 × median").arg(value_text(probe.small_ratio_threshold))
                           : tr("|h| > %1 and > %2 × median")
                                 .arg(value_text(probe.absolute_threshold), value_text(probe.ratio_threshold));
  setValue(n_massive_ == 0 ? tr("none") : tr("%1 massive").arg(count_text(static_cast<std::int64_t>(n_massive_))));
  updateFooter(rule);
  summary_ = tr("%1: %2 by the rule %3").arg(title(), valueText(), rule);
}

QStringList MassiveMapCard::describe(double x, double y) const {
  if (!shown_) return {};
  const auto layer = std::lround(y);
  if (layer < 0 || static_cast<std::size_t>(layer) >= shown_->layers.size()) return {};
  const ActivationPlace* best = nullptr;
  const auto look = [&](const ActivationPlace& place) {
    if (place.layer == layer && (!best || std::abs(place.channel - x) < std::abs(best->channel - x))) best = &place;
  };
  for (const auto& place : shown_->massive) look(place);
  if (!best) {
    for (const auto& place : shown_->layers[static_cast<std::size_t>(layer)].top) look(place);
  }
  if (!best) return {};
  const auto token = static_cast<std::size_t>(best->token);
  const QString text =
      token < shown_->token_texts.size() ? QString::fromStdString(shown_->token_texts[token]) : QString();
  return {tr("layer") + '\t' + QString::number(layer), tr("channel") + '\t' + QString::number(best->channel),
          tr("token") + '\t' + QString::number(best->token) + QStringLiteral(" ") + text,
          tr("h") + '\t' + value_text(best->value), tr("× median") + '\t' + value_text(best->ratio)};
}

}  // namespace variometer
