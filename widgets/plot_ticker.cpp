// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/plot_ticker.h"

#include <cmath>

#include "widgets/number_text.h"

namespace variometer {

double symlog(double value, double threshold) {
  return std::copysign(std::log10(1 + std::abs(value) / threshold), value);
}

double symlog_inverse(double place, double threshold) {
  return std::copysign(threshold * (std::pow(10.0, std::abs(place)) - 1), place);
}

double NumberTicker::getTickStep(const QCPRange& range) {
  if (kind_ == Kind::whole && !names_.isEmpty()) return std::max(1.0, std::ceil(range.size() / (1.25 * room_)));
  setTickCount(std::clamp(room_, 2, 6));
  const double step = QCPAxisTicker::getTickStep(range);
  return kind_ == Kind::whole ? std::max(1.0, std::round(step)) : step;
}

int NumberTicker::getSubTickCount(double step) {
  return kind_ == Kind::whole ? 0 : QCPAxisTicker::getSubTickCount(step);
}

QString NumberTicker::getTickLabel(double tick, const QLocale&, QChar, int) {
  if (kind_ == Kind::symlog) return tick_text(symlog_inverse(tick, threshold_));
  if (!names_.isEmpty()) {
    const auto i = static_cast<qsizetype>(std::llround(tick));
    return i >= 0 && i < names_.size() ? names_[i] : QString();
  }
  return tick_text(tick);
}

QVector<double> NumberTicker::logTicks(const QCPRange& range) {
  const double low = std::log10(range.lower), high = std::log10(range.upper);
  const auto decades = [&](int stride) {
    QVector<double> ticks;
    for (int d = static_cast<int>(std::ceil(low - 1e-9)); d <= high + 1e-9; ++d) {
      if (d % stride == 0) ticks.push_back(std::pow(10.0, d));
    }
    return ticks;
  };
  if (high - low >= 2) {
    int stride = 1;
    while ((high - low) / stride + 1 > room_ && stride < 64) ++stride;
    return decades(stride);
  }
  const auto within = [&](std::initializer_list<double> mantissas) {
    QVector<double> ticks;
    for (int d = static_cast<int>(std::floor(low)); d <= high; ++d) {
      for (const double m : mantissas) {
        const double tick = m * std::pow(10.0, d);
        if (tick >= range.lower && tick <= range.upper) ticks.push_back(tick);
      }
    }
    return ticks;
  };
  QVector<double> ticks = within({1, 2, 5});
  if (ticks.size() > room_) ticks = within({1, 3});
  return ticks.size() > room_ ? within({1}) : ticks;
}

QVector<double> NumberTicker::createTickVector(double step, const QCPRange& range) {
  if (kind_ == Kind::logarithmic && range.lower > 0) {
    QVector<double> ticks = logTicks(range);
    if (ticks.size() >= 2) return ticks;
  }
  if (kind_ == Kind::symlog) {
    // Zero and powers of ten of the true value, both signs.
    QVector<double> ticks;
    const double reach = std::max(std::abs(range.lower), std::abs(range.upper));
    const int top = static_cast<int>(std::floor(std::log10(symlog_inverse(reach, threshold_) + 1e-300)));
    const int bottom = static_cast<int>(std::ceil(std::log10(threshold_)));
    const int stride = top - bottom > 4 ? 2 : 1;
    for (int d = top; d >= bottom; d -= stride) ticks.push_back(-symlog(std::pow(10.0, d), threshold_));
    ticks.push_back(0);
    for (qsizetype i = ticks.size() - 1; i-- > 0;) ticks.push_back(-ticks[i]);
    return ticks;
  }
  return QCPAxisTicker::createTickVector(step, range);
}

QVector<double> NumberTicker::createSubTickVector(int count, const QVector<double>& ticks) {
  if (kind_ == Kind::symlog || ticks.size() < 2) return {};
  if (kind_ != Kind::logarithmic || std::abs(ticks[1] / ticks[0] - 10) > 1e-6) {
    return kind_ == Kind::logarithmic ? QVector<double>() : QCPAxisTicker::createSubTickVector(count, ticks);
  }
  QVector<double> subs;
  for (double decade = ticks.front() / 10; decade <= ticks.back() * 1.0001; decade *= 10) {
    for (int m = 2; m <= 9; ++m) subs.push_back(m * decade);
  }
  return subs;
}

}  // namespace variometer
