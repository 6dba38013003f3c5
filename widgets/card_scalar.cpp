// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/card_scalar.h"

#include <QAction>
#include <QActionGroup>
#include <QMenu>
#include <array>
#include <cmath>
#include <limits>

#include "widgets/number_text.h"

namespace variometer {

ScalarCard::ScalarCard(Options options, StepAxis* steps, QWidget* parent)
    : PlotCard(options.name, options.title, options.explanation, Plot::XAxis::steps, steps, parent),
      options_(std::move(options)),
      smoothing_(options_.smoothable ? options_.smoothing : 0) {
  plot().setLabels(tr("step"), options_.axis_label);
  if (options_.log_y) plot().setLogY(true);
  auto* menu = new QMenu(tr("Smoothing"), this);
  auto* group = new QActionGroup(menu);
  for (const double factor : {0.0, 0.5, 0.9, 0.97, 0.99}) {
    auto* action = menu->addAction(factor == 0 ? tr("off") : QString::number(factor));
    action->setCheckable(true);
    action->setData(factor);
    action->setChecked(factor == smoothing_);
    group->addAction(action);
    connect(action, &QAction::triggered, this, [this, factor] { setSmoothing(factor); });
  }
  smoothing_menu_ = menu->menuAction();
  auto* toggle = new QAction(tr("Smoothing on / off"), this);
  toggle->setObjectName(QStringLiteral("smoothing"));
  toggle->setToolTip(tr("The moving average of this card, or the raw line alone"));
  toggle->setShortcut(Qt::Key_S);
  toggle->setShortcutContext(Qt::WidgetWithChildrenShortcut);
  connect(toggle, &QAction::triggered, this, [this] { setSmoothing(smoothing_ > 0 ? 0 : options_.smoothing); });
  if (options_.smoothable) addAction(toggle);
  makeLines();
}

void ScalarCard::makeLines() {
  plot().removeLines();
  const auto series = [](std::size_t i) { return [i](const Theme& theme) { return QPen(theme.series[i], 1); }; };
  const bool smoothed = smoothing_ > 0;
  raw_ = &plot().addLine({.name = smoothed ? tr("raw") : options_.axis_label, .pen = series(0), .faint = smoothed});
  smooth_ = smoothed ? &plot().addLine({.name = QStringLiteral("EMA ") + QString::number(smoothing_), .pen = series(0)})
                     : nullptr;
  validation_ =
      options_.validation
          ? &plot().addLine({.name = tr("validation"), .pen = series(1), .mark = LineStyle::Mark::line_and_points})
          : nullptr;
}

void ScalarCard::setSmoothing(double factor) {
  factor = std::clamp(factor, 0.0, 0.9999);
  if (factor == smoothing_) return;
  smoothing_ = factor;
  for (QAction* action : smoothing_menu_->menu()->actions()) action->setChecked(action->data().toDouble() == factor);
  makeLines();
  restart();
  if (history()) {
    take(*history());
    showStep(*history(), steps().shownStep());
  }
}

void ScalarCard::restart() {
  PlotCard::restart();
  taken_ = validation_taken_ = gaps_taken_ = 0;
  mean_ = weight_ = 0;
  for (PlotLine* line : {raw_, smooth_, validation_}) {
    if (line) line->series.clear();
  }
}

void ScalarCard::append(double step, double value) {
  raw_->series.append(step, value);
  if (smooth_) smooth(step, value, 1);
}

// `n` updates whose mean is `value`.
void ScalarCard::smooth(double step, double value, double n) {
  if (!std::isfinite(value)) return smooth_->series.append(step, value);
  const double kept = n == 1 ? smoothing_ : std::pow(smoothing_, n);
  mean_ = kept * mean_ + (1 - kept) * value;
  weight_ = kept * weight_ + (1 - kept);
  smooth_->series.append(step, mean_ / weight_);
}

void ScalarCard::take(const RunHistory& history) {
  PlotCard::take(history);
  const RunHistory::Scalars& scalars = history.scalars();
  const auto& gaps = history.gaps();
  const std::vector<double>& values = scalars.*options_.values;
  // Older updates in groups: the smallest and the largest value of each.
  const RunHistory::Scalars& groups = history.scalar_groups();
  const std::size_t n_group = groups.step.size() / 2;
  if (taken_ == 0 && n_group > 0) {
    for (std::size_t g = 0; g < n_group; ++g) {
      for (const std::size_t i : {2 * g, 2 * g + 1}) raw_->series.append(groups.step[i], (groups.*options_.values)[i]);
      if (smooth_)
        smooth(groups.step[2 * g + 1], (history.scalar_group_means().*options_.values)[g],
               static_cast<double>(history.scalar_group_sizes()[g]));
    }
    taken_ = n_group;
    while (gaps_taken_ < gaps.size() && static_cast<double>(gaps[gaps_taken_].after_step) < groups.step.back())
      ++gaps_taken_;
  }
  const double nan = std::numeric_limits<double>::quiet_NaN();
  for (; taken_ < values.size(); ++taken_) {
    const double step = scalars.step[taken_];
    for (; gaps_taken_ < gaps.size() && static_cast<double>(gaps[gaps_taken_].after_step) < step; ++gaps_taken_) {
      for (PlotLine* line : {raw_, smooth_}) {
        if (line && line->series.size() > 0) line->series.append(line->series.last_x(), nan);
      }
    }
    append(step, values[taken_]);
  }
  if (!validation_) return;
  for (; validation_taken_ < scalars.validation_step.size(); ++validation_taken_) {
    validation_->series.append(scalars.validation_step[validation_taken_], scalars.validation_loss[validation_taken_]);
  }
}

void ScalarCard::showStep(const RunHistory& history, std::int64_t step) {
  PlotCard::showStep(history, step);
  const PlotLine* line = smooth_ ? smooth_ : raw_;
  const auto point = line->series.at(static_cast<double>(step));
  setValue(point ? value_text(point->y) : QString());
  plot().setEmptyText(raw_->series.size() == 0 ? tr("No step yet") : QString());
}

std::optional<FigureRecipe> ScalarCard::recipe() const {
  FigureRecipe recipe = axesRecipe();
  const Theme& print = theme(Theme::Kind::print);
  for (const PlotLine* line : {raw_, smooth_, validation_}) {
    if (line == nullptr || !line->visible) continue;
    recipe.lines.push_back({.column = line == validation_ ? QStringLiteral("validation_loss") : name(),
                            .label = line->style.name,
                            .colour = line->style.pen(print).color(),
                            .markers = line == validation_,
                            .smoothing = line == smooth_ ? smoothing_ : 0,
                            .strength = line->style.faint ? 0.25 : 1});
  }
  return recipe;
}

QString ScalarCard::summary() const {
  if (raw_->series.size() == 0) return tr("%1, no step yet").arg(title());
  return tr("%1, run %2, %3 at step %4")
      .arg(title(), history() ? QString::fromStdString(history()->info().name) : QString(), valueText(),
           step_text(steps().shownStep()));
}

QVariantMap ScalarCard::state() const {
  QVariantMap state = PlotCard::state();
  state[QStringLiteral("smoothing")] = smoothing_;
  return state;
}

void ScalarCard::setState(const QVariantMap& state) {
  PlotCard::setState(state);
  const auto factor = state.find(QStringLiteral("smoothing"));
  if (factor != state.end() && options_.smoothable) setSmoothing(factor->toDouble());
}

QList<QAction*> ScalarCard::cardActions() const {
  QList<QAction*> actions = PlotCard::cardActions();
  if (options_.smoothable) actions += smoothing_menu_;
  return actions;
}

}  // namespace variometer
