// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QColor>

namespace variometer {

/// Relative luminance of WCAG 2, 0 (black) to 1 (white). Alpha is ignored.
double relative_luminance(const QColor& colour);
/// Contrast ratio of WCAG 2, 1 to 21.
double contrast(const QColor& one, const QColor& other);
/// CIE L*, 0 to 100.
double lightness(const QColor& colour);
/// CIE76 distance in L*a*b* (D65); about 2 is just visible.
double colour_distance(const QColor& one, const QColor& other);

enum class Vision { deuteranopia, protanopia, tritanopia };
/// How `colour` looks without one kind of cone (linear approximation in linear RGB, full severity).
QColor seen_with(Vision vision, const QColor& colour);

/// `top`, with its alpha, painted on an opaque ground.
QColor painted_over(const QColor& top, const QColor& ground);

}  // namespace variometer
