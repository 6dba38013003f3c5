// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/card_max_activation.h"

#include <cmath>

#include "core/base/largest_place.h"
#include "widgets/card_header.h"
#include "widgets/massive_text.h"
#include "widgets/number_text.h"

namespace variometer {
namespace {

double largest_of(const ActivationSnapshot& activation) {
  const ActivationPlace* place = largest_place(activation);
  return place == nullptr ? NAN : std::abs(static_cast<double>(place->value));
}

}  // namespace

MaxActivationCard::MaxActivationCard(StepAxis* steps, QWidget* parent)
    : PlotCard(QStringLiteral("max_activation"), tr("Largest |h| over steps"), {}, Plot::XAxis::steps, steps, parent),
      explanation_(
          tr("Largest |h| over all layers, tokens and channels, of the probe prompt and of the training batch.\n"
             "h: residual stream after the block, before the final norm. No unit.")),
      summary_(title()) {
  setBriefTitle(tr("Largest |h|"));
  plot().setLabels(tr("step"), QStringLiteral("|h|"));
  plot().setLogY(true);
  const auto series = [](std::size_t i) { return [i](const Theme& theme) { return theme.pen(i); }; };
  probe_ = &plot().addLine({.name = tr("probe prompt"), .pen = series(0), .brief = tr("probe")});
  batch_ = &plot().addLine({.name = tr("training batch"), .pen = series(1), .brief = tr("batch")});
  rule_ = &plot().addLine({.name = tr("massive above"),
                           .pen = [](const Theme& theme) { return QPen(theme.threshold, 1, Qt::DotLine); },
                           .brief = tr("rule")});
  header().setExplanation(explanation_);
}

void MaxActivationCard::restart() {
  PlotCard::restart();
  probe_taken_ = batch_taken_ = 0;
  rule_shown_.reset();
  for (PlotLine* line : {probe_, batch_, rule_}) line->series.clear();
}

void MaxActivationCard::showRule(const ProbeConfig& probe) {
  rule_shown_ = probe;
  rule_->style.name = probe.ratio_only
                          ? tr("outlier above (%1 × median)").arg(limit_text(probe.small_ratio_threshold))
                          : tr("massive above (%1 and %2 × median)")
                                .arg(limit_text(probe.absolute_threshold), limit_text(probe.ratio_threshold));
  header().setExplanation(explanation_ + QLatin1Char('\n') + massive_explanation(probe) +
                          tr("\nThe dotted line: what |h| must be above where the probe prompt's largest stands."));
  updateLegend();
}

void MaxActivationCard::take(const RunHistory& history) {
  if (const SnapshotPtr& last = history.last(); last && (!rule_shown_ || *rule_shown_ != last->probe_config)) {
    // Another rule has another line at every step.
    rule_->series.clear();
    probe_->series.clear();
    probe_taken_ = 0;
    showRule(last->probe_config);
  }
  for (; probe_taken_ < history.probe().size(); ++probe_taken_) {
    const auto& [step, activation] = history.probe()[probe_taken_];
    const auto x = static_cast<double>(step);
    const ActivationPlace* place = largest_place(*activation);
    probe_->series.append(x, largest_of(*activation));
    const double limit = place == nullptr ? NAN : massive_threshold(*activation, *place, *rule_shown_);
    rule_->series.append(x, limit);
  }
  for (; batch_taken_ < history.batch().size(); ++batch_taken_) {
    const auto& [step, activation] = history.batch()[batch_taken_];
    batch_->series.append(static_cast<double>(step), largest_of(*activation));
  }
  const bool any = probe_->series.size() + batch_->series.size() > 0;
  const bool finite = probe_->series.n_finite() + batch_->series.n_finite() > 0;
  plot().setEmptyText(!any ? tr("Not measured yet") : finite ? QString() : tr("No finite value was measured"));
  PlotCard::take(history);
}

void MaxActivationCard::showStep(const RunHistory& history, std::int64_t step) {
  PlotCard::showStep(history, step);
  const RunHistory::ActivationRow* row = history.probe_at(step);
  updateFooter(row ? snapshotText(row->step, step) : QString());
  if (row == nullptr) return setValue({});
  const ActivationPlace* place = largest_place(*row->activation);
  const QString value = place == nullptr ? tr("not finite") : tr("max ") + value_text(std::abs(place->value));
  setValue(value);
  summary_ = tr("%1, probe prompt, %2 at step %3").arg(title(), value, step_text(row->step));
  if (place == nullptr) return;
  const bool above = rule_shown_ && std::abs(place->value) > massive_threshold(*row->activation, *place, *rule_shown_);
  summary_ += tr(", layer %1, token %2, channel %3").arg(place->layer).arg(place->token).arg(place->channel);
  if (above) summary_ += tr(": %1").arg(massive_word(*rule_shown_));
}

std::optional<FigureRecipe> MaxActivationCard::recipe() const {
  FigureRecipe recipe = axesRecipe();
  const Theme& print = theme(Theme::Kind::print);
  for (const auto& [line, column] : {std::pair{probe_, QStringLiteral("probe")},
                                     {batch_, QStringLiteral("batch")},
                                     {rule_, QStringLiteral("threshold")}}) {
    if (!line->visible) continue;
    const QPen pen = line->style.pen(print);
    recipe.lines.push_back(
        {.column = column, .label = line->style.name, .colour = pen.color(), .dash = pen.style(), .absolute = true});
  }
  return recipe;
}

}  // namespace variometer
