// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QStringList>
#include <algorithm>

#include "widgets/plot_library.h"

namespace variometer {

/// Linear near zero, logarithmic beyond `threshold`, odd, continuous, strictly rising: for signed values of many sizes.
double symlog(double value, double threshold);
double symlog_inverse(double place, double threshold);

/// Ticks at round numbers with short labels (tick_text), for linear, logarithmic, symlog and whole-number axes.
/// QCustomPlot knows linear and log axes only: for symlog the data are transformed and the labels tell true values.
class NumberTicker : public QCPAxisTicker {
 public:
  enum class Kind { linear, logarithmic, whole, symlog };

  explicit NumberTicker(Kind kind, double threshold = 1) : kind_(kind), threshold_(threshold) {}

  /// On a whole-number axis these names stand at 0, 1, 2, ... where there is room.
  void setNames(QStringList names) { names_ = std::move(names); }
  /// How many labels the axis has room for; never more are made.
  void setRoom(int labels) { room_ = std::max(2, labels); }

 protected:
  double getTickStep(const QCPRange& range) override;
  int getSubTickCount(double step) override;
  QString getTickLabel(double tick, const QLocale& locale, QChar format, int precision) override;
  QVector<double> createTickVector(double step, const QCPRange& range) override;
  QVector<double> createSubTickVector(int count, const QVector<double>& ticks) override;

 private:
  QVector<double> logTicks(const QCPRange& range);
  Kind kind_;
  double threshold_;
  QStringList names_;
  int room_ = 6;
};

}  // namespace variometer
