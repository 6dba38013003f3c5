// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QString>
#include <cstdint>

namespace variometer {

/// "1,920", "48,200", "1.2 M": how many. At most seven characters.
QString count_text(std::int64_t n);
/// "4,212": every digit, thousands apart.
QString step_text(std::int64_t step);
/// A measured value with four significant digits: "4.213", "0.01234", "1,416", "1.23e-05"; "not finite" for NaN and
/// infinity. The same text in every locale, fit to be copied.
QString value_text(double value);
/// Label of an axis tick, at most six characters where the tick is round: "0.02", "1,000", "20k", "10^-5" (raised).
QString tick_text(double tick);

/// From `base` to `value`: "+0.1200 (×1.250)"; without the ratio where it says nothing.
QString difference_text(double value, double base);

/// A limit somebody set: whole numbers as they are ("10", "65,504"), others as value_text.
QString limit_text(double limit);

}  // namespace variometer
