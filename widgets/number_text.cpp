// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/number_text.h"

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
  if (size >= 1e7) return QString::number(value, 'e', 2);
  if (size >= 999.5) return grouped(std::llround(value));
  if (size < 9.9995e-4) return QString::number(value, 'e', 2);
  const int whole = size >= 100 ? 3 : size >= 10 ? 2 : size >= 1 ? 1 : 0;
  const int leading_zeros = size < 0.1 ? static_cast<int>(std::ceil(-std::log10(size))) - 1 : 0;
  if (size >= 100 && size == std::floor(size)) return grouped(std::llround(value));
  return QString::number(value, 'f', whole > 0 ? 4 - whole : 4 + leading_zeros);
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
