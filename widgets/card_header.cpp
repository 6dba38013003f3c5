// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/card_header.h"

#include <QApplication>
#include <QHelpEvent>
#include <QMouseEvent>
#include <QPainter>
#include <QToolTip>
#include <algorithm>

namespace variometer {
namespace {

constexpr int kGap = 8;  // pixels between the parts

}  // namespace

CardHeader::CardHeader(QWidget* parent) : QWidget(parent) { setSizePolicy(QSizePolicy::Ignored, QSizePolicy::Fixed); }

void CardHeader::mousePressEvent(QMouseEvent* event) {
  pressed_.reset();
  if (event->button() == Qt::LeftButton) pressed_ = event->pos();
  QWidget::mousePressEvent(event);  // the card is chosen by it
}

void CardHeader::mouseMoveEvent(QMouseEvent* event) {
  if (!pressed_ || (event->pos() - *pressed_).manhattanLength() < QApplication::startDragDistance()) return;
  pressed_.reset();
  Q_EMIT dragged();
}

QFont CardHeader::bold() const {
  QFont bold = font();
  bold.setWeight(QFont::DemiBold);
  return bold;
}

void CardHeader::setTitle(const QString& full, const QString& brief) {
  title_ = full;
  brief_ = brief.isEmpty() ? full : brief;
  arrange();
}

int CardHeader::roomOf(const QString& text) const {
  return text.isEmpty() ? 0 : QFontMetrics(bold()).horizontalAdvance(text);
}

void CardHeader::setValue(const QString& text, const QString& brief) {
  if (text == value_) return;
  value_ = text;
  brief_value_ = brief.isEmpty() ? text : brief;
  const int room = roomOf(value_), brief_room = roomOf(brief_value_);
  if (text.isEmpty() || room > value_room_ || brief_room > brief_value_room_) {
    value_room_ = text.isEmpty() ? 0 : std::max(room, value_room_);
    brief_value_room_ = text.isEmpty() ? 0 : std::max(brief_room, brief_value_room_);
    return arrange();
  }
  update(value_box_);
}

void CardHeader::addChooser(QWidget* widget) {
  widget->setParent(this);
  choosers_.push_back(widget);
  arrange();
}

void CardHeader::setChip(QWidget* chip) {
  chip->setParent(this);
  chip_ = chip;
  arrange();
}

QSize CardHeader::sizeHint() const { return {300, QFontMetrics(bold()).height() + 8}; }
QSize CardHeader::minimumSizeHint() const { return {0, sizeHint().height()}; }

void CardHeader::arrange() {
  const QFontMetrics metrics(bold());
  const bool chip = chip_ && !chip_->isHidden();
  const auto chooser_width = [](const QWidget* chooser, bool small) {
    const int wanted = chooser->sizeHint().width();
    return small ? std::min(wanted, std::max(52, wanted * 2 / 3)) : wanted;
  };
  const auto others = [&](bool small_chip, bool small_choosers) {
    int width = 0;
    for (const QWidget* chooser : choosers_) width += kGap + chooser_width(chooser, small_choosers);
    if (chip) width += kGap + (small_chip ? chip_->minimumSizeHint() : chip_->sizeHint()).width();
    return width;
  };
  const auto with_gap = [](int room) { return room > 0 ? kGap + room : 0; };
  struct Way {
    const QString& title;
    bool small_chip, brief_value, small_choosers;
  };
  const Way ways[] = {{title_, false, false, false}, {title_, true, false, false}, {brief_, false, false, false},
                      {brief_, true, false, false},  {brief_, true, true, false},  {brief_, true, true, true}};
  const auto* way = std::find_if(std::begin(ways), std::end(ways), [&](const Way& w) {
    return metrics.horizontalAdvance(w.title) + others(w.small_chip, w.small_choosers) +
               with_gap(w.brief_value ? brief_value_room_ : value_room_) <=
           width();
  });
  if (way == std::end(ways)) --way;
  const auto chip_room = [&](const Way& w) {
    return kGap + (w.small_chip ? chip_->minimumSizeHint() : chip_->sizeHint()).width();
  };
  value_is_brief_ = way->brief_value;
  int value = with_gap(value_is_brief_ ? brief_value_room_ : value_room_);
  int room = width() - others(way->small_chip, way->small_choosers) - value;
  const int wanted = metrics.horizontalAdvance(way->title);
  // The chip stands in every card and below: it gives way before a number does.
  const bool room_for_chip = room >= wanted;
  if (chip && !room_for_chip) room = width() - value - (others(way->small_chip, way->small_choosers) - chip_room(*way));
  if (room < wanted && value > 0) room += value, value = 0;
  shown_title_ = metrics.elidedText(way->title, Qt::ElideRight, std::max(0, room));
  int x = std::min(wanted, std::max(0, room));
  title_box_ = QRect(0, 0, x, height());
  for (QWidget* chooser : choosers_) {
    const int w = chooser_width(chooser, way->small_choosers);
    chooser->setGeometry(x + kGap, 0, w, height());
    x += kGap + w;
  }
  value_box_ = value > 0 ? QRect(width() - value + kGap, 0, value - kGap, height()) : QRect();
  if (chip && !room_for_chip) {
    chip_->setGeometry(QRect());
  } else if (chip) {
    const QSize size = way->small_chip ? chip_->minimumSizeHint() : chip_->sizeHint();
    chip_->setGeometry(width() - value - size.width(), (height() - size.height()) / 2, size.width(), size.height());
  }
  update();
}

void CardHeader::paintEvent(QPaintEvent*) {
  QPainter painter(this);
  painter.setFont(bold());
  painter.setPen(palette().color(QPalette::WindowText));
  painter.drawText(title_box_, Qt::AlignLeft | Qt::AlignVCenter, shown_title_);
  if (!value_box_.isEmpty())
    painter.drawText(value_box_, Qt::AlignRight | Qt::AlignVCenter, value_is_brief_ ? brief_value_ : value_);
}

void CardHeader::resizeEvent(QResizeEvent* event) {
  QWidget::resizeEvent(event);
  arrange();
}

void CardHeader::changeEvent(QEvent* event) {
  QWidget::changeEvent(event);
  if (event->type() != QEvent::FontChange) return;
  value_room_ = roomOf(value_);
  brief_value_room_ = roomOf(brief_value_);
  updateGeometry();
  arrange();
}

bool CardHeader::event(QEvent* event) {
  if (event->type() == QEvent::LayoutRequest) arrange();  // a chooser's contents changed
  if (event->type() == QEvent::ToolTip) {
    const auto* help = static_cast<QHelpEvent*>(event);
    const bool cut = shown_title_ != title_;
    QToolTip::showText(help->globalPos(), cut ? title_ + QLatin1Char('\n') + explanation_ : explanation_, this);
    return true;
  }
  return QWidget::event(event);
}

}  // namespace variometer
