// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/card_plot.h"

#include <QAction>
#include <QMenu>
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
  // QCustomPlot lets no mouse event go on to its parent, this one neither.
  plot_->setContextMenuPolicy(Qt::CustomContextMenu);
  connect(plot_, &QWidget::customContextMenuRequested, this, [this](QPoint at) { showMenu(plot_->mapToGlobal(at)); });
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
  story_ = {};
  marks_.clear();
}

void PlotCard::take(const RunHistory& history) {
  if (!plot_->showsSteps()) return;
  const auto& events = history.events();
  const bool fresh = events_taken_ < events.size() || events_taken_ == 0;
  for (; events_taken_ < events.size(); ++events_taken_) {
    const Event& event = events[events_taken_];
    const EventStory::Told told = story_.tell(event);
    if (told.mark.empty()) continue;
    const QString label = QString::fromStdString(told.mark), sentence = event_sentence(event);
    const auto step = static_cast<double>(event.step);
    // One line, one label; but a user's remark is never one of several.
    if (!told.remark && !marks_.empty() && marks_.back().step == step && !marks_.back().remark) {
      if (!marks_.back().label.contains(label)) marks_.back().label += QStringLiteral(", ") + label;
      marks_.back().sentence += QStringLiteral("; ") + sentence;
    } else {
      marks_.push_back({step, label, sentence, told.remark});
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
    const QString name = legendName(line->style.name);
    items.push_back({.name = name,
                     .pen = line->graph->pen(),
                     .sign = line->style.mark == LineStyle::Mark::points ? Sign::points : Sign::line,
                     .visible = line->visible,
                     .value = plot_->showsSteps() ? QStringLiteral("") : QString(),
                     .brief = name == line->style.name ? line->style.brief : QString(),
                     .in_ramp = line->style.in_ramp});
  }
  for (LegendStrip::Item item : legend_extras_) {
    const QString name = legendName(item.name);
    if (name != item.name) item.brief.clear();
    item.name = name;
    items.push_back(std::move(item));
  }
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
  const double height =
      legend_->items().empty() || !figureStyle().legend ? 0 : QFontMetricsF(legend_->font()).height() + 2;
  if (height > 0) legend_->paint(painter, QRectF(area.left() + 4, area.top(), area.width() - 8, height));
  plot_->paintFigure(painter, area.adjusted(0, height, 0, 0));
}

void PlotCard::setFigureStyle(const FigureStyle& style) {
  Card::setFigureStyle(style);
  constexpr double kPixelsPerPoint = 96.0 / 72;
  plot_->setLineWidth(style.line_pt * kPixelsPerPoint);
  legend_->setLineWidth(style.line_pt * kPixelsPerPoint);
  plot_->setShowsEvents(style.events);
  plot_->setTransparent(style.transparent);
  updateLegend();
}

QStringList PlotCard::legendNames() const {
  QStringList names;
  for (const auto& line : plot_->lines()) {
    if (line->style.in_legend && line->visible) names << line->style.name;
  }
  for (const LegendStrip::Item& item : legend_extras_) names << item.name;
  return names;
}

QString PlotCard::figureValue() const {
  // The value is of the step that is shown, or the largest of a picture: not where that is outside the axes.
  const QCPRange y = plot_->yRange();
  if (!plot_->showsSteps()) return plot_->untouched() ? valueText() : QString();
  const auto step = static_cast<double>(steps().shownStep());
  const QCPRange shared(steps().range().lower, steps().range().upper);
  if (!(plot_->tied() ? shared : plot_->xRange()).contains(step)) return {};
  if (plot_->untouched()) return valueText();
  double largest = -INFINITY;
  for (const auto& line : plot_->lines()) {
    const auto point = line->series.at(step);
    if (line->visible && point) largest = std::max(largest, point->y);
  }
  return std::isfinite(largest) && !y.contains(largest) ? QString() : valueText();
}

FigureRecipe PlotCard::axesRecipe() const {
  FigureRecipe recipe;
  recipe.title = figureStyle().title.isEmpty() ? title() : figureStyle().title;
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
    if (!plot_->showsSteps() || !plot_->showsEvents() || !x.contains(mark.step)) continue;
    // One line, one label.
    if (!recipe.marks.empty() && recipe.marks.back().x == mark.step) {
      recipe.marks.back().label += QStringLiteral(", ") + mark.label;
    } else {
      recipe.marks.push_back({mark.step, mark.label});
    }
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

void PlotCard::addPlaceActions(QMenu& menu, QPoint global) {
  const QPoint at = plot_->mapFromGlobal(global);
  if (!plot_->showsSteps() || !history() || !plot_->axisRect()->rect().contains(at)) return;
  const double x = plot_->xAxis->pixelToCoord(at.x());
  for (const EventMark& mark : marks_) {
    if (!mark.remark || !plot_->isNear(mark, x)) continue;
    const RunMark chosen{static_cast<std::int64_t>(mark.step), mark.label.toStdString()};
    const QString name = plot_->fontMetrics().elidedText(mark.label, Qt::ElideRight, 200);
    connect(menu.addAction(tr("Edit marker “%1”…").arg(name)), &QAction::triggered, this,
            [this, chosen] { Q_EMIT markEditRequested(chosen); });
    connect(menu.addAction(tr("Remove marker “%1”").arg(name)), &QAction::triggered, this,
            [this, chosen] { Q_EMIT markRemoveRequested(chosen); });
  }
  const std::int64_t step = std::clamp<std::int64_t>(std::llround(x), steps().first(), steps().latest());
  connect(menu.addAction(tr("Add marker at step %1…").arg(step_text(step))), &QAction::triggered, this,
          [this, step] { Q_EMIT markAddRequested(step); });
  menu.addSeparator();
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
