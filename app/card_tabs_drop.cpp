// SPDX-License-Identifier: GPL-3.0-or-later
// Cards, and what the tree of the model holds, dragged to where they should be (design: ui b.1).
#include <QDrag>
#include <QDropEvent>
#include <QMimeData>
#include <QPixmap>
#include <QScrollArea>
#include <QSplitter>
#include <QTabBar>
#include <algorithm>
#include <array>

#include "app/card_tabs.h"
#include "app/drop_hint.h"
#include "widgets/card.h"

namespace variometer {
namespace {

const QString kCardMime = QStringLiteral("application/x-variometer-card");
constexpr double kEdge = 0.25;           // of a card's size: nearer to its edge than that is beside it
constexpr QSize kPictureSize{240, 160};  // pixels at most of a card under the mouse

using Direction = CardLayout::Direction;

std::optional<Direction> side_of(QPointF at, QSizeF size) {
  const double x = at.x() / size.width(), y = at.y() / size.height();
  const std::array<std::pair<double, Direction>, 4> sides{
      {{x, Direction::left}, {1 - x, Direction::right}, {y, Direction::up}, {1 - y, Direction::down}}};
  const auto nearest =
      std::min_element(sides.begin(), sides.end(), [](const auto& a, const auto& b) { return a.first < b.first; });
  if (nearest->first < kEdge) return nearest->second;
  return {};
}

QRect half(const QRect& area, Direction side) {
  const QPoint centre = area.center();
  switch (side) {
    case Direction::left: return {area.topLeft(), QPoint(centre.x(), area.bottom())};
    case Direction::right: return {QPoint(centre.x(), area.top()), area.bottomRight()};
    case Direction::up: return {area.topLeft(), QPoint(area.right(), centre.y())};
    case Direction::down: return {QPoint(area.left(), centre.y()), area.bottomRight()};
  }
  return area;
}

bool makes_row(Direction side) { return side == Direction::up || side == Direction::down; }

}  // namespace

/// Card and side; what happens there depends on what is dropped.
CardTabs::Drop CardTabs::placeAt(QPoint at) const {
  Drop drop;
  const Page* shown = page(currentIndex());
  const auto area_of = [this](const QWidget* widget) { return QRect(widget->mapTo(this, QPoint()), widget->size()); };
  if (shown == nullptr || !area_of(shown->area).contains(at)) return drop;
  drop.possible = true;
  drop.area = area_of(shown->area);
  for (Card* card : shown->cards) {
    const QRect area = area_of(card);
    if (!card->isVisible() || !area.contains(at)) continue;
    drop.card = card;
    drop.side = side_of(at - area.topLeft(), area.size());
    drop.area = area;
    if (!drop.side) return drop;
    drop.area = half(makes_row(*drop.side) ? area_of(card->parentWidget()) : area, *drop.side) & area_of(shown->area);
    return drop;
  }
  drop.possible = shown->cards.empty();  // else between two cards
  return drop;
}

CardTabs::Drop CardTabs::dropOf(const SeriesPick& pick, QPoint at) const {
  Drop drop = placeAt(at);
  if (!drop.possible) return drop;
  if (drop.card != nullptr && !drop.side) {
    const Card::Offer offer = drop.card->offer(pick);
    drop.possible = offer.possible;
    drop.text = offer.possible ? offer.text : tr("%1.\nAt an edge it gets a card of its own.").arg(offer.text);
    return drop;
  }
  const bool row = drop.side && makes_row(*drop.side);
  drop.text = (row ? tr("New row with %1") : tr("New card with %1")).arg(pick.text);
  return drop;
}

CardTabs::Drop CardTabs::dropOf(const Card* card, QPoint at) const {
  Drop drop = placeAt(at);
  if (!drop.possible || drop.card == card) return {};
  if (drop.card != nullptr && !drop.side) {
    drop.text = tr("Swap with %1").arg(drop.card->title());
  } else {
    drop.text = drop.side && makes_row(*drop.side) ? tr("Move to a row of its own") : tr("Move here");
  }
  return drop;
}

std::optional<CardTabs::Drop> CardTabs::dropOf(const QMimeData& dropped, QPoint at) const {
  if (dropped.hasFormat(kCardMime) && carried_ != nullptr) return dropOf(carried_.data(), at);
  if (const auto pick = SeriesPick::fromMime(dropped)) return dropOf(*pick, at);
  return {};  // a file: the window's
}

void CardTabs::carry(Card* card) {
  carried_ = card;
  auto* mime = new QMimeData;
  mime->setData(kCardMime, card->name().toUtf8());
  auto* drag = new QDrag(this);  // Qt deletes both
  drag->setMimeData(mime);
  drag->setPixmap(
      card->grab().scaled(kPictureSize * devicePixelRatio(), Qt::KeepAspectRatio, Qt::SmoothTransformation));
  drag->exec(Qt::MoveAction);
  carried_ = nullptr;
  hint_->hide();
}

void CardTabs::dragEnterEvent(QDragEnterEvent* event) {
  // Also where nothing can be dropped: else the moves that follow go elsewhere.
  if (dropOf(*event->mimeData(), event->position().toPoint())) event->accept();
}

void CardTabs::dragMoveEvent(QDragMoveEvent* event) {
  dragged_to_ = event->position().toPoint();
  const auto drop = dropOf(*event->mimeData(), dragged_to_);
  if (!drop) return event->ignore();
  const int tab = tabBar()->tabAt(tabBar()->mapFrom(this, dragged_to_));
  if (tab < 0 || tab == currentIndex()) {
    over_tab_.stop();
  } else if (!over_tab_.isActive()) {
    over_tab_.start();
  }
  drop->possible ? event->acceptProposedAction() : event->ignore();
  drop->text.isEmpty() ? hint_->hide() : hint_->showAt(drop->area, drop->text, drop->possible);
}

void CardTabs::dragLeaveEvent(QDragLeaveEvent*) {
  over_tab_.stop();
  hint_->hide();
}

void CardTabs::dropEvent(QDropEvent* event) {
  over_tab_.stop();
  hint_->hide();
  const auto drop = dropOf(*event->mimeData(), event->position().toPoint());
  if (!drop || !drop->possible) return event->ignore();
  event->acceptProposedAction();
  const Direction side = drop->side.value_or(Direction::right);
  if (const auto pick = SeriesPick::fromMime(*event->mimeData())) {
    drop->card != nullptr && !drop->side ? addSeries(*pick, drop->card) : splitSeries(*pick, drop->card, side);
  } else if (drop->card != nullptr && !drop->side) {
    swapCards(carried_, drop->card);
  } else {
    moveBeside(carried_, drop->card, side);
  }
}

}  // namespace variometer
