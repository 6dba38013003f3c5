// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/theme_style.h"

#include <QAbstractScrollArea>
#include <QApplication>
#include <QPainter>
#include <QStyleOption>
#include <algorithm>

#include "widgets/theme.h"

namespace variometer {

ThemeStyle::ThemeStyle() : QProxyStyle(QStringLiteral("Fusion")) {}

void ThemeStyle::drawPrimitive(PrimitiveElement element, const QStyleOption* option, QPainter* painter,
                               const QWidget* widget) const {
  // Of tabs, tool buttons and rows.
  if (element == PE_FrameFocusRect) return ring(option, painter);
  drawFieldsAndBoxes(element, option, painter, widget);
  const bool raised = element == PE_PanelButtonTool && (option->state & (State_On | State_Sunken));
  const bool frame = raised || element == PE_Frame || element == PE_PanelMenu || element == PE_FrameTabWidget;
  const bool high = system_theme(option->palette) == Theme::Kind::contrast;
  // What can be typed into or pressed has an outline in every theme; a number's text has that of its box.
  const auto* framed_text = qstyleoption_cast<const QStyleOptionFrame*>(option);
  const bool field = element == PE_PanelLineEdit && framed_text != nullptr && framed_text->lineWidth > 0;
  const bool button = element == PE_PanelButtonCommand;
  if (field || button || (frame && high)) outline(option, painter);
  // Lists where no row may be chosen yet; a button that Enter presses looks as if it had the focus already.
  if ((field || button || element == PE_Frame) && (option->state & State_HasFocus)) ring(option, painter);
}

void ThemeStyle::drawControl(ControlElement element, const QStyleOption* option, QPainter* painter,
                             const QWidget* widget) const {
  QProxyStyle::drawControl(element, option, painter, widget);
  if (element == CE_TabBarTabLabel && (option->state & State_HasFocus)) ring(option, painter);
}

void ThemeStyle::drawComplexControl(ComplexControl control, const QStyleOptionComplex* option, QPainter* painter,
                                    const QWidget* widget) const {
  QProxyStyle::drawComplexControl(control, option, painter, widget);
  if (control == CC_ComboBox || control == CC_SpinBox) outline(option, painter);
  const bool framed = control == CC_ComboBox || control == CC_SpinBox || control == CC_Slider;
  if (framed && (option->state & State_HasFocus)) ring(option, painter);
}

int ThemeStyle::pixelMetric(PixelMetric metric, const QStyleOption* option, const QWidget* widget) const {
  const int standard = QProxyStyle::pixelMetric(metric, option, widget);
  const int text = (widget != nullptr ? widget->fontMetrics() : QFontMetrics(QApplication::font())).height();
  switch (metric) {
    // Room for the ring around what scrolls.
    case PM_DefaultFrameWidth: return qobject_cast<const QAbstractScrollArea*>(widget) != nullptr ? 2 : standard;
    // What is pressed or read beside text is as large as the text.
    case PM_SmallIconSize:
    case PM_ButtonIconSize:
    case PM_ListViewIconSize:
    case PM_TabBarIconSize:
    case PM_TabCloseIndicatorWidth:
    case PM_TabCloseIndicatorHeight: return std::max(standard, text - 2);
    case PM_ToolBarIconSize: return std::max(18, text);
    case PM_IndicatorWidth:
    case PM_IndicatorHeight:
    case PM_ExclusiveIndicatorWidth:
    case PM_ExclusiveIndicatorHeight:
    case PM_ScrollBarExtent:
    case PM_SliderThickness:
    case PM_SliderControlThickness:
    case PM_SliderLength: return std::max(standard, text * 4 / 5);
    default: return standard;
  }
}

/// Fusion's own sign of the focus is a shade that on a projector nobody sees.
void ThemeStyle::ring(const QStyleOption* option, QPainter* painter) {
  painter->save();
  painter->setRenderHint(QPainter::Antialiasing, false);
  painter->setBrush(Qt::NoBrush);
  const Theme& colours = theme(system_theme(option->palette));
  const auto* button = qstyleoption_cast<const QStyleOptionButton*>(option);
  const bool tinted = button != nullptr && (button->features & QStyleOptionButton::DefaultButton);
  painter->setPen(QPen(tinted ? colours.text : colours.accent, 2));
  painter->drawRect(option->rect.adjusted(1, 1, -1, -1));
  painter->restore();
}

/// Fusion's own outlines are a shade of the window's colour: on a dark window nobody sees them, and of black there is
/// none.
void ThemeStyle::outline(const QStyleOption* option, QPainter* painter) {
  const Theme& colours = theme(system_theme(option->palette));
  const bool focused = option->state & State_HasFocus, enabled = option->state & State_Enabled;
  const bool high = colours.kind == Theme::Kind::contrast;
  painter->save();
  painter->setRenderHint(QPainter::Antialiasing);
  painter->setBrush(Qt::NoBrush);
  const QColor off = high ? colours.grid : colours.border;
  painter->setPen(QPen(focused ? colours.accent : enabled ? colours.axis : off, 1));
  painter->drawRoundedRect(QRectF(option->rect).adjusted(0.5, 0.5, -0.5, -0.5), 2, 2);
  painter->restore();
}

void ThemeStyle::drawFieldsAndBoxes(PrimitiveElement element, const QStyleOption* option, QPainter* painter,
                                    const QWidget* widget) const {
  const bool box = element == PE_IndicatorCheckBox || element == PE_IndicatorItemViewItemCheck;
  if (!box && element != PE_IndicatorRadioButton) return QProxyStyle::drawPrimitive(element, option, painter, widget);
  const Theme& colours = theme(system_theme(option->palette));
  const bool enabled = option->state & State_Enabled, on = option->state & State_On;
  const bool partly = option->state & State_NoChange, focused = option->state & State_HasFocus;
  const QColor line = !enabled ? colours.border : focused || on || partly ? colours.accent : colours.axis;
  const double side = std::min(option->rect.width(), option->rect.height());
  QRectF area(0, 0, side - 1, side - 1);
  area.moveCenter(QRectF(option->rect).center());
  painter->save();
  painter->setRenderHint(QPainter::Antialiasing);
  painter->setPen(QPen(line, focused ? 2 : 1));
  const QColor filled = enabled ? colours.accent : colours.border;
  painter->setBrush(box && (on || partly) ? filled : colours.card);
  if (!box) {
    painter->drawEllipse(area);
    painter->setPen(Qt::NoPen);
    painter->setBrush(filled);
    if (on) painter->drawEllipse(area.center(), side * 0.25, side * 0.25);
  } else {
    painter->drawRoundedRect(area, 2, 2);
    painter->setPen(QPen(enabled ? colours.on_accent : colours.muted, 1.8, Qt::SolidLine, Qt::RoundCap, Qt::RoundJoin));
    const auto at = [&](double x, double y) { return QPointF(area.left() + x * side, area.top() + y * side); };
    if (partly) {
      painter->drawLine(at(0.25, 0.46), at(0.68, 0.46));
    } else if (on) {
      painter->drawPolyline(QPolygonF({at(0.22, 0.48), at(0.41, 0.67), at(0.73, 0.28)}));
    }
  }
  painter->restore();
}

}  // namespace variometer
