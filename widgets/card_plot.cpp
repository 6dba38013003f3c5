// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/card_plot.h"

#include <QAction>
#include <QVBoxLayout>
#include <algorithm>
#include <cmath>

#include "widgets/event_text.h"
#include "widgets/number_text.h"

namespace variometer {

PlotCard::PlotCard(QString name, QString title, QString explanation, Plot::XAxis x, StepAxis* steps_axis,
                   QWidget* parent)
    : Card(std::move(name), std::move(title), std::move(explanation), steps_axis, parent) {
  auto* picture = new QWidget(this);
  auto* column = new QVBoxLayout(picture);
  column->setContentsMargins(0, 0, 0, 0);
  column->setSpacing(1);
  legend_ = new LegendStrip(picture);
  plot_ = new Plot(x, &steps(), picture);
  plot_->setContextMenuPolicy(Qt::NoContextMenu);
  // The focus is the plot's: what is read aloud is the card's name.
  plot_->setAccessibleName(this->title());
  connect(this, &Card::titleChanged, plot_, [this] { plot_->setAccessibleName(this->title()); });
  column->addWidget(legend_);
  column->addWidget(plot_, 1);
  setPicture(picture);
  setFocusProxy(plot_);
  plot_->setTheme(currentTheme());
  legend_->setTheme(currentTheme());
  connect(plot_, &Plot::linesChanged, this, &PlotCard::updateLegend);
  connect(plot_, &QCustomPlot::afterReplot, this, [this] { updateFooter(footer_right_text_); });
  connect(legend_, &LegendStrip::toggled, this, [this](std::size_t i) {
    if (i >= legend_lines_.size()) return;
    const std::size_t line = legend_lines_[i];
    plot_->setLineVisible(line, !plot_->lines()[line]->visible);
  });
  connect(legend_, &LegendStrip::soloed, this, [this](std::size_t i) {
    if (i < legend_lines_.size()) plot_->soloLine(legend_lines_[i]);
  });
  connect(&steps(), &StepAxis::hoverChanged, this, &PlotCard::updateLegendValues);
  connect(&steps(), &StepAxis::cursorChanged, this, &PlotCard::updateLegendValues);
}

void PlotCard::restart() {
  events_taken_ = 0;
  marks_.clear();
}

void PlotCard::take(const RunHistory& history) {
  if (!plot_->showsSteps()) return;
  const auto& events = history.events();
  const bool fresh = events_taken_ < events.size() || events_taken_ == 0;
  for (; events_taken_ < events.size(); ++events_taken_) {
    const Event& event = events[events_taken_];
    const QString label = event_mark(event), sentence = event_sentence(event);
    if (label.isEmpty()) continue;
    const auto step = static_cast<double>(event.step);
    if (!marks_.empty() && marks_.back().step == step) {  // one line, one label
      if (!marks_.back().label.contains(label)) marks_.back().label += QStringLiteral(", ") + label;
      marks_.back().sentence += QStringLiteral("; ") + sentence;
    } else {
      marks_.push_back({step, label, sentence});
    }
  }
  if (fresh) plot_->setEventMarks(marks_);
  plot_->touch();
}

void PlotCard::showStep(const RunHistory&, std::int64_t) { updateLegendValues(); }

void PlotCard::themeChanged() {
  if (!plot_) return;  // the base class is still being made
  plot_->setTheme(currentTheme());
  legend_->setTheme(currentTheme());
  updateLegend();
}

void PlotCard::updateLegend() {
  std::vector<LegendStrip::Item> items;
  legend_lines_.clear();
  for (std::size_t i = 0; i < plot_->lines().size(); ++i) {
    const auto& line = plot_->lines()[i];
    if (!line->style.in_legend) continue;
    legend_lines_.push_back(i);
    using Sign = LegendStrip::Item::Sign;
    items.push_back({.name = line->style.name,
                     .pen = line->graph->pen(),
                     .sign = line->style.mark == LineStyle::Mark::points ? Sign::points : Sign::line,
                     .visible = line->visible,
                     .value = plot_->showsSteps() ? QStringLiteral("") : QString(),
                     .brief = line->style.brief,
                     .in_ramp = line->style.in_ramp});
  }
  items.insert(items.end(), legend_extras_.begin(), legend_extras_.end());
  legend_->setItems(std::move(items));
  updateLegendValues();
}

void PlotCard::setLegendExtras(std::vector<LegendStrip::Item> items) {
  legend_extras_ = std::move(items);
  updateLegend();
}

void PlotCard::updateLegendValues() {
  if (!plot_->showsSteps()) return;
  const StepAxis& axis = steps();
  const double at = axis.hover() ? *axis.hover() : axis.cursor() ? static_cast<double>(*axis.cursor()) : INFINITY;
  for (std::size_t i = 0; i < legend_lines_.size(); ++i) {
    const auto point = plot_->lines()[legend_lines_[i]]->series.at(at);
    legend_->setValue(i, point ? value_text(point->y) : QStringLiteral(""));
  }
}

void PlotCard::updateFooter(const QString& right) {
  footer_right_text_ = right;
  if (plot_->lines().empty()) return;  // a picture, not curves: its card says what there is
  if (plot_->pointsTotal() == 0) return setFooter({}, right);
  QString left = tr("%1 of %2 points shown")
                     .arg(count_text(static_cast<std::int64_t>(plot_->pointsShown())),
                          count_text(static_cast<std::int64_t>(plot_->pointsTotal())));
  // Of older steps only the extremes of groups are in memory; the record has every measurement.
  if (const std::int64_t grouped = history() ? history()->grouped_before() : 0;
      grouped > 0 && plot_->showsSteps() && plot_->xRange().lower < static_cast<double>(grouped)) {
    left = tr("before step %1: smallest and largest of up to %2 measurements · ")
               .arg(step_text(grouped), count_text(history()->group_size())) +
           left;
  }
  if (const std::size_t n = plot_->pointsOffLog(); n > 0) {
    left = tr("%1 at 0 or below: not on a log axis · ").arg(count_text(static_cast<std::int64_t>(n))) + left;
  }
  setFooter(left, right);
}

void PlotCard::paintPicture(QCPPainter& painter, const QRectF& area) {
  const double height = legend_->items().empty() ? 0 : QFontMetricsF(legend_->font()).height() + 2;
  legend_->paint(painter, QRectF(area.left() + 4, area.top(), area.width() - 8, height));
  plot_->paintFigure(painter, area.adjusted(0, height, 0, 0));
}

FigureRecipe PlotCard::axesRecipe() const {
  FigureRecipe recipe;
  recipe.title = title();
  // Not what a plot that was never painted happens to show.
  const bool shared = plot_->showsSteps() && plot_->tied();
  const QCPRange y = plot_->yRange();
  const QCPRange x = shared ? QCPRange(steps().range().lower, steps().range().upper) : plot_->xRange();
  const auto counts = [](NumberTicker::Kind ticker) { return ticker == NumberTicker::Kind::whole; };
  recipe.x_axis = {plot_->showsSteps() ? tr("step") : plot_->xLabel(), plot_->logX(), counts(plot_->xTicker()), x.lower,
                   x.upper};
  recipe.y_axis = {plot_->yLabel(), plot_->logY(), counts(plot_->yTicker()), y.lower, y.upper};
  // What is fitted here is fitted there.
  if (plot_->untouched() && !plot_->lines().empty()) recipe.y_axis.lower = recipe.y_axis.upper = std::nullopt;
  recipe.y_downwards = plot_->yAxis->rangeReversed();
  for (const Threshold& limit : plot_->thresholds()) {
    if (y.contains(limit.y)) {
      recipe.limits.push_back({limit.y, limit.label, limit.from, limit.to, limit.label_below});
    }
  }
  for (const EventMark& mark : marks_) {
    if (plot_->showsSteps() && x.contains(mark.step)) recipe.marks.push_back({mark.step, mark.label});
  }
  const Theme& print = variometer::theme(Theme::Kind::print);
  recipe.limit_colour = print.threshold;
  recipe.mark_colour = print.event;
  recipe.legend = legend_->head();
  return recipe;
}

QVariantMap PlotCard::state() const {
  return {{QStringLiteral("log_x"), plot_->logX()}, {QStringLiteral("log_y"), plot_->logY()}};
}

void PlotCard::setState(const QVariantMap& state) {
  if (const auto log_x = state.find(QStringLiteral("log_x")); log_x != state.end()) plot_->setLogX(log_x->toBool());
  if (const auto log_y = state.find(QStringLiteral("log_y")); log_y != state.end()) plot_->setLogY(log_y->toBool());
}

QList<QAction*> PlotCard::cardActions() const {
  QList<QAction*> actions;
  for (const char* id : {"fit", "previous_view", "follow"}) actions += plot_->action(id);
  actions += nullptr;
  // Axes that count layers have no logarithm, and a plot of one step no other steps.
  for (const char* id : {"log_x", "log_y", "tie", "cursors", "pin"}) {
    if (plot_->action(id)->isEnabled()) actions += plot_->action(id);
  }
  return actions;
}

Card::Steps PlotCard::visibleSteps() const {
  if (plot_->showsSteps()) {
    const QCPRange tied(steps().range().lower, steps().range().upper);
    const QCPRange range = plot_->tied() ? tied : plot_->xRange();
    return {std::llround(std::ceil(range.lower)), std::llround(std::floor(range.upper))};
  }
  // Against layers or channels one measurement is in view.
  const RunHistory::ActivationRow* row = history() ? history()->probe_at(steps().shownStep()) : nullptr;
  return row ? Steps{row->step, row->step} : Steps{};
}

}  // namespace variometer
