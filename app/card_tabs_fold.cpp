// SPDX-License-Identifier: GPL-3.0-or-later
// Cards that can be read at any size of the window and of its text: in fewer columns, and what does not fit scrolls.
#include <QEvent>
#include <QPointer>
#include <QScrollArea>
#include <QScrollBar>
#include <QSplitter>
#include <QStyle>
#include <QTabBar>
#include <algorithm>

#include "app/card_tabs.h"
#include "widgets/card.h"

namespace variometer {
namespace {

// Of a card, in heights of its text: below that there is more frame than picture.
constexpr int kLeastWidth = 19, kLeastHeight = 16;

bool known(const QList<int>& sizes) {
  return std::any_of(sizes.begin(), sizes.end(), [](int size) { return size > 0; });
}

QList<int> alike(qsizetype n) { return QList<int>(n, 1000); }

}  // namespace

QSize CardTabs::leastOfACard() const { return QSize(kLeastWidth, kLeastHeight) * fontMetrics().height(); }

QSize CardTabs::minimumSizeHint() const {
  const QMargins frame(20 + style()->pixelMetric(QStyle::PM_ScrollBarExtent), 12, 0, 0);
  return leastOfACard().grownBy(frame) + QSize(0, tabBar()->sizeHint().height());
}

void CardTabs::sizeCards() {
  for (Card* card : cards()) card->setMinimumSize(leastOfACard());
  updateGeometry();
  fold();
}

/// The tab that is shown; the others when they are.
void CardTabs::fold() {
  const QWidget* shown = currentWidget();
  const auto found = std::find_if(pages_.begin(), pages_.end(), [&](const Page& page) { return page.area == shown; });
  // One card that is alone needs no columns; before it is shown, nothing has a size.
  if (alone_ != nullptr || !isVisible() || found == pages_.end() || found->counts.empty()) return;
  const int gap = found->rows->handleWidth(), least = leastOfACard().width();
  const QMargins around = found->rows->contentsMargins();
  const int room = width() - around.left() - around.right() - style()->pixelMetric(QStyle::PM_ScrollBarExtent) + gap;
  const int fit = std::max(1, room / (least + gap));
  const auto most = static_cast<int>(*std::max_element(found->counts.begin(), found->counts.end()));
  if (const int columns = most <= fit ? 0 : fit; columns != found->folded) fold(*found, columns);
}

void CardTabs::fold(Page& page, int columns) {
  if (page.folded == 0) {  // what was given stays where nothing has a size yet
    if (known(page.rows->sizes())) page.sizes = page.rows->sizes();
    for (std::size_t i = 0; i < page.columns.size(); ++i) {
      if (known(page.columns[i]->sizes())) page.row_sizes[i] = page.columns[i]->sizes();
    }
  }
  std::vector<std::size_t> counts;
  if (columns == 0) {
    counts = page.counts;
  } else {
    const auto wide = static_cast<std::size_t>(columns);
    for (std::size_t left = page.cards.size(); left > 0; left -= counts.back()) counts.push_back(std::min(left, wide));
  }
  page.folded = columns;
  const QPointer<QWidget> focus = window()->focusWidget();
  const bool focused = focus != nullptr && page.area->isAncestorOf(focus);
  setUpdatesEnabled(false);
  std::vector<QSplitter*> old = std::move(page.columns);
  page.columns.clear();
  std::size_t next = 0;
  for (std::size_t i = 0; i < counts.size(); ++i) {
    auto* row = new QSplitter(Qt::Horizontal);
    row->setChildrenCollapsible(false);
    row->setHandleWidth(page.rows->handleWidth());
    connect(row, &QSplitter::splitterMoved, &resized_, qOverload<>(&QTimer::start));
    page.rows->addWidget(row);
    for (std::size_t j = 0; j < counts[i]; ++j) {
      Card* card = page.cards[next++];
      row->addWidget(card);
      card->show();
    }
    const bool as_given = columns == 0 && page.row_sizes[i].size() == row->count() && known(page.row_sizes[i]);
    row->setSizes(as_given ? page.row_sizes[i] : alike(row->count()));
    page.columns.push_back(row);
  }
  for (QSplitter* row : old) delete row;
  const bool as_given = columns == 0 && page.sizes.size() == page.rows->count() && known(page.sizes);
  page.rows->setSizes(as_given ? page.sizes : alike(page.rows->count()));
  setUpdatesEnabled(true);
  if (focused && focus != nullptr) focus->setFocus(Qt::OtherFocusReason);
  // Once the new rows have their places.
  QMetaObject::invokeMethod(
      this,
      [this] {
        if (Card* chosen = current()) reveal(chosen);
      },
      Qt::QueuedConnection);
}

void CardTabs::reveal(Card* card) {
  for (const Page& page : pages_) {
    if (page.area->isAncestorOf(card)) page.area->ensureWidgetVisible(card, 0, 0);
  }
}

void CardTabs::resizeEvent(QResizeEvent* event) {
  QTabWidget::resizeEvent(event);
  fold();
}

void CardTabs::showEvent(QShowEvent* event) {
  QTabWidget::showEvent(event);
  fold();
}

void CardTabs::changeEvent(QEvent* event) {
  QTabWidget::changeEvent(event);
  if (event->type() == QEvent::FontChange && deck_ != nullptr) sizeCards();
}

}  // namespace variometer
