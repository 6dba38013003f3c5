// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/card_plot.h"

#include <QAction>
#include <QVBoxLayout>
#include <algorithm>
#include <cmath>
#include <map>

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
  column->addWidget(legend_);
  column->addWidget(plot_, 1);
  setPicture(picture);
  setFocusProxy(plot_);
  plot_->setTheme(currentTheme());
  legend_->setTheme(currentTheme());
  connect(plot_, &Plot::linesChanged, this, &PlotCard::updateLegend);
  connect(plot_, &QCustomPlot::afterReplot, this, [this] { updateFooter(footer_right_text_); });
  connect(legend_, &LegendStrip::toggled, this, [this](std::size_t i) {
    const std::size_t line = legend_lines_.at(i);
    plot_->setLineVisible(line, !plot_->lines()[line]->visible);
  });
  connect(legend_, &LegendStrip::soloed, this, [this](std::size_t i) { plot_->soloLine(legend_lines_.at(i)); });
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
    const QString label = event_mark(event);
    if (!label.isEmpty()) marks_.push_back({static_cast<double>(event.step), label});
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
    items.push_back({line->style.name, line->graph->pen(), line->style.mark == LineStyle::Mark::points, line->visible,
                     QStringLiteral("")});
  }
  legend_->setItems(std::move(items));
  updateLegendValues();
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
  if (plot_->pointsTotal() == 0) return setFooter({}, right);
  setFooter(tr("points shown %1 of %2")
                .arg(count_text(static_cast<std::int64_t>(plot_->pointsShown())),
                     count_text(static_cast<std::int64_t>(plot_->pointsTotal()))),
            right);
}

void PlotCard::paintPicture(QCPPainter& painter, const QRectF& area) {
  const double height = legend_->items().empty() ? 0 : QFontMetricsF(legend_->font()).height() + 2;
  legend_->paint(painter, QRectF(area.left() + 4, area.top(), area.width() - 8, height));
  plot_->paintFigure(painter, area.adjusted(0, height, 0, 0));
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
  for (const char* id : {"log_x", "log_y"}) actions += plot_->action(id);
  return actions;
}

QString PlotCard::table(QChar separator, Rows rows) const {
  const QCPRange range = plot_->xRange();
  std::map<double, std::vector<double>> cells;
  QString text = plot_->showsSteps() ? QStringLiteral("step") : plot_->xAxis->label();
  std::vector<const PlotLine*> lines;
  for (const auto& line : plot_->lines()) {
    if (!line->visible) continue;
    lines.push_back(line.get());
    text += separator + line->style.name;
  }
  const double nan = std::numeric_limits<double>::quiet_NaN();
  std::vector<Series::Point> points;
  for (std::size_t i = 0; i < lines.size(); ++i) {
    lines[i]->series.sample(-INFINITY, INFINITY, std::numeric_limits<int>::max(), points);
    for (const auto& point : points) {
      if (rows == Rows::visible && !range.contains(point.x)) continue;
      auto& row = cells.try_emplace(point.x, lines.size(), nan).first->second;
      if (std::isfinite(point.y)) row[i] = point.y;
    }
  }
  text += QLatin1Char('\n');
  for (const auto& [x, row] : cells) {
    text += QString::number(x, 'g', 12);
    for (const double value : row)
      text += separator + (std::isfinite(value) ? QString::number(value, 'g', 9) : QString());
    text += QLatin1Char('\n');
  }
  return text;
}

}  // namespace variometer
