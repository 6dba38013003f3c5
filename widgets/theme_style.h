// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QProxyStyle>

namespace variometer {

/// Fusion, but check boxes and radio buttons are drawn with the theme's lines: Fusion's outline is a shade darker than
/// the window, which on a dark window nobody sees; what has the focus has a ring in the accent colour.
class ThemeStyle : public QProxyStyle {
  Q_OBJECT
 public:
  ThemeStyle();
  void drawPrimitive(PrimitiveElement element, const QStyleOption* option, QPainter* painter,
                     const QWidget* widget) const override;
  void drawControl(ControlElement element, const QStyleOption* option, QPainter* painter,
                   const QWidget* widget) const override;
  void drawComplexControl(ComplexControl control, const QStyleOptionComplex* option, QPainter* painter,
                          const QWidget* widget) const override;
  int pixelMetric(PixelMetric metric, const QStyleOption* option, const QWidget* widget) const override;

 private:
  void drawFieldsAndBoxes(PrimitiveElement element, const QStyleOption* option, QPainter* painter,
                          const QWidget* widget) const;
  static void ring(const QStyleOption* option, QPainter* painter);
  static void outline(const QStyleOption* option, QPainter* painter);
};

}  // namespace variometer
