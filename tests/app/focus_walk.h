// SPDX-License-Identifier: GPL-3.0-or-later
// Tab goes through a window: where it stops, and whether one sees it.
#pragma once

#include <gtest/gtest.h>

#include <QApplication>
#include <QImage>
#include <QTest>
#include <string>

#include "widgets/card.h"
#include "widgets/colour.h"

namespace variometer {

/// Where Tab stops in `window`, beginning with what has the focus, until it comes around.
inline QList<QWidget*> stops(QWidget& top) {
  QList<QWidget*> all;
  top.activateWindow();
  QApplication::processEvents();
  if (QApplication::focusWidget() == nullptr || !top.isAncestorOf(QApplication::focusWidget())) {
    QTest::keyClick(&top, Qt::Key_Tab);
  }
  for (int i = 0; i < 400; ++i) {
    QWidget* now = QApplication::focusWidget();
    if (now == nullptr || all.contains(now)) break;
    all << now;
    QTest::keyClick(now, Qt::Key_Tab);
  }
  return all;
}

/// Pixels in and around `widget` that differ by 3:1 between having the focus and not.
inline int pixels_that_show_it(QWidget& top, QWidget* widget, QWidget* other) {
  const auto shot = [&](QWidget* focus) {
    focus->setFocus(Qt::TabFocusReason);
    QApplication::processEvents();
    return top.grab().toImage();
  };
  const QImage without = shot(other), with = shot(widget);
  // A card has the ring around its plot.
  const QWidget* ringed = widget;
  for (const QWidget* w = widget; w != nullptr; w = w->parentWidget()) {
    if (qobject_cast<const Card*>(w) != nullptr && w->focusProxy() == widget) ringed = w;
  }
  const QRect place(ringed->mapTo(&top, QPoint(0, 0)), ringed->size());
  const QRect area = place.adjusted(-6, -6, 6, 6) & with.rect();
  int n = 0;
  for (int y = area.top(); y <= area.bottom(); ++y) {
    for (int x = area.left(); x <= area.right(); ++x) {
      const QColor a = with.pixelColor(x, y), b = without.pixelColor(x, y);
      n += a != b && contrast(a, b) >= 3;
    }
  }
  return n;
}

inline std::string place_name(const QWidget* widget) {
  QStringList path;
  for (; widget != nullptr && !widget->isWindow(); widget = widget->parentWidget()) {
    const QString text = !widget->accessibleName().isEmpty() ? widget->accessibleName()
                         : !widget->objectName().isEmpty()   ? widget->objectName()
                                                             : widget->property("text").toString();
    path.prepend(QString::fromLatin1(widget->metaObject()->className()).section(QLatin1Char(':'), -1) +
                 (text.isEmpty() ? QString() : QStringLiteral(" '%1'").arg(text)));
    if (path.size() == 3) break;
  }
  return path.join(QStringLiteral(" / ")).toStdString();
}

/// Every place Tab stops at in `top` is seen, and Tab comes around. The places, in order.
inline QList<QWidget*> expect_visible_focus(QWidget& top, const std::string& where) {
  const QList<QWidget*> all = stops(top);
  EXPECT_GT(all.size(), 1) << where;
  EXPECT_TRUE(all.isEmpty() || QApplication::focusWidget() == all.front())
      << where << " is a trap: " << place_name(all.front()) << ", " << place_name(all.back()) << ", then "
      << place_name(QApplication::focusWidget());
  for (qsizetype i = 0; all.size() > 1 && i < all.size(); ++i) {
    QWidget* other = all[(i + (all.size() + 1) / 2) % all.size()];
    const int n = pixels_that_show_it(top, all[i], other);
    EXPECT_GE(n, 60) << where << ": " << place_name(all[i]);
  }
  return all;
}

}  // namespace variometer
