// SPDX-License-Identifier: GPL-3.0-or-later
// Cards and tabs that come, move and go.
#include <algorithm>

#include "app/card_tabs.h"
#include "widgets/card.h"

namespace variometer {

std::optional<CardLayout::At> CardTabs::find(const Card* card) const {
  for (int tab = 0; tab < count(); ++tab) {
    const Page* shown = page(tab);
    const auto place = std::find(shown->cards.begin(), shown->cards.end(), card);
    if (place == shown->cards.end()) continue;
    auto left = static_cast<std::size_t>(place - shown->cards.begin());
    std::size_t row = 0;
    while (left >= shown->counts[row]) left -= shown->counts[row++];
    return CardLayout::At{static_cast<std::size_t>(tab), row, left};
  }
  return {};
}

void CardTabs::change(const CardLayout& layout, const QString& what) {
  Q_EMIT layoutAboutToChange();
  setLayout(layout);
  Q_EMIT layoutChanged(what);
}

void CardTabs::addCard(const QString& name) {
  setAlone(false);
  const std::vector<Card*> before = shownCards();
  CardLayout changed = layout();
  changed.add(static_cast<std::size_t>(currentIndex()), name);
  change(changed, tr("Add card"));
  for (Card* card : shownCards()) {
    if (std::find(before.begin(), before.end(), card) == before.end()) choose(card);
  }
}

void CardTabs::choose(Card* card) {
  focused_ = card;
  card->setFocus();
  reveal(card);
}

void CardTabs::addSeries(const SeriesPick& pick, Card* card) {
  const Card::Offer offer = card->offer(pick);
  if (!offer.possible) return;
  Q_EMIT layoutAboutToChange();
  card->add(pick);
  Q_EMIT layoutChanged(offer.text);
  choose(card);
}

void CardTabs::splitSeries(const SeriesPick& pick, Card* card, CardLayout::Direction side) {
  const std::vector<Card*> before = shownCards();
  const auto at = find(card);
  const auto [name, state] = card != nullptr ? card->cardOf(pick) : Card::tensorCard(pick);
  CardLayout changed = layout();
  if (at) {
    changed.insert(*at, side, {name, state});
  } else {
    changed.pages[static_cast<std::size_t>(currentIndex())].rows.push_back({.sizes = {}, .cards = {{name, state}}});
  }
  change(changed, tr("New card with %1").arg(pick.text));
  for (Card* made : shownCards()) {
    if (std::find(before.begin(), before.end(), made) == before.end()) choose(made);
  }
}

void CardTabs::moveBeside(Card* card, Card* target, CardLayout::Direction side) {
  const auto from = find(card);
  if (!from || card == target) return;
  CardLayout changed = layout();
  if (const auto to = find(target)) {
    changed.moveBeside(*from, *to, side);
  } else {  // a tab without cards
    CardLayout::Place place = changed.pages[from->page].rows[from->row].cards[from->column];
    changed.pages[static_cast<std::size_t>(currentIndex())].rows.push_back({.sizes = {}, .cards = {std::move(place)}});
    changed.remove(*from);
  }
  change(changed, tr("Move card"));
  choose(card);
}

void CardTabs::swapCards(Card* card, Card* other) {
  const auto a = find(card), b = find(other);
  if (!a || !b || card == other) return;
  CardLayout changed = layout();
  changed.swap(*a, *b);
  change(changed, tr("Swap cards"));
  choose(card);
}

void CardTabs::removeCard(Card* card) {
  setAlone(false);
  const auto at = find(card);
  if (!at) return;
  CardLayout changed = layout();
  changed.remove(*at);
  change(changed, tr("Remove card"));
}

void CardTabs::moveCard(Card* card, CardLayout::Direction direction) {
  setAlone(false);
  const auto at = find(card);
  CardLayout changed = layout();
  if (at && changed.move(*at, direction)) change(changed, tr("Move card"));
}

QString CardTabs::whyNotMove(const Card* card, CardLayout::Direction direction) const {
  const auto at = find(card);
  CardLayout changed = layout();
  return at && changed.move(*at, direction) ? QString() : tr("There is no place on that side.");
}

void CardTabs::arrange(int columns) {
  CardLayout changed = layout();
  changed.arrange(static_cast<std::size_t>(currentIndex()), static_cast<std::size_t>(columns));
  change(changed, tr("Arrange cards"));
}

QString CardTabs::whyNotArrange(int columns) const {
  return static_cast<int>(shownCards().size()) < columns ? tr("There are fewer cards in this tab.") : QString();
}

void CardTabs::addTab(const QString& title) {
  CardLayout changed = layout();
  changed.pages.push_back({.title = title, .tip = {}, .sizes = {}, .rows = {}});
  changed.current = static_cast<int>(changed.pages.size()) - 1;
  change(changed, tr("Add tab"));
}

void CardTabs::renameTab(const QString& title) {
  CardLayout changed = layout();
  changed.pages[static_cast<std::size_t>(currentIndex())].title = title;
  change(changed, tr("Rename tab"));
}

void CardTabs::removeTab() {
  CardLayout changed = layout();
  if (changed.pages.size() == 1) return;
  changed.pages.erase(changed.pages.begin() + currentIndex());
  change(changed, tr("Remove tab"));
}

}  // namespace variometer
