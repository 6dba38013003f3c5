// SPDX-License-Identifier: GPL-3.0-or-later
// The axes of a plot: scales, ticks, room for labels, what they share with others.
#include <algorithm>
#include <cmath>

#include "widgets/plot.h"

namespace variometer {

void Plot::setLogAllowed(bool x, bool y) {
  action("log_x")->setEnabled(x);
  action("log_y")->setEnabled(y);
}

void Plot::setFullX(double lower, double upper) {
  full_x_ = {lower, upper};
  touch();
}

void Plot::setFullY(std::optional<double> lower, std::optional<double> upper) {
  full_y_lower_ = lower;
  full_y_upper_ = upper;
  touch();
}

void Plot::setLogX(bool on) {
  on = on && action("log_x")->isEnabled();
  xAxis->setScaleType(on ? QCPAxis::stLogarithmic : QCPAxis::stLinear);
  applyTickers();
  touch();
  Q_EMIT viewChanged();
}

void Plot::setLogY(bool on) {
  on = on && action("log_y")->isEnabled();
  yAxis->setScaleType(on ? QCPAxis::stLogarithmic : QCPAxis::stLinear);
  y_free_ = true;  // a range chosen on one scale says nothing on the other
  applyTickers();
  touch();
  Q_EMIT viewChanged();
}

void Plot::setXTicker(NumberTicker::Kind kind, const QStringList& names) {
  x_ticker_ = kind;
  x_names_ = names;
  applyTickers();
}

void Plot::setYTicker(NumberTicker::Kind kind, const QStringList& names) {
  y_ticker_ = kind;
  y_names_ = names;
  applyTickers();
}

void Plot::applyTickers() {
  const auto make = [](bool log, NumberTicker::Kind kind, const QStringList& names) {
    const QSharedPointer<NumberTicker> ticker(new NumberTicker(log ? NumberTicker::Kind::logarithmic : kind));
    ticker->setNames(names);
    return ticker;
  };
  xAxis->setTicker(make(logX(), x_ticker_, x_names_));
  // Names longer than the room beside the axis are cut; the readout has all of them.
  const QFontMetrics metrics(yAxis->tickLabelFont());
  QStringList names;
  for (const QString& name : y_names_) {
    names += metrics.elidedText(name, Qt::ElideRight, label_width_ * metrics.horizontalAdvance(QLatin1Char('0')));
  }
  yAxis->setTicker(make(logY(), y_ticker_, names));
}

void Plot::setRightMargin(int pixels) {
  if (pixels == right_margin_) return;
  right_margin_ = pixels;
  applyFonts();
}

void Plot::setTopMargin(int pixels) {
  if (pixels == top_margin_) return;
  top_margin_ = pixels;
  applyFonts();
}

void Plot::setLabelWidth(int characters) {
  if (characters == label_width_) return;
  label_width_ = characters;
  applyFonts();
  if (!y_names_.isEmpty()) applyTickers();
}

void Plot::applyFonts() {
  QFont small = font();
  if (small.pixelSize() > 0) {
    small.setPixelSize(std::max(6, static_cast<int>(std::lround(small.pixelSize() * 0.88))));
  } else {
    small.setPointSizeF(small.pointSizeF() * 0.88);
  }
  const QFontMetrics metrics(small);
  for (QCPAxis* axis : {xAxis, yAxis}) {
    axis->setTickLabelFont(small);
    axis->setLabelFont(small);
    axis->setTickLengthIn(0);
    axis->setTickLengthOut(4);
    axis->setSubTickLengthIn(0);
    axis->setSubTickLengthOut(2);
    axis->setTickLabelPadding(3);
    axis->setLabelPadding(2);
  }
  // Widths come from the font and from nothing that is drawn: a longer label never moves the axes, and axes above one
  // another begin at the same place.
  const int digit = metrics.horizontalAdvance(QLatin1Char('0'));
  const int height = metrics.height();
  const int left = height + 2 + label_width_ * digit + 3 + 4 + 4;
  // A low plot of steps goes without the word "step", but not without saying that its steps are its own.
  const bool bare = compact_ && tied_;
  xAxis->setLabel(bare ? QString() : tied_ ? x_label_ : tr("%1 (own range)").arg(x_label_));
  const int below = (bare ? height : 2 * height + 3) + 4 + 4;
  axisRect()->setMargins(
      QMargins(left, std::max(top_margin_, height + 4), std::max(right_margin_, 3 * digit + 2), below));
  touch();
}

void Plot::setTied(bool on) {
  if (on == tied_ || !showsSteps()) return;
  tied_ = on;
  // Let go, it stays at what it shows, or goes on following by itself; tied again, it shows what the others do.
  x_free_ = on || steps_->following();
  applyFonts();
  Q_EMIT viewChanged();
}

void Plot::setColours(std::optional<ColourMap::Kind> kind) {
  if (kind == colours_) return;
  colours_ = kind;
  touch();
}

ColourMap::Kind Plot::colours(ColourMap::Kind own) const {
  return own == ColourMap::Kind::diverging ? own : colours_.value_or(own);
}

}  // namespace variometer
