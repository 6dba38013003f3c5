// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/plot.h"

#include <QAction>
#include <QEvent>
#include <algorithm>
#include <cmath>
#include <limits>

#include "widgets/colour.h"
#include "widgets/number_text.h"
#include "widgets/plot_marks.h"
#include "widgets/plot_overlay.h"

namespace variometer {

Plot::Plot(XAxis kind, StepAxis* steps, QWidget* parent)
    : QCustomPlot(parent), kind_(kind), steps_(steps), theme_(&theme_of(*this)) {
  if (!steps_) {
    own_steps_ = std::make_unique<StepAxis>();
    steps_ = own_steps_.get();
  }
  setFocusPolicy(Qt::StrongFocus);
  setMouseTracking(true);
  setInteractions(QCP::Interactions());
  setPlottingHints(QCP::phCacheLabels | QCP::phFastPolylines);
  setNoAntialiasingOnDrag(false);
  setMinimumSize(120, 90);
  plotLayout()->setAutoMargins(QCP::msNone);
  axisRect()->setAutoMargins(QCP::msNone);
  axisRect()->setupFullAxesBox(false);
  for (QCPAxis* axis : {xAxis2, yAxis2}) {
    axis->setTicks(false);
    axis->setTickLabels(false);
  }
  xAxis->setRange(0, 1);
  layer(QStringLiteral("overlay"))->setMode(QCPLayer::lmBuffered);
  marks_item_ = new PlotMarks(*this);
  overlay_ = new PlotOverlay(*this);
  applyTickers();
  applyFonts();
  setTheme(*theme_);
  makeActions();

  connect(this, &QCustomPlot::beforeReplot, this, [this] { prepare(size(), bufferDevicePixelRatio()); });
  connect(steps_, &StepAxis::cursorChanged, this, &Plot::redrawOverlay);
  if (showsSteps()) {
    connect(steps_, &StepAxis::rangeChanged, this, [this] {
      if (!tied_) return;
      touch();
      Q_EMIT viewChanged();
    });
    connect(steps_, &StepAxis::hoverChanged, this, &Plot::redrawOverlay);
  }
}

Plot::~Plot() = default;

PlotLine& Plot::addLine(LineStyle style) {
  auto line = std::make_unique<PlotLine>();
  line->style = std::move(style);
  line->graph = addGraph();
  line->graph->setAdaptiveSampling(false);
  line->graph->setAntialiased(true);
  lines_.push_back(std::move(line));
  setTheme(*theme_);
  return *lines_.back();
}

void Plot::removeLines() {
  lines_.clear();
  clearGraphs();
  Q_EMIT linesChanged();
}

void Plot::removeLine(const PlotLine& line) {
  removeGraph(line.graph);
  std::erase_if(lines_, [&line](const auto& each) { return each.get() == &line; });
  touch();
  Q_EMIT linesChanged();
}

void Plot::setLineVisible(std::size_t index, bool visible) {
  lines_.at(index)->visible = visible;
  touch();
  Q_EMIT linesChanged();
}

void Plot::soloLine(std::size_t index) {
  const bool alone = std::all_of(lines_.begin(), lines_.end(),
                                 [&](const auto& line) { return line->visible == (line == lines_[index]); });
  for (std::size_t i = 0; i < lines_.size(); ++i) lines_[i]->visible = alone || i == index;
  touch();
  Q_EMIT linesChanged();
}

void Plot::setThresholds(std::vector<Threshold> thresholds) {
  thresholds_ = std::move(thresholds);
  touch();
}

void Plot::setEventMarks(std::vector<EventMark> marks) {
  marks_ = std::move(marks);
  touch();
}

bool Plot::isNear(const EventMark& mark, double x) const {
  constexpr double kNear = 5;  // pixels
  return std::abs(xAxis->coordToPixel(mark.step) - xAxis->coordToPixel(x)) <= kNear;
}

void Plot::setNotes(std::vector<Note> notes) {
  notes_ = std::move(notes);
  touch();
}

void Plot::setEmptyText(const QString& text) {
  if (text == empty_text_) return;
  empty_text_ = text;
  touch();
}

void Plot::setLabels(const QString& x, const QString& y) {
  x_label_ = x;
  y_label_ = y;  // drawn by PlotMarks: QCustomPlot's place depends on how long the tick labels are just now
  applyFonts();
}

QStringList Plot::readout(double x, double y) const {
  if (readout_) return readout_(x, y);
  QStringList rows;
  for (const auto& line : lines_) {
    if (!line->visible) continue;
    const auto point = line->series.at(x);
    if (!point) continue;
    QString row = line->style.name + QLatin1Char('\t') + value_text(point->y);
    if (showsSteps() && steps_->reference()) {
      const auto base = line->series.at(static_cast<double>(*steps_->reference()));
      if (base) row += QStringLiteral("  Δ ") + difference_text(point->y, base->y);
    }
    rows += row;
  }
  return rows;
}

void Plot::setTheme(const Theme& theme) {
  theme_ = &theme;
  const QBrush ground = transparent_ ? QBrush(Qt::NoBrush) : QBrush(theme.card);
  setBackground(ground);
  axisRect()->setBackground(ground);
  for (QCPAxis* axis : {xAxis, yAxis, xAxis2, yAxis2}) {
    axis->setBasePen(QPen(theme.axis, 1));
    axis->setTickPen(QPen(theme.axis, 1));
    axis->setSubTickPen(QPen(theme.axis, 1));
    axis->setTickLabelColor(theme.muted);
    axis->setLabelColor(theme.muted);
    // In figures, where lines have a width of their own, the grid stays behind them.
    axis->grid()->setPen(QPen(theme.grid, line_width_ ? 0.5 : 1));
    axis->grid()->setSubGridVisible(false);
    axis->grid()->setZeroLinePen(Qt::NoPen);
  }
  for (const auto& line : lines_) {
    QPen pen = line->style.pen(theme);
    pen.setWidthF(lineWidth());
    const QColor solid = pen.color();
    if (line->style.faint) pen.setColor(painted_over(QColor(solid.red(), solid.green(), solid.blue(), 64), theme.card));
    line->graph->setLineStyle(line->style.mark == LineStyle::Mark::points ? QCPGraph::lsNone : QCPGraph::lsLine);
    line->graph->setPen(pen);
  }
  touch();
  Q_EMIT linesChanged();
}

double Plot::lineWidth() const { return line_width_.value_or(QFontInfo(font()).pointSizeF() >= kRoomText ? 3 : 1); }

void Plot::setLineWidth(std::optional<double> width) {
  line_width_ = width;
  setTheme(*theme_);
}

void Plot::setTransparent(bool on) {
  transparent_ = on;
  setTheme(*theme_);
}

void Plot::setShowsEvents(bool on) {
  shows_events_ = on;
  touch();
}

void Plot::redrawOverlay() {
  if (isVisible() && steps_) layer(QStringLiteral("overlay"))->replot();
}

void Plot::showEvent(QShowEvent* event) {
  QCustomPlot::showEvent(event);
  touch();
}

void Plot::changeEvent(QEvent* event) {
  QCustomPlot::changeEvent(event);
  if (event->type() == QEvent::PaletteChange) setTheme(theme_of(*this));
  if (event->type() == QEvent::FontChange) {
    applyFonts();
    applyTickers();
    setTheme(*theme_);  // lines are as thick as text is large
  }
}

void Plot::resizeEvent(QResizeEvent* event) {
  if (!qFuzzyCompare(bufferDevicePixelRatio(), devicePixelRatioF())) setBufferDevicePixelRatio(devicePixelRatioF());
  const bool compact = showsSteps() && height() < kCompactHeight;
  if (compact != compact_) {
    compact_ = compact;
    applyFonts();
  }
  QCustomPlot::resizeEvent(event);
}

}  // namespace variometer
