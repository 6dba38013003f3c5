// SPDX-License-Identifier: GPL-3.0-or-later
// Cards and tabs that come, move and go.
#include <QSplitter>
#include <algorithm>

#include "app/card_tabs.h"
#include "widgets/card.h"

namespace variometer {

std::optional<CardLayout::At> CardTabs::find(const Card* card) const {
  for (int tab = 0; tab < count(); ++tab) {
    const auto& rows = page(tab)->columns;
    for (std::size_t row = 0; row < rows.size(); ++row) {
      for (int i = 0; i < rows[row]->count(); ++i) {
        if (rows[row]->widget(i) == card) {
          return CardLayout::At{static_cast<std::size_t>(tab), row, static_cast<std::size_t>(i)};
        }
      }
    }
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
    if (std::find(before.begin(), before.end(), card) != before.end()) continue;
    focused_ = card;
    card->setFocus();
  }
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
