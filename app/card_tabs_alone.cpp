// SPDX-License-Identifier: GPL-3.0-or-later
// One card of a tab at a time, and from card to card.
#include <QSplitter>
#include <algorithm>

#include "app/card_tabs.h"
#include "widgets/card.h"

namespace variometer {

bool CardTabs::alone() const { return alone_ != nullptr; }

void CardTabs::setAlone(bool on) {
  if (on == (alone_ != nullptr)) return;
  showAlone(on ? current() : nullptr);
  if (!on) fold();  // the window may be another size since
}

/// Null: all of them again.
void CardTabs::showAlone(Card* wanted) {
  if (alone_ == nullptr) {
    sizes_.clear();
    for (const Page& each : pages_) {
      sizes_[each.rows] = each.rows->sizes();
      for (const QSplitter* row : each.columns) sizes_[row] = row->sizes();
    }
  }
  alone_ = wanted;
  for (const Page& each : pages_) {
    const bool here = each.area == currentWidget();
    for (QSplitter* row : each.columns) {
      bool any = false;
      for (int i = 0; i < row->count(); ++i) {
        const bool show = wanted == nullptr || !here || row->widget(i) == wanted;
        row->widget(i)->setVisible(show);
        any |= show;
      }
      row->setVisible(any);
    }
  }
}

/// What hides beside a card that is alone keeps its size.
QList<int> CardTabs::sizesOf(const QSplitter* splitter) const {
  const auto before = sizes_.find(splitter);
  return alone_ != nullptr && before != sizes_.end() ? before->second : splitter->sizes();
}

void CardTabs::stepCard(int by) {
  const std::vector<Card*> shown = shownCards();
  const auto place = std::find(shown.begin(), shown.end(), current()) - shown.begin() + by;
  Card* next = nullptr;
  if (place >= 0 && place < static_cast<std::ptrdiff_t>(shown.size())) {
    next = shown[static_cast<std::size_t>(place)];
  } else {
    const int tab = currentIndex() + by;
    const Page* beyond = tab < 0 || tab >= count() ? nullptr : page(tab);
    if (beyond == nullptr || beyond->cards.empty()) return;
    next = by > 0 ? beyond->cards.front() : beyond->cards.back();
    focused_ = next;
    setCurrentIndex(tab);
  }
  focused_ = next;
  if (alone_ != nullptr) showAlone(next);
  (next->focusProxy() != nullptr ? next->focusProxy() : next)->setFocus(Qt::TabFocusReason);
}

}  // namespace variometer
