// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/card_top_activation.h"

#include <cmath>
#include <utility>

#include "core/base/largest_place.h"
#include "widgets/number_text.h"

namespace variometer {
namespace {

constexpr double kFloat16Max = 65504;

}  // namespace

namespace {

/// How many medians are massive, by the rule that is in force.
double massive_factor(const ProbeConfig& probe) {
  return probe.ratio_only ? probe.small_ratio_threshold : probe.ratio_threshold;
}

}  // namespace

TopActivationCard::TopActivationCard(StepAxis* steps, QWidget* parent)
    : PlotCard(QStringLiteral("top_activation"), tr("Top activations by layer"),
               tr("Largest, second and third |h| and the lower median of |h| over all tokens and channels.\n"
                  "h: residual stream after the block, before the final norm; probe prompt. No unit."),
               Plot::XAxis::own, steps, parent),
      summary_(title()) {
  setBriefTitle(tr("Top activations"));
  plot().setLabels(tr("layer"), QStringLiteral("|h|"));
  plot().setLogAllowed(false, true);
  plot().setXTicker(NumberTicker::Kind::whole);
  plot().setLogY(true);
  for (std::size_t i = 0; i < top_.size(); ++i) {
    top_[i] = &plot().addLine({.name = tr("top %1").arg(i + 1),
                               .pen = [i](const Theme& theme) { return theme.pen(i); },
                               .mark = LineStyle::Mark::line_and_points,
                               .brief = i == 0 ? QString() : QString::number(i + 1)});
  }
  median_ = &plot().addLine({.name = tr("median"),
                             .pen = [](const Theme& theme) { return QPen(theme.muted, 1); },
                             .mark = LineStyle::Mark::line_and_points});
  rule_ = &plot().addLine(
      {.name = tr("1,000 × median"), .pen = [](const Theme& theme) { return QPen(theme.threshold, 1, Qt::DotLine); }});
  connect(&this->steps(), &StepAxis::cursorChanged, this, &TopActivationCard::showPinned);
}

void TopActivationCard::restart() {
  PlotCard::restart();
  shown_.reset();
  for (PlotLine* line : {top_[0], top_[1], top_[2], median_, rule_}) line->series.clear();
}

/// The largest |h| at cursor B, dashed, to compare with; a line only while there is one.
void TopActivationCard::showPinned() {
  const auto reference = steps().reference();
  const RunHistory::ActivationRow* row = history() && reference ? history()->probe_at(*reference) : nullptr;
  if (!row) {
    if (pinned_ != nullptr) plot().removeLine(*std::exchange(pinned_, nullptr));
    return;
  }
  if (pinned_ == nullptr) {
    pinned_ = &plot().addLine(
        {.name = {}, .pen = [](const Theme& theme) { return QPen(theme.pen(0).color(), 1, Qt::DashLine); }});
  }
  pinned_->style.name = tr("B: top 1 at %1").arg(step_text(row->step));
  pinned_->style.brief = QStringLiteral("B");
  pinned_->series.clear();
  const auto& layers = row->activation->layers;
  for (std::size_t layer = 0; layer < layers.size(); ++layer) {
    if (layers[layer].top.empty()) continue;
    pinned_->series.append(static_cast<double>(layer), std::abs(layers[layer].top[0].value));
  }
  updateLegend();
  plot().touch();
}

void TopActivationCard::showStep(const RunHistory& history, std::int64_t step) {
  const RunHistory::ActivationRow* row = history.probe_at(step);
  if (!row) plot().setEmptyText(tr("The probe prompt was not measured yet"));
  updateFooter(row ? snapshotText(row->step, step) : QString());
  if (!row) setValue({});
  if (!row || row->activation == shown_) return;
  shown_ = row->activation;
  plot().setEmptyText({});
  showPinned();

  for (PlotLine* line : {top_[0], top_[1], top_[2], median_, rule_}) line->series.clear();
  const ProbeConfig probe = history.last()->probe_config;
  const double factor = massive_factor(probe);
  const ActivationPlace* largest_at = largest_place(*shown_);  // null after training that diverged
  for (std::size_t layer = 0; layer < shown_->layers.size(); ++layer) {
    const LayerActivation& activation = shown_->layers[layer];
    const auto x = static_cast<double>(layer);
    for (std::size_t i = 0; i < top_.size() && i < activation.top.size(); ++i) {
      top_[i]->series.append(x, std::abs(activation.top[i].value));
    }
    median_->series.append(x, activation.median);
    rule_->series.append(x, factor * activation.median);
  }
  const auto n = static_cast<double>(shown_->layers.size());
  plot().setFullX(-0.5, std::max(0.5, n - 0.5));
  const QString rule_text = limit_text(factor) + tr(" × median");
  rule_->style.name = rule_text;
  rule_->style.brief = limit_text(factor) + QStringLiteral(" ×");
  updateLegend();
  showLimits(probe, largest_at ? std::abs(largest_at->value) : 0);
  if (!largest_at) {
    setValue(tr("not finite"));
    plot().setNotes({});
    plot().setEmptyText(tr("No finite |h| at step %1").arg(step_text(row->step)));
    summary_ = tr("%1, run %2, no finite value at step %3")
                   .arg(title(), QString::fromStdString(history.info().name), step_text(row->step));
    return;
  }
  const ActivationPlace& place = *largest_at;
  const double largest = std::abs(place.value);
  const auto token = static_cast<std::size_t>(place.token);
  const QString text =
      token < shown_->token_texts.size() ? QString::fromStdString(shown_->token_texts[token]) : QString();
  setValue(tr("max ") + value_text(largest));
  plot().setNotes({{static_cast<double>(place.layer), largest, value_text(largest)}});
  summary_ = tr("%1, run %2, max %3 at layer %4, token %5 %6, channel %7")
                 .arg(title(), QString::fromStdString(history.info().name), value_text(largest))
                 .arg(place.layer)
                 .arg(place.token)
                 .arg(text)
                 .arg(place.channel);
}

std::optional<FigureRecipe> TopActivationCard::recipe() const {
  const RunHistory::ActivationRow* row = history() ? history()->probe_at(steps().shownStep()) : nullptr;
  if (!row) return {};
  FigureRecipe recipe = axesRecipe();
  recipe.x = QStringLiteral("layer");
  recipe.title = tr("%1, step %2").arg(title(), step_text(row->step));
  recipe.only = {onlyStep(row->step)};
  const Theme& print = theme(Theme::Kind::print);
  const auto add = [&](const PlotLine* line, const QString& column, double factor = 1) {
    if (!line->visible) return;
    const QPen pen = line->style.pen(print);
    recipe.lines.push_back({.column = column,
                            .label = line->style.name,
                            .colour = pen.color(),
                            .dash = pen.style(),
                            .markers = line->style.mark != LineStyle::Mark::line,
                            .absolute = true,
                            .factor = factor});
  };
  for (std::size_t i = 0; i < top_.size(); ++i) add(top_[i], QStringLiteral("top%1").arg(i + 1));
  add(median_, QStringLiteral("median"));
  add(rule_, QStringLiteral("median"), massive_factor(history()->last()->probe_config));
  return recipe;
}

void TopActivationCard::showLimits(const ProbeConfig& probe, double largest) {
  std::vector<Threshold> limits = {{kFloat16Max, tr("float16 limit 65,504"), /*in_fit=*/largest > 0.02 * kFloat16Max}};
  if (!probe.ratio_only) limits.push_back({probe.absolute_threshold, limit_text(probe.absolute_threshold), true});
  plot().setThresholds(std::move(limits));
}

}  // namespace variometer
