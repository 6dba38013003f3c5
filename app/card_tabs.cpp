// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/card_tabs.h"

#include <QAction>
#include <QApplication>
#include <QLabel>
#include <QScrollArea>
#include <QSignalBlocker>
#include <QSplitter>
#include <QTabBar>
#include <algorithm>
#include <numeric>
#include <utility>

#include "app/drop_hint.h"
#include "widgets/card.h"
#include "widgets/card_deck.h"
#include "widgets/card_factory.h"

namespace variometer {
namespace {

constexpr int kTabPause = 300;   // ms over a tab before what is dragged goes into it
constexpr int kDragPause = 400;  // ms without a move before dragging a border is one step

QSplitter* splitter(Qt::Orientation orientation, QWidget* parent) {
  auto* made = new QSplitter(orientation, parent);
  made->setChildrenCollapsible(false);
  made->setHandleWidth(6);
  return made;
}

void spread(QSplitter* splitter, const QList<int>& sizes) {
  // Sizes of what was never shown are all 0.
  const bool known = sizes.size() == splitter->count() && std::accumulate(sizes.begin(), sizes.end(), 0) > 0;
  splitter->setSizes(known ? sizes : QList<int>(splitter->count(), 1000));
}

}  // namespace

CardTabs::CardTabs(StepAxis* axis, QWidget* parent)
    : QTabWidget(parent), axis_(axis), deck_(new CardDeck(axis, this)), hint_(new DropHint(this)) {
  setAcceptDrops(true);
  over_tab_.setSingleShot(true);
  over_tab_.setInterval(kTabPause);
  connect(&over_tab_, &QTimer::timeout, this,
          [this] { setCurrentIndex(tabBar()->tabAt(tabBar()->mapFrom(this, dragged_to_))); });
  setDocumentMode(true);
  setMovable(true);
  connect(deck_, &CardDeck::layerRequested, this, &CardTabs::layerRequested);
  connect(deck_, &CardDeck::commandRequested, this, &CardTabs::commandRequested);
  connect(deck_, &CardDeck::exportRequested, this, &CardTabs::exportRequested);
  connect(this, &QTabWidget::currentChanged, this, [this] {
    if (alone_ != nullptr) showAlone(current());
    fold();
  });
  connect(tabBar(), &QTabBar::tabMoved, this, [this] { Q_EMIT layoutChanged(tr("Move tab")); });
  connect(qApp, &QApplication::focusChanged, this, [this] {
    for (QWidget* widget = QApplication::focusWidget(); widget != nullptr; widget = widget->parentWidget()) {
      if (auto* card = qobject_cast<Card*>(widget); card != nullptr && isAncestorOf(card)) {
        if (std::exchange(focused_, card) != card) Q_EMIT cardChosen();
        // By the keyboard only: nothing scrolls under the mouse.
        if (QApplication::mouseButtons() == Qt::NoButton) reveal(card);
      }
    }
  });
  resized_.setSingleShot(true);
  resized_.setInterval(kDragPause);
  connect(&resized_, &QTimer::timeout, this, [this] { Q_EMIT layoutChanged(tr("Resize cards")); });
  resetLayout();
}

/// Tabs are moved by hand: the order of `pages_` means nothing.
const CardTabs::Page* CardTabs::page(int tab) const {
  const auto found = std::find_if(pages_.begin(), pages_.end(),
                                  [shown = widget(tab)](const Page& page) { return page.area == shown; });
  return found == pages_.end() ? nullptr : &*found;
}

CardTabs::Kept CardTabs::keep(const CardLayout& layout) {
  Kept kept{.same = {}, .rest = cards()};
  for (Card* card : kept.rest) card->setParent(this);  // out of the splitters that go
  for (const CardLayout::Page& page : layout.pages) {
    for (const CardLayout::Row& row : page.rows) {
      for (const CardLayout::Place& place : row.cards) {
        const auto same = std::find_if(kept.rest.begin(), kept.rest.end(), [&](const Card* card) {
          return card->name() == place.name && card->state() == place.state;
        });
        if (same == kept.rest.end()) continue;
        kept.same[&place] = *same;
        kept.rest.erase(same);
      }
    }
  }
  return kept;
}

Card* CardTabs::take(const CardLayout::Place& place, Kept& kept, QWidget* parent) {
  Card* card = nullptr;
  if (const auto same = kept.same.find(&place); same != kept.same.end()) {
    card = same->second;
  } else if (!place.state.isEmpty()) {  // else only a new one shows what it should
    const auto alike =
        std::find_if(kept.rest.begin(), kept.rest.end(), [&](const Card* each) { return each->name() == place.name; });
    if (alike != kept.rest.end()) {
      card = *alike;
      kept.rest.erase(alike);
    }
  }
  if (card != nullptr) {
    card->setParent(parent);
  } else if ((card = make_card(place.name, axis_, parent)) != nullptr) {
    adopt(card);
  }
  if (card != nullptr && !place.state.isEmpty()) card->setState(place.state);
  return card;
}

void CardTabs::adopt(Card* card) {
  deck_->add(card);
  connect(card, &Card::stateAboutToChange, this, &CardTabs::layoutAboutToChange);
  connect(card, &Card::stateChanged, this, &CardTabs::layoutChanged);
  connect(card, &Card::markAddRequested, this, &CardTabs::markAddRequested);
  connect(card, &Card::markEditRequested, this, &CardTabs::markEditRequested);
  connect(card, &Card::markRemoveRequested, this, &CardTabs::markRemoveRequested);
  connect(card, &Card::dragged, this, [this, card] { carry(card); });
  card->setMenuActions(card_actions_);
  if (QWidget* plot = card->focusProxy()) plot->addActions(plot_actions_);
  if (smoothing_ >= 0) card->setState({{QStringLiteral("smoothing"), smoothing_}});
  card->setColours(colours_);
}

CardTabs::Page CardTabs::build(const CardLayout::Page& page, Kept& kept) {
  Page made{.area = new QScrollArea(this),
            .rows = splitter(Qt::Vertical, nullptr),
            .columns = {},
            .cards = {},
            .tip = page.tip,
            .counts = {},
            .folded = 0,
            .sizes = page.sizes,
            .row_sizes = {}};
  made.area->setWidgetResizable(true);
  made.area->setFrameShape(QFrame::NoFrame);
  made.area->setFocusPolicy(Qt::NoFocus);
  made.area->setWidget(made.rows);
  made.rows->setContentsMargins(6, 6, 6, 2);
  for (const CardLayout::Row& places : page.rows) {
    QSplitter* row = splitter(Qt::Horizontal, made.rows);
    for (const CardLayout::Place& place : places.cards) {
      Card* card = take(place, kept, row);
      if (card == nullptr) continue;  // of another version
      row->addWidget(card);
      card->show();
      made.cards.push_back(card);
    }
    if (row->count() == 0) {
      delete row;
      continue;
    }
    spread(row, places.sizes);
    made.rows->addWidget(row);
    made.columns.push_back(row);
    made.counts.push_back(static_cast<std::size_t>(row->count()));
    made.row_sizes.push_back(places.sizes);
    connect(row, &QSplitter::splitterMoved, &resized_, qOverload<>(&QTimer::start));
  }
  if (made.cards.empty()) {
    auto* hint = new QLabel(tr("No card is here. Add one from the View menu, or with Ctrl+K."), made.rows);
    hint->setAlignment(Qt::AlignCenter);
    hint->setWordWrap(true);
    made.rows->addWidget(hint);
  } else {
    spread(made.rows, page.sizes);
  }
  connect(made.rows, &QSplitter::splitterMoved, &resized_, qOverload<>(&QTimer::start));
  return made;
}

CardLayout CardTabs::layout() const {
  CardLayout layout;
  layout.current = currentIndex();
  for (int tab = 0; tab < count(); ++tab) {
    const Page* shown = page(tab);
    CardLayout::Page& saved = layout.pages.emplace_back();
    saved.title = tabText(tab);
    saved.tip = shown->tip;
    const bool folded = shown->folded > 0;
    if (!shown->columns.empty()) saved.sizes = folded ? shown->sizes : sizesOf(shown->rows);
    std::size_t next = 0;
    for (std::size_t row = 0; row < shown->counts.size(); ++row) {
      CardLayout::Row& places = saved.rows.emplace_back();
      places.sizes = folded ? shown->row_sizes[row] : sizesOf(shown->columns[row]);
      for (std::size_t i = 0; i < shown->counts[row]; ++i, ++next) {
        places.cards.push_back({shown->cards[next]->name(), shown->cards[next]->state()});
      }
    }
  }
  return layout;
}

void CardTabs::setLayout(const CardLayout& layout) {
  setAlone(false);
  const QPointer<QWidget> focus = focused_ != nullptr && focused_->hasFocus() ? focused_.data() : nullptr;
  Kept kept = keep(layout);
  setUpdatesEnabled(false);
  {
    const QSignalBlocker quiet(this);
    std::vector<Page> old = std::move(pages_);
    pages_.clear();
    while (count() > 0) QTabWidget::removeTab(0);
    for (const CardLayout::Page& page : layout.pages) {
      Page made = build(page, kept);
      setTabToolTip(QTabWidget::addTab(made.area, page.title), page.tip);
      pages_.push_back(std::move(made));
    }
    for (const Page& page : old) delete page.area;
    for (Card* card : kept.rest) delete card;
    setCurrentIndex(std::clamp(layout.current, 0, count() - 1));
  }
  sizeCards();
  setUpdatesEnabled(true);
  if (focus != nullptr) focus->setFocus();
  updateVisible();
}

void CardTabs::restoreLayout(const QByteArray& state) {
  if (const auto layout = CardLayout::fromBytes(state)) setLayout(*layout);
}

void CardTabs::setHistory(const RunHistory* history) { deck_->setHistory(history); }
void CardTabs::setSteering(const QString& why_not) { deck_->setSteering(why_not); }

void CardTabs::setFrame(const FramePtr& frame) { deck_->setFrame(frame); }

CardTabs::Views CardTabs::views() const {
  Views all;
  for (Card* card : cards()) {
    if (const QVariantMap view = card->viewState(); !view.isEmpty()) all.emplace_back(card, view);
  }
  return all;
}

void CardTabs::setViews(const Views& views) {
  for (Card* card : cards()) {
    const auto found =
        std::find_if(views.begin(), views.end(), [card](const auto& view) { return view.first == card; });
    card->setViewState(found == views.end() ? QVariantMap() : found->second);
  }
}

void CardTabs::updateVisible() { deck_->tick(); }

void CardTabs::setSmoothing(double weight) {
  smoothing_ = weight;
  for (Card* card : cards()) card->setState({{QStringLiteral("smoothing"), weight}});
}

void CardTabs::setRole(const QString& role) {
  const QString key = QStringLiteral("role");
  for (Card* card : cards()) {
    // A card of chosen tensors alone has no role, and keeps none.
    if (!card->state().value(key).toString().isEmpty()) card->setState({{key, role}});
  }
}

void CardTabs::setLayer(int layer) {
  for (Card* card : cards()) card->setState({{QStringLiteral("layer"), layer}});
}

void CardTabs::setColours(std::optional<ColourMap::Kind> kind) {
  colours_ = kind;
  for (Card* card : cards()) card->setColours(kind);
}

std::vector<Card*> CardTabs::cards() const {
  std::vector<Card*> all;
  for (int tab = 0; tab < count(); ++tab) {
    const Page* shown = page(tab);
    all.insert(all.end(), shown->cards.begin(), shown->cards.end());
  }
  return all;
}

std::vector<Card*> CardTabs::shownCards() const {
  const Page* shown = page(currentIndex());
  return shown == nullptr ? std::vector<Card*>() : shown->cards;
}

Card* CardTabs::current() const {
  const std::vector<Card*> shown = shownCards();
  if (std::find(shown.begin(), shown.end(), focused_.data()) != shown.end()) return focused_;
  return shown.empty() ? nullptr : shown.front();
}

Card* CardTabs::card(const QString& name) const {
  for (Card* card : cards()) {
    if (card->name() == name) return card;
  }
  return nullptr;
}

void CardTabs::addPlotAction(QAction* action) {
  action->setShortcutContext(Qt::WidgetShortcut);
  plot_actions_ << action;
  for (Card* card : cards()) {
    if (QWidget* plot = card->focusProxy()) plot->addAction(action);
  }
}

void CardTabs::setCardActions(QList<QAction*> actions) {
  card_actions_ = std::move(actions);
  for (Card* card : cards()) card->setMenuActions(card_actions_);
}

}  // namespace variometer
