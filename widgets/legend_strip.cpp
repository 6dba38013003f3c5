// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/legend_strip.h"

#include <QHelpEvent>
#include <QMouseEvent>
#include <QPainter>
#include <QToolTip>
#include <algorithm>

namespace variometer {
namespace {

constexpr double kSwatch = 18;  // pixels of line shown
constexpr double kGap = 12;     // between items

double item_width(const QFontMetricsF& metrics, const LegendStrip::Item& item, bool with_value) {
  double width = kSwatch + 5 + metrics.horizontalAdvance(item.name);
  // Values change from frame to frame; their room does not.
  if (with_value && !item.value.isNull()) width += 5 + metrics.horizontalAdvance(QStringLiteral("0.00000"));
  return width;
}

}  // namespace

LegendStrip::LegendStrip(QWidget* parent) : QWidget(parent), theme_(&theme(Theme::Kind::light)) {
  setSizePolicy(QSizePolicy::Ignored, QSizePolicy::Fixed);
}

void LegendStrip::setItems(std::vector<Item> items) {
  items_ = std::move(items);
  updateGeometry();
  update();
}

void LegendStrip::setValue(std::size_t index, const QString& value) {
  if (index >= items_.size() || items_[index].value == value) return;
  items_[index].value = value;
  update();
}

void LegendStrip::setHead(const QString& head) {
  head_ = head;
  update();
}

void LegendStrip::setTheme(const Theme& theme) {
  theme_ = &theme;
  update();
}

QSize LegendStrip::sizeHint() const { return {200, items_.empty() ? 0 : QFontMetrics(font()).height() + 2}; }
QSize LegendStrip::minimumSizeHint() const { return {0, sizeHint().height()}; }

bool LegendStrip::isRamp() const { return items_.size() > 8; }

std::vector<LegendStrip::Place> LegendStrip::places(const QRectF& area) const {
  const QFontMetricsF metrics(font());
  const double head = head_.isEmpty() ? 0 : metrics.horizontalAdvance(head_) + 8;
  std::vector<Place> out;
  if (isRamp()) {
    const double width = std::min(14.0, (area.width() - head - 60) / static_cast<double>(items_.size()));
    const double first = area.left() + head + metrics.horizontalAdvance(items_.front().name) + 5;
    for (std::size_t i = 0; i < items_.size(); ++i) {
      out.push_back({i, QRectF(first + static_cast<double>(i) * width, area.top(), width, area.height())});
    }
    return out;
  }
  const auto lay = [&](bool with_value) {
    out.clear();
    double x = area.left() + head;
    for (std::size_t i = 0; i < items_.size(); ++i) {
      const double width = item_width(metrics, items_[i], with_value);
      out.push_back({i, QRectF(x, area.top(), width, area.height())});
      x += width + kGap;
    }
    return x - kGap <= area.right();
  };
  if (!lay(true)) lay(false);
  return out;
}

void LegendStrip::paint(QPainter& painter, const QRectF& area) const {
  if (items_.empty()) return;
  painter.save();
  painter.setFont(font());
  painter.setClipRect(area);
  painter.setRenderHint(QPainter::Antialiasing, false);
  painter.setPen(theme_->muted);
  if (!head_.isEmpty()) painter.drawText(area, Qt::AlignLeft | Qt::AlignVCenter, head_);
  const std::vector<Place> all = places(area);
  const QFontMetricsF metrics(font());
  if (isRamp()) {
    const double height = metrics.ascent() * 0.7;
    for (const Place& place : all) {
      const Item& item = items_[place.index];
      const QRectF box(place.box.left(), area.center().y() - height / 2, place.box.width() + 0.5, height);
      painter.fillRect(box, item.visible ? item.pen.color() : theme_->grid);
    }
    const QRectF left(all.front().box.left() - 200, area.top(), 195, area.height());
    painter.drawText(left, Qt::AlignRight | Qt::AlignVCenter, items_.front().name);
    painter.drawText(QRectF(all.back().box.right() + 5, area.top(), 200, area.height()),
                     Qt::AlignLeft | Qt::AlignVCenter, items_.back().name);
    painter.restore();
    return;
  }
  const bool with_value = all.back().box.width() >= item_width(metrics, items_[all.back().index], true) - 0.5;
  for (const Place& place : all) {
    const Item& item = items_[place.index];
    const double y = std::round(place.box.center().y());
    QPen pen = item.pen;
    if (!item.visible) pen.setColor(theme_->grid);
    if (item.points_only) {
      painter.setRenderHint(QPainter::Antialiasing, true);
      painter.setPen(Qt::NoPen);
      painter.setBrush(pen.color());
      painter.drawEllipse(QPointF(place.box.left() + kSwatch / 2, y), 2.5, 2.5);
      painter.setRenderHint(QPainter::Antialiasing, false);
    } else {
      pen.setWidth(2);
      painter.setPen(pen);
      painter.drawLine(QPointF(place.box.left(), y), QPointF(place.box.left() + kSwatch, y));
    }
    painter.setPen(item.visible ? theme_->text : theme_->muted);
    QRectF text = place.box.adjusted(kSwatch + 5, 0, 0, 0);
    painter.drawText(text, Qt::AlignLeft | Qt::AlignVCenter, item.name);
    if (!with_value || item.value.isEmpty() || !item.visible) continue;
    text.setLeft(text.left() + metrics.horizontalAdvance(item.name) + 5);
    painter.setPen(theme_->muted);
    painter.drawText(text, Qt::AlignLeft | Qt::AlignVCenter, item.value);
  }
  painter.restore();
}

void LegendStrip::paintEvent(QPaintEvent*) {
  QPainter painter(this);
  paint(painter, rect());
}

void LegendStrip::mousePressEvent(QMouseEvent* event) {
  for (const Place& place : places(rect())) {
    if (!place.box.contains(event->position())) continue;
    if (event->modifiers() & Qt::ControlModifier) {
      Q_EMIT soloed(place.index);
    } else {
      Q_EMIT toggled(place.index);
    }
    return;
  }
  event->ignore();
}

bool LegendStrip::event(QEvent* event) {
  if (event->type() == QEvent::ToolTip) {
    const auto* help = static_cast<QHelpEvent*>(event);
    for (const Place& place : places(rect())) {
      if (!place.box.contains(help->pos())) continue;
      const Item& item = items_[place.index];
      QToolTip::showText(help->globalPos(),
                         (head_ + QLatin1Char(' ') + item.name + QLatin1Char(' ') + item.value).trimmed() +
                             tr("\nClick hides it, Ctrl+click shows it alone"));
      return true;
    }
  }
  return QWidget::event(event);
}

}  // namespace variometer
