// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QColor>
#include <QPalette>
#include <QPen>
#include <array>

QT_FORWARD_DECLARE_CLASS(QApplication)
QT_FORWARD_DECLARE_CLASS(QWidget)

namespace variometer {

/// Every colour the window uses. Text reaches a contrast of 4.5 on `card` and `window`, lines and controls 3
/// (tests/widgets/theme_test.cpp); series colours stay apart under the three kinds of colour blindness and are
/// always paired with a dash pattern.
struct Theme {
  enum class Kind { light, dark, contrast, print };

  Kind kind;
  QColor window;  ///< behind the cards
  QColor card;    ///< ground of cards and plots
  QColor text;
  QColor muted;      ///< secondary text
  QColor border;     ///< of cards; decoration
  QColor grid;       ///< decoration
  QColor axis;       ///< frame and ticks of a plot
  QColor accent;     ///< focus, links, the time cursor
  QColor on_accent;  ///< text on `accent`
  QColor threshold;  ///< limit lines (65,504; 1000 x median)
  QColor event;      ///< marks of applied commands
  QColor warning;    ///< pending, held
  QColor error;
  QColor good;
  QColor not_finite;  ///< cells that are NaN or infinite
  std::array<QColor, 6> series;

  bool isDark() const { return kind == Kind::dark || kind == Kind::contrast; }
  /// Lines are one pixel wide: wider ones cost QCustomPlot a hundred times as much (design: engineering 5.2).
  QPen pen(std::size_t index) const;
  /// Colour of layer i of n: an ordered ramp, dark to light or light to dark, contrast 3 everywhere.
  QColor layer(std::int64_t i, std::int64_t n) const;
};

const Theme& theme(Theme::Kind kind);
/// Light, dark or high contrast, from the widget's window colour.
const Theme& theme_of(const QWidget& widget);
/// What the system asks for (its palette at start).
Theme::Kind system_theme(const QPalette& palette);
QPalette palette_of(const Theme& theme);
/// Fusion style and the theme's palette for the whole application; cards and plots follow by themselves.
void apply_theme(QApplication& application, Theme::Kind kind);

}  // namespace variometer
