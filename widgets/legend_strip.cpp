// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/legend_strip.h"

#include <QHelpEvent>
#include <QMouseEvent>
#include <QPainter>
#include <QToolTip>
#include <algorithm>
#include <array>
#include <cmath>

namespace variometer {
namespace {

/// How much room the parts of an item get; tried from the widest to the narrowest.
struct Spacing {
  double swatch;  // pixels of line shown
  double gap;     // between items
  bool with_value, brief;
};
constexpr std::array<Spacing, 4> kSpacings = {
    {{18, 12, true, false}, {18, 12, false, false}, {12, 7, false, false}, {12, 7, false, true}}};

const QString& shown_name(const LegendStrip::Item& item, bool brief) {
  return brief && !item.brief.isEmpty() ? item.brief : item.name;
}

double swatch_width(const LegendStrip::Item& item, double line) {
  using Sign = LegendStrip::Item::Sign;
  if (item.sign == Sign::line || item.sign == Sign::points) return line;
  return item.sign == Sign::hatch ? 14 : 2 * item.radius + 2;
}

double item_width(const QFontMetricsF& metrics, const LegendStrip::Item& item, const Spacing& spacing) {
  double width = swatch_width(item, spacing.swatch) + 5 + metrics.horizontalAdvance(shown_name(item, spacing.brief));
  // Values change from frame to frame; their room does not.
  if (spacing.with_value && !item.value.isNull()) width += 5 + metrics.horizontalAdvance(QStringLiteral("0.000000"));
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

QSize LegendStrip::sizeHint() const { return {200, QFontMetrics(font()).height() + 2}; }
QSize LegendStrip::minimumSizeHint() const { return {0, sizeHint().height()}; }

std::size_t LegendStrip::rampSize() const {
  const auto end = std::find_if(items_.begin(), items_.end(), [](const Item& item) { return !item.in_ramp; });
  return static_cast<std::size_t>(end - items_.begin());
}

bool LegendStrip::isRamp(double width) const {
  const std::size_t n = rampSize();
  if (n > 8) return true;
  if (head_.isEmpty() || n < 5) return false;
  const QFontMetricsF metrics(font());
  double needed = metrics.horizontalAdvance(head_) + 8;
  for (const Item& item : items_) needed += item_width(metrics, item, kSpacings.back()) + kSpacings.back().gap;
  return needed > width;
}

std::vector<LegendStrip::Place> LegendStrip::places(const QRectF& area) const {
  const QFontMetricsF metrics(font());
  std::vector<Place> ramp;
  double start = area.left() + (head_.isEmpty() ? 0 : metrics.horizontalAdvance(head_) + 8);
  if (isRamp(area.width())) {
    const auto n = static_cast<double>(rampSize());
    // Those beside it get at least half of the row.
    const double most = (rampSize() < items_.size() ? area.width() / 2 : area.right()) - start - 60;
    const double width = std::clamp(most / n, 1.0, 14.0);
    const double first = start + metrics.horizontalAdvance(items_.front().name) + 5;
    for (std::size_t i = 0; i < rampSize(); ++i) {
      const QRectF box(first + static_cast<double>(i) * width, area.top(), width, area.height());
      ramp.push_back({.index = i, .box = box, .in_ramp = true});
    }
    start = first + n * width + 5 + metrics.horizontalAdvance(items_[rampSize() - 1].name) + 12;
  }
  std::vector<Place> out;
  for (Spacing spacing : kSpacings) {
    spacing.swatch *= std::max(1.0, metrics.height() / 20);  // large text has long lines beside it
    out = ramp;
    double x = start;
    for (std::size_t i = ramp.size(); i < items_.size(); ++i) {
      const double width = item_width(metrics, items_[i], spacing);
      const double swatch = swatch_width(items_[i], spacing.swatch);
      out.push_back({i, QRectF(x, area.top(), width, area.height()), spacing.with_value, spacing.brief, swatch});
      x += width + spacing.gap;
    }
    if (x - spacing.gap <= area.right()) break;
  }
  return out;
}

/// What has no room for its sign and some of its name is left out whole, and what comes after it.
std::size_t LegendStrip::shown(const std::vector<Place>& all, double right) const {
  const double name = 3 * QFontMetricsF(font()).averageCharWidth();
  for (std::size_t i = 0; i < all.size(); ++i) {
    const Place& place = all[i];
    const double wanted = place.box.width() - place.swatch - 5;
    if (!place.in_ramp && right - place.box.left() - place.swatch - 5 < std::min(wanted, name)) return i;
  }
  return all.size();
}

void LegendStrip::setLineWidth(double width) {
  line_width_ = width;
  update();
}

bool LegendStrip::showsBriefNames() const {
  const std::vector<Place> all = places(rect());
  return !all.empty() && all.back().brief;
}

std::size_t LegendStrip::leftOut() const {
  const std::vector<Place> all = places(rect());
  return all.size() - shown(all, rect().right());
}

void LegendStrip::paintSign(QPainter& painter, const Item& item, const QRectF& box) const {
  using Sign = Item::Sign;
  QPen pen = item.pen;
  if (!item.visible) pen.setColor(theme_->border);
  const QPointF centre(box.center().x(), std::round(box.center().y()));
  if (item.sign == Sign::line) {
    pen.setWidthF(line_width_);
    painter.setPen(pen);
    painter.drawLine(QPointF(box.left(), centre.y()), QPointF(box.right(), centre.y()));
    return;
  }
  painter.save();
  if (item.sign == Sign::hatch) {
    const QRectF cell(box.left(), centre.y() - 5, box.width(), 10);
    QColor faint = pen.color();
    faint.setAlphaF(0.35F);
    painter.fillRect(cell, faint);
    painter.setClipRect(cell);
    painter.setPen(QPen(pen.color(), 2));
    painter.setRenderHint(QPainter::Antialiasing, true);
    for (double x = cell.left() - 10; x < cell.right(); x += 5) {
      painter.drawLine(QPointF(x, cell.bottom()), QPointF(x + 10, cell.top()));
    }
  } else {
    painter.setRenderHint(QPainter::Antialiasing, true);
    QColor fill = pen.color();
    if (item.sign != Sign::points) fill.setAlpha(item.sign == Sign::circle ? 0 : 110);
    painter.setPen(item.sign == Sign::points ? QPen(Qt::NoPen) : pen);
    painter.setBrush(fill);
    const double r = item.sign == Sign::points ? 2.5 : item.radius;
    painter.drawEllipse(centre, r, r);
    if (item.sign == Sign::dashed_disc) painter.drawLine(centre - QPointF(r / 2, 0), centre + QPointF(r / 2, 0));
  }
  painter.restore();
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
  if (all.front().in_ramp) {
    const double height = metrics.ascent() * 0.7;
    std::size_t last = 0;
    for (; last < all.size() && all[last].in_ramp; ++last) {
      const Item& item = items_[all[last].index];
      const QRectF box(all[last].box.left(), area.center().y() - height / 2, all[last].box.width() + 0.5, height);
      painter.fillRect(box, item.visible ? item.pen.color() : theme_->grid);
    }
    const QRectF left(all.front().box.left() - 200, area.top(), 195, area.height());
    painter.drawText(left, Qt::AlignRight | Qt::AlignVCenter, items_.front().name);
    painter.drawText(QRectF(all[last - 1].box.right() + 5, area.top(), 200, area.height()),
                     Qt::AlignLeft | Qt::AlignVCenter, items_[last - 1].name);
  }
  const auto left_out = [&](std::size_t n) { return QStringLiteral("+%1").arg(n); };
  double right = area.right();
  if (shown(all, right) < all.size()) right -= metrics.horizontalAdvance(left_out(all.size())) + 6;
  const std::size_t n_shown = shown(all, right);
  for (std::size_t i = 0; i < n_shown; ++i) {
    const Place& place = all[i];
    if (place.in_ramp) continue;
    const Item& item = items_[place.index];
    paintSign(painter, item, QRectF(place.box.left(), place.box.top(), place.swatch, place.box.height()));
    painter.setPen(item.visible ? theme_->text : theme_->muted);
    QRectF text = place.box.adjusted(place.swatch + 5, 0, 0, 0);
    text.setRight(std::min(text.right(), right));
    const QString& name = shown_name(item, place.brief);
    painter.drawText(text, Qt::AlignLeft | Qt::AlignVCenter,
                     metrics.elidedText(name, Qt::ElideRight, text.width() + 0.5));
    if (!place.with_value || item.value.isEmpty() || !item.visible) continue;
    text.setLeft(text.left() + metrics.horizontalAdvance(name) + 5);
    painter.setPen(theme_->muted);
    painter.drawText(text, Qt::AlignLeft | Qt::AlignVCenter, item.value);
  }
  if (n_shown < all.size()) {
    painter.setPen(theme_->muted);
    painter.drawText(area, Qt::AlignRight | Qt::AlignVCenter, left_out(all.size() - n_shown));
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
                             (item.sign == Item::Sign::line || item.sign == Item::Sign::points
                                  ? tr("\nClick hides it, Ctrl+click shows it alone")
                                  : QString()));
      return true;
    }
    // Over what is counted only: the names.
    QStringList names;
    const std::vector<Place> all = places(rect());
    for (std::size_t i = shown(all, rect().right()); i < all.size(); ++i) names << items_[all[i].index].name;
    if (!names.isEmpty()) QToolTip::showText(help->globalPos(), names.join(QLatin1Char('\n')), this);
  }
  return QWidget::event(event);
}

}  // namespace variometer
