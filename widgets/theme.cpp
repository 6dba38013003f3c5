// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/theme.h"

#include <QApplication>
#include <QWidget>

#include "widgets/colour.h"
#include "widgets/colour_map.h"
#include "widgets/theme_style.h"

namespace variometer {
namespace {

Theme light_theme() {
  Theme t;
  t.kind = Theme::Kind::light;
  t.window = QColor(0xf1f3f5);
  t.card = QColor(0xffffff);
  t.text = QColor(0x1b1f24);
  t.muted = QColor(0x57606a);
  t.border = QColor(0xd5dae0);
  t.grid = QColor(0xe9ecef);
  t.axis = QColor(0x7a828c);
  t.accent = QColor(0x0a5fb4);
  t.on_accent = QColor(0xffffff);
  t.threshold = QColor(0xb3261e);
  t.event = QColor(0x7a4fa3);
  t.warning = QColor(0x8a5300);
  t.error = QColor(0xb3261e);
  t.good = QColor(0x1a7040);
  t.not_finite = QColor(0xd6006e);
  t.series = {QColor(0x0b62b0), QColor(0xc9500a), QColor(0x0a7f63),
              QColor(0x9b3f97), QColor(0x6b5b00), QColor(0x3d444d)};
  return t;
}

Theme dark_theme() {
  Theme t;
  t.kind = Theme::Kind::dark;
  t.window = QColor(0x15181c);
  t.card = QColor(0x1d2126);
  t.text = QColor(0xe6e9ec);
  t.muted = QColor(0xa3acb6);
  t.border = QColor(0x343a41);
  t.grid = QColor(0x2b3037);
  t.axis = QColor(0x78818b);
  t.accent = QColor(0x66b0ff);
  t.on_accent = QColor(0x0d1117);
  t.threshold = QColor(0xff7b72);
  t.event = QColor(0xc39df0);
  t.warning = QColor(0xe3b341);
  t.error = QColor(0xff7b72);
  t.good = QColor(0x56d08a);
  t.not_finite = QColor(0xff4fa3);
  t.series = {QColor(0x62b0ff), QColor(0xff9a4d), QColor(0x3fcf9f),
              QColor(0xdb8fe0), QColor(0xd6c04a), QColor(0xc9d1d9)};
  return t;
}

/// Black and white, with nothing that is less than 7 to 1.
Theme contrast_theme() {
  Theme t;
  t.kind = Theme::Kind::contrast;
  t.window = t.card = QColor(Qt::black);
  t.text = QColor(Qt::white);
  t.muted = QColor(0xe4e4e4);
  t.border = QColor(0xffffff);
  t.grid = QColor(0x4a4a4a);
  t.axis = QColor(0xffffff);
  t.accent = QColor(0xffe600);
  t.on_accent = QColor(Qt::black);
  t.threshold = QColor(0xff9a92);
  t.event = QColor(0xd9b8ff);
  t.warning = QColor(0xffd24d);
  t.error = QColor(0xff9a92);
  t.good = QColor(0x6cf5a0);
  t.not_finite = QColor(0xff7cc4);
  t.series = {QColor(0x7cc8ff), QColor(0xffae66), QColor(0x55e8b4),
              QColor(0xefa6f4), QColor(0xf2dc55), QColor(0xffffff)};
  return t;
}

Theme print_theme() {
  Theme t = light_theme();
  t.kind = Theme::Kind::print;
  t.window = t.card = QColor(0xffffff);
  t.text = QColor(Qt::black);
  t.muted = QColor(0x404040);
  t.border = QColor(0xffffff);
  t.grid = QColor(0xe6e6e6);
  t.axis = QColor(0x303030);
  return t;
}

}  // namespace

QPen Theme::pen(std::size_t index) const {
  static constexpr std::array kStyles = {Qt::SolidLine, Qt::DashLine,       Qt::DashDotLine,
                                         Qt::DotLine,   Qt::DashDotDotLine, Qt::SolidLine};
  return QPen(series[index % series.size()], 1, kStyles[index % kStyles.size()]);
}

QColor Theme::layer(std::int64_t i, std::int64_t n) const {
  const double t = n > 1 ? static_cast<double>(i) / static_cast<double>(n - 1) : 0;
  const ColourMap& map = ColourMap::of(ColourMap::Kind::magma);
  return QColor(isDark() ? map.at(0.97 - 0.40 * t) : map.at(0.12 + 0.53 * t));
}

const Theme& theme(Theme::Kind kind) {
  static const Theme light = light_theme(), dark = dark_theme(), high = contrast_theme(), print = print_theme();
  switch (kind) {
    case Theme::Kind::light: return light;
    case Theme::Kind::dark: return dark;
    case Theme::Kind::contrast: return high;
    case Theme::Kind::print: return print;
  }
  return light;
}

Theme::Kind system_theme(const QPalette& palette) {
  const QColor ground = palette.color(QPalette::Window);
  // A desktop whose windows are black as ink asks for contrast.
  if (ground == QColor(Qt::black)) return Theme::Kind::contrast;
  return lightness(ground) < 50 ? Theme::Kind::dark : Theme::Kind::light;
}

const Theme& theme_of(const QWidget& widget) { return theme(system_theme(widget.palette())); }

QPalette palette_of(const Theme& t) {
  QPalette p;
  const QColor button = t.kind == Theme::Kind::dark       ? QColor(0x2a2f36)
                        : t.kind == Theme::Kind::contrast ? QColor(0x1c1c1c)
                                                          : QColor(0xf7f8f9);
  p.setColor(QPalette::Window, t.window);
  p.setColor(QPalette::WindowText, t.text);
  p.setColor(QPalette::Base, t.card);
  p.setColor(QPalette::AlternateBase, t.window);
  p.setColor(QPalette::Text, t.text);
  p.setColor(QPalette::PlaceholderText, t.muted);
  p.setColor(QPalette::Button, button);
  p.setColor(QPalette::ButtonText, t.text);
  p.setColor(QPalette::BrightText, t.error);
  p.setColor(QPalette::Highlight, t.accent);
  p.setColor(QPalette::HighlightedText, t.on_accent);
  p.setColor(QPalette::Link, t.accent);
  p.setColor(QPalette::LinkVisited, t.event);
  p.setColor(QPalette::ToolTipBase, t.card);
  p.setColor(QPalette::ToolTipText, t.text);
  p.setColor(QPalette::Light, t.isDark() ? QColor(0x3a4048) : QColor(0xffffff));
  p.setColor(QPalette::Midlight, t.border);
  p.setColor(QPalette::Mid, t.border);
  p.setColor(QPalette::Dark, t.axis);
  p.setColor(QPalette::Shadow, QColor(Qt::black));
  const QColor off = painted_over(QColor(t.muted.red(), t.muted.green(), t.muted.blue(), 150), t.card);
  for (const auto role : {QPalette::WindowText, QPalette::Text, QPalette::ButtonText}) {
    p.setColor(QPalette::Disabled, role, off);
  }
  p.setColor(QPalette::Disabled, QPalette::Highlight, t.border);
  return p;
}

void apply_theme(QApplication& application, Theme::Kind kind) {
  QApplication::setStyle(new ThemeStyle);
  application.setPalette(palette_of(theme(kind)));
}

}  // namespace variometer
