// SPDX-License-Identifier: GPL-3.0-or-later
// What a plot shows: which points, which range, and a figure of it.
#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

#include "widgets/plot.h"
#include "widgets/plot_marks.h"
#include "widgets/plot_overlay.h"

namespace variometer {

void Plot::touch() {
  if (isVisible()) replot(QCustomPlot::rpQueuedReplot);
}

std::size_t Plot::pointsTotal() const {
  std::size_t n = 0;
  for (const auto& line : lines_) n += line->visible ? line->series.n_finite() : 0;
  return n;
}

std::size_t Plot::pointsOffLog() const {
  if (!logX() && !logY()) return 0;
  std::size_t n = 0;
  for (const auto& line : lines_) {
    if (!line->visible) continue;
    if (logY()) n += line->series.n_non_positive();
    // x rises: only the first can be step 0.
    if (logX() && line->series.size() > 0 && line->series.first_x() <= 0) ++n;
  }
  return n;
}

void Plot::prepare(QSize size, double pixel_ratio) {
  if (showsSteps() && x_free_) {
    StepAxis::Range range = steps_->range();
    if (!tied_) {
      range = {static_cast<double>(steps_->first()),
               static_cast<double>(std::max(steps_->latest(), steps_->first() + 1))};
    }
    xAxis->setRange(range.lower, range.upper);
    if (logX()) xAxis->setRange(std::max(range.lower, 1.0), std::max(range.upper, 2.0));
  } else if (x_free_) {
    xAxis->setRange(full_x_);
  }
  const QMargins margins = axisRect()->margins();
  const int across = size.width() - margins.left() - margins.right();
  const int up = size.height() - margins.top() - margins.bottom();
  const int columns = std::max(1, static_cast<int>(std::lround(across * pixel_ratio)));
  const QFontMetrics metrics(xAxis->tickLabelFont());
  qSharedPointerCast<NumberTicker>(xAxis->ticker())
      ->setRoom(across / metrics.horizontalAdvance(QStringLiteral("000,0000")));
  qSharedPointerCast<NumberTicker>(yAxis->ticker())->setRoom(up * 4 / std::max(1, 5 * metrics.height()));
  const double nan = std::numeric_limits<double>::quiet_NaN();
  const bool log = logY();
  points_shown_ = 0;
  for (const auto& line : lines_) {
    line->graph->setVisible(line->visible);
    line->alone.clear();
    if (!line->visible) continue;
    line->series.sample(xAxis->range().lower, xAxis->range().upper, columns, scratch_);
    drawn_.clear();
    drawn_.reserve(static_cast<qsizetype>(scratch_.size()));
    for (const auto& point : scratch_) {
      // A value without a logarithm is a gap and counted (pointsOffLog), not a dive through the bottom of the picture.
      const bool drawable = std::isfinite(point.y) && !(log && point.y <= 0);
      drawn_.push_back({point.x, drawable ? point.y : nan});
      points_shown_ += drawable ? 1 : 0;
    }
    // Discs that would run into one another hide the line.
    const double disc = QFontInfo(font()).pointSizeF() >= kRoomText ? 8 : 4.5;
    const bool dense = line->style.mark == LineStyle::Mark::line_and_points &&
                       static_cast<double>(drawn_.size()) * 1.6 * disc > across;
    const bool bare = dense || line->style.mark == LineStyle::Mark::line;
    const QColor colour = line->graph->pen().color();
    line->graph->setScatterStyle(bare ? QCPScatterStyle()
                                      : QCPScatterStyle(QCPScatterStyle::ssDisc, colour, colour, disc));
    if (bare) findLonePoints(*line);
    line->graph->data()->set(drawn_, /*alreadySorted=*/true);
  }
  if (y_free_) fitY(up);
}

void Plot::findLonePoints(PlotLine& line) {
  const auto finite = [this](qsizetype i) { return i >= 0 && i < drawn_.size() && std::isfinite(drawn_[i].value); };
  for (qsizetype i = 0; i < drawn_.size(); ++i) {
    if (finite(i) && !finite(i - 1) && !finite(i + 1)) line.alone.push_back({drawn_[i].key, drawn_[i].value});
  }
}

void Plot::fitY(int height) {
  double lower = std::numeric_limits<double>::infinity(), upper = -lower;
  const bool log = logY();
  const auto see = [&](double y) {
    if (!std::isfinite(y) || (log && y <= 0)) return;
    lower = std::min(lower, y);
    upper = std::max(upper, y);
  };
  for (const auto& line : lines_) {
    if (!line->visible) continue;
    for (const auto& point : *line->graph->data()) {
      if (xAxis->range().contains(point.key)) see(point.value);
    }
  }
  for (const Threshold& threshold : thresholds_) {
    if (threshold.in_fit) see(threshold.y);
  }
  if (!(lower <= upper)) lower = log ? 0.1 : 0, upper = 1;
  const double span = upper - lower, size = std::max(std::abs(lower), std::abs(upper));
  if (log) {
    // From the range as it was: as much below as above.
    const double pad = std::exp(0.06 * (std::log(upper) - std::log(lower))) * 1.05;
    lower /= pad;
    upper *= pad;
  } else if (span > 1e-9 * size) {
    lower -= 0.06 * span;
    upper += 0.06 * span;
  } else {
    // All the same, but for rounding: a range of the value's own size around it; around zero, one either way.
    const double pad = size > 0 ? 0.1 * size : 1;
    lower -= pad;
    upper += pad;
  }
  if (full_y_lower_) lower = *full_y_lower_;
  if (full_y_upper_) upper = *full_y_upper_;
  if (!(upper > lower)) return;
  yAxis->setRange(lower, upper);
  makeRoomForNotes(height);
}

void Plot::makeRoomForNotes(int height) {
  // What is written over a point stays inside the axes: the range grows by what the text is high.
  const bool log = logY();
  const auto place = [log](double y) { return log ? std::log(y) : y; };
  const double lower = place(yAxis->range().lower);
  double upper = place(yAxis->range().upper);
  for (const Note& note : notes_) {
    if (yAxis->rangeReversed() || !xAxis->range().contains(note.x) || (log && note.y <= 0)) continue;
    const double room = QFontMetricsF(xAxis->tickLabelFont()).height() + note.away + 3;
    if (room > 0.35 * height) continue;  // a sliver of a plot
    upper = std::max(upper, (place(note.y) * height - lower * room) / (height - room));
  }
  yAxis->setRangeUpper(log ? std::exp(upper) : upper);
}

void Plot::fit(Part part) {
  if (part != Part::y) {
    x_free_ = true;
    if (sharesSteps()) steps_->follow();
  }
  if (part != Part::x) y_free_ = true;
  touch();
  Q_EMIT viewChanged();
}

void Plot::setXRange(QCPRange range) {
  if (!QCPRange::validRange(range)) return;
  if (sharesSteps()) return steps_->setRange({range.lower, range.upper});
  x_free_ = false;
  xAxis->setRange(range);
}

void Plot::setYRange(QCPRange range) {
  if (!QCPRange::validRange(range)) return;
  y_free_ = false;
  yAxis->setRange(range);
  if (showsSteps()) steps_->hold();
}

void Plot::setView(QCPRange x, QCPRange y) {
  rememberView(tr("Zoom"));
  setXRange(x);
  setYRange(y);
  touch();
  Q_EMIT viewChanged();
}

StepAxis::View Plot::view() const {
  const QPointer<Plot> self(const_cast<Plot*>(this));
  return [self, x = xAxis->range(), y = yAxis->range(), x_free = x_free_, y_free = y_free_, tied = tied_,
          following = steps_->following(), cursor = steps_->cursor()] {
    if (!self) return;
    self->setTied(tied);
    if (self->sharesSteps()) {
      if (following) {
        self->steps_->follow();
      } else {
        self->steps_->setRange({x.lower, x.upper});
        self->steps_->setCursor(cursor);
      }
    } else {
      self->x_free_ = x_free;
      self->xAxis->setRange(x);
    }
    self->y_free_ = y_free;
    self->yAxis->setRange(y);
    self->touch();
    Q_EMIT self->viewChanged();
  };
}

QVariantMap Plot::viewState() const {
  if (untouched() && tied_) return {};
  return {{QStringLiteral("tied"), tied_},
          {QStringLiteral("x_free"), x_free_},
          {QStringLiteral("y_free"), y_free_},
          {QStringLiteral("x_lower"), xAxis->range().lower},
          {QStringLiteral("x_upper"), xAxis->range().upper},
          {QStringLiteral("y_lower"), yAxis->range().lower},
          {QStringLiteral("y_upper"), yAxis->range().upper}};
}

void Plot::setViewState(const QVariantMap& state) {
  tied_ = state.value(QStringLiteral("tied"), true).toBool();
  x_free_ = state.value(QStringLiteral("x_free"), true).toBool();
  y_free_ = state.value(QStringLiteral("y_free"), true).toBool();
  const auto take = [&state](QCPAxis* axis, const char* lower, const char* upper) {
    const QCPRange range(state.value(QLatin1String(lower)).toDouble(), state.value(QLatin1String(upper)).toDouble());
    const bool fits = QCPRange::validRange(range) &&
                      (axis->scaleType() == QCPAxis::stLinear || range.lower > 0);  // the scale was changed since
    if (fits) axis->setRange(range);
    return fits;
  };
  if (!x_free_) x_free_ = !take(xAxis, "x_lower", "x_upper");
  if (!y_free_) y_free_ = !take(yAxis, "y_lower", "y_upper");
  applyFonts();
  touch();
  Q_EMIT viewChanged();
}

void Plot::rememberView(const QString& what) {
  const QPointer<Plot> self(this);
  steps_->pushView(
      [self]() -> StepAxis::View {
        if (!self) return [] {};  // its card is gone
        return self->view();
      },
      what);
}

void Plot::paintFigure(QCPPainter& painter, const QRectF& area) {
  const bool compact = std::exchange(compact_, false);  // a figure has all its labels
  applyFonts();
  overlay_->setVisible(false);
  painter.save();
  painter.translate(area.topLeft());
  const QSize size = area.size().toSize();
  prepare(size, painter.modes().testFlag(QCPPainter::pmVectorized) ? 4 : painter.device()->devicePixelRatioF());
  toPainter(&painter, size.width(), size.height());
  painter.restore();
  overlay_->setVisible(true);
  compact_ = compact;
  applyFonts();
}

}  // namespace variometer
