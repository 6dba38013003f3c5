// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/panel_icons.h"

#include <QFile>
#include <QGuiApplication>
#include <QPainter>
#include <QPalette>
#include <QSvgRenderer>

// Outside the namespace: the resources of a static library are linked in by name.
static void initialiseIcons() { Q_INIT_RESOURCE(icons); }

namespace variometer {
namespace {

QPixmap drawn(const QByteArray& svg, const QColor& colour, int size) {
  QByteArray coloured = svg;
  coloured.replace("currentColor", colour.name(QColor::HexRgb).toLatin1());
  QSvgRenderer renderer(coloured);
  QPixmap pixmap(size, size);
  pixmap.fill(Qt::transparent);
  QPainter painter(&pixmap);
  painter.setOpacity(colour.alphaF());
  renderer.render(&painter, QRectF(0, 0, size, size));
  return pixmap;
}

QIcon build(const QString& name, const QColor& normal, const QColor& disabled) {
  static const bool ready = (initialiseIcons(), true);
  (void)ready;
  QFile file(QStringLiteral(":/icons/%1.svg").arg(name));
  if (!file.open(QIODevice::ReadOnly)) return {};
  const QByteArray svg = file.readAll();
  QIcon icon;
  // 16 to 48: sharp at every scale from 100 to 300 %.
  for (const int size : {16, 20, 24, 32, 48}) {
    icon.addPixmap(drawn(svg, normal, size), QIcon::Normal);
    icon.addPixmap(drawn(svg, disabled, size), QIcon::Disabled);
  }
  return icon;
}

}  // namespace

QIcon themedIcon(const QString& name) {
  const QPalette palette = QGuiApplication::palette();
  return build(name, palette.color(QPalette::Active, QPalette::ButtonText),
               palette.color(QPalette::Disabled, QPalette::ButtonText));
}

QIcon themedIcon(const QString& name, const QColor& colour) {
  QColor faint = colour;
  faint.setAlphaF(0.4F);
  return build(name, colour, faint);
}

}  // namespace variometer
