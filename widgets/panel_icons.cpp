// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/panel_icons.h"

#include <QFile>
#include <QGuiApplication>
#include <QIconEngine>
#include <QPainter>
#include <QPalette>
#include <QSvgRenderer>
#include <algorithm>
#include <map>
#include <utility>

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

/// Draws when it is asked for, at the size that is asked for: a hundred commands cost nothing before they are seen.
class SvgEngine : public QIconEngine {
 public:
  SvgEngine(QByteArray svg, const QColor& normal, const QColor& disabled)
      : svg_(std::move(svg)), normal_(normal), disabled_(disabled) {}

  QPixmap pixmap(const QSize& size, QIcon::Mode mode, QIcon::State) override {
    const bool faint = mode == QIcon::Disabled;
    const int side = std::min(size.width(), size.height());
    QPixmap& kept = drawn_[{side, faint}];
    if (kept.isNull()) kept = drawn(svg_, faint ? disabled_ : normal_, side);
    return kept;
  }
  void paint(QPainter* painter, const QRect& rect, QIcon::Mode mode, QIcon::State state) override {
    const double scale = painter->device()->devicePixelRatioF();
    QPixmap picture = pixmap(rect.size() * scale, mode, state);
    picture.setDevicePixelRatio(scale);
    painter->drawPixmap(rect.topLeft(), picture);
  }
  QIconEngine* clone() const override { return new SvgEngine(*this); }

 private:
  QByteArray svg_;
  QColor normal_, disabled_;
  std::map<std::pair<int, bool>, QPixmap> drawn_;
};

QIcon build(const QString& name, const QColor& normal, const QColor& disabled) {
  static const bool ready = (initialiseIcons(), true);
  (void)ready;
  QFile file(QStringLiteral(":/icons/%1.svg").arg(name));
  if (!file.open(QIODevice::ReadOnly)) return {};
  return QIcon(new SvgEngine(file.readAll(), normal, disabled));
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
