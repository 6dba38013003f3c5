// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/number_text.h"

#include <QStringList>
#include <cmath>

namespace variometer {
namespace {

QString grouped(qlonglong n) {
  QString digits = QString::number(std::llabs(n));
  for (qsizetype i = digits.size() - 3; i > 0; i -= 3) digits.insert(i, QLatin1Char(','));
  return n < 0 ? QChar(0x2212) + digits : digits;
}

QString raised(int exponent) {
  static const QString kDigits = QStringLiteral("⁰¹²³⁴⁵⁶⁷⁸⁹");
  QString text;
  for (const QChar c : QString::number(std::abs(exponent))) text += kDigits[c.digitValue()];
  return exponent < 0 ? QStringLiteral("⁻") + text : text;
}

QString plain(double value, int digits) {
  QString text = QString::number(value, 'g', digits);
  if (text.startsWith(QLatin1Char('-'))) text[0] = QChar(0x2212);
  return text;
}

QString powered(double value, int digits) {
  const int exponent = static_cast<int>(std::floor(std::log10(std::abs(value)) + 1e-9));
  const double mantissa = value / std::pow(10.0, exponent);
  const QString ten = QStringLiteral("10") + raised(exponent);
  if (std::abs(mantissa - 1) < 1e-6) return ten;
  return plain(mantissa, digits) + QStringLiteral("·") + ten;
}

}  // namespace

QString count_text(std::int64_t n) {
  const auto scaled = [n](double unit, const char* name) {
    const double value = static_cast<double>(n) / unit;
    return QString::number(value, 'f', value < 10 ? 1 : 0) + QLatin1String(name);
  };
  if (n < 100'000) return grouped(n);
  if (n < 1'000'000) return scaled(1e3, " k");
  if (n < 1'000'000'000) return scaled(1e6, " M");
  return scaled(1e9, " G");
}

QString step_text(std::int64_t step) { return grouped(step); }

QString value_text(double value) {
  if (!std::isfinite(value)) return QStringLiteral("not finite");
  const double size = std::abs(value);
  if (size == 0) return QStringLiteral("0");
  if (size >= 999.5 && size < 1e7) return grouped(std::llround(value));
  if (size >= 100 && size == std::floor(size) && size < 1e7) return grouped(std::llround(value));
  // The decade after rounding to four digits: 0.0099999998 is 0.01000.
  const QString digits = QString::number(size, 'e', 3);
  const int decade = digits.mid(digits.indexOf(QLatin1Char('e')) + 1).toInt();
  const QString sign = value < 0 ? QString(QChar(0x2212)) : QString();
  if (decade >= 7 || decade < -3) {
    const QStringList parts = QString::number(size, 'e', 2).split(QLatin1Char('e'));
    return sign + parts[0] + QStringLiteral("·10") + raised(parts[1].toInt());
  }
  return sign + QString::number(size, 'f', 3 - decade);
}

QString difference_text(double value, double base) {
  const double difference = value - base;
  QString text = (difference > 0 ? QStringLiteral("+") : QString()) + value_text(difference);
  if (std::isfinite(difference) && base != 0 && value / base > 0) {
    text += QStringLiteral(" (×") + value_text(value / base) + QLatin1Char(')');
  }
  return text;
}

QString limit_text(double limit) {
  const bool whole = std::abs(limit) < 1e7 && limit == std::floor(limit);
  return whole ? grouped(std::llround(limit)) : value_text(limit);
}

QString tick_text(double tick) {
  const double size = std::abs(tick);
  if (size < 1e-12) return QStringLiteral("0");
  if (size >= 1e6 || size < 0.99e-3) return powered(tick, 3);
  if (size >= 1e4) return plain(tick / 1e3, 4) + QLatin1Char('k');
  if (size >= 1e3 && std::abs(tick - std::round(tick)) < 1e-6) return grouped(std::llround(tick));
  return plain(tick, 5);
}

}  // namespace variometer
