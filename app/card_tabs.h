// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QPointer>
#include <QStringList>
#include <QTabWidget>
#include <QTimer>
#include <map>
#include <optional>
#include <vector>

#include "app/card_layout.h"
#include "core/base/history.h"
#include "core/base/marks.h"
#include "core/base/snapshot.h"
#include "widgets/colour_map.h"

class QMimeData;
class QScrollArea;
class QSplitter;

namespace variometer {

class Card;
class CardDeck;
class DropHint;
class StepAxis;
struct SeriesPick;

/// The cards of the Observe perspective, in tabs of grids whose rows and columns can be dragged, and cards and tabs
/// added, moved and removed; by the mouse too: a card by its header, a tensor or layer from the tree of the model onto
/// a card, or to an edge for a card of its own. Where the cards of a row would become too narrow to read, a tab shows
/// them in fewer columns and scrolls; its layout stays as it is. Cards that cannot be seen cost nothing. GUI thread.
class CardTabs : public QTabWidget {
  Q_OBJECT
 public:
  CardTabs(StepAxis* axis, QWidget* parent = nullptr);

  /// Shows `history` (kept by pointer until the next call; null: nothing).
  void setHistory(const RunHistory* history);
  void setFrame(const FramePtr& frame);
  /// Whether the run takes commands from its cards; `why_not` says why it does not.
  void setSteering(const QString& why_not);
  /// Which part of the run each card shows (Card::viewState), to come back to when the run is shown again. Cards that
  /// came since show all of it.
  using Views = std::vector<std::pair<QPointer<Card>, QVariantMap>>;
  Views views() const;
  void setViews(const Views& views);
  /// Brings the visible cards up to date.
  void updateVisible();
  /// Weight of the exponential moving average, 0 for none.
  void setSmoothing(double weight);
  /// The kind of tensor the weight cards draw: "down_proj".
  void setRole(const QString& role);
  void setLayer(int layer);
  /// Of maps of sizes; none: each card's own.
  void setColours(std::optional<ColourMap::Kind> kind);

  std::vector<Card*> cards() const;
  /// Those of the tab that is shown, in reading order.
  std::vector<Card*> shownCards() const;
  /// The card that has the focus or had it last, if its tab is shown; else the first one of the tab.
  Card* current() const;
  /// The first card of that name; null when there is none.
  Card* card(const QString& name) const;
  /// For keys that act while a plot has the focus.
  void addPlotAction(QAction* action);
  /// What the window can be told of a card, for the cards' own menus.
  void setCardActions(QList<QAction*> actions);
  /// The chosen card alone in its tab, or all of them again; in another tab then too.
  void setAlone(bool on);
  bool alone() const;
  /// Chooses the next card (1) or the one before (-1), tab after tab; alone, it takes the other's place.
  void stepCard(int by);

  // Each is one step of the layout.
  void addCard(const QString& name);
  void removeCard(Card* card);
  void moveCard(Card* card, CardLayout::Direction direction);
  /// Draws the pick in the card, if the card says that it can.
  void addSeries(const SeriesPick& pick, Card* card);
  /// In a card of its own on that side of `card`; null: of an empty tab.
  void splitSeries(const SeriesPick& pick, Card* card, CardLayout::Direction side);
  void moveBeside(Card* card, Card* target, CardLayout::Direction side);
  void swapCards(Card* card, Card* other);
  /// The cards of the tab in rows of that many.
  void arrange(int columns);
  QString whyNotArrange(int columns) const;
  void addTab(const QString& title);
  void renameTab(const QString& title);
  void removeTab();
  /// Why the card, or the tab, cannot go there; empty: it can.
  QString whyNotMove(const Card* card, CardLayout::Direction direction) const;

  CardLayout layout() const;
  /// Cards that are there already are kept, with what they hold.
  void setLayout(const CardLayout& layout);
  QByteArray saveLayout() const { return layout().toBytes(); }
  void restoreLayout(const QByteArray& state);
  void resetLayout() { setLayout(CardLayout::standard()); }
  QSize minimumSizeHint() const override;

  /// What dropping something at `at` (of this widget) does.
  struct Drop {
    Card* card = nullptr;                       ///< null: the empty tab
    std::optional<CardLayout::Direction> side;  ///< none: onto the card itself
    QRect area;                                 ///< where what is dropped will be
    QString text;
    bool possible = false;
  };
  Drop dropOf(const SeriesPick& pick, QPoint at) const;
  Drop dropOf(const Card* card, QPoint at) const;

 Q_SIGNALS:
  void layerRequested(int layer);
  void commandRequested(const variometer::Command& command);
  void exportRequested(variometer::Card* card);
  void markAddRequested(qint64 step);
  void markEditRequested(const variometer::RunMark& mark);
  void markRemoveRequested(const variometer::RunMark& mark);
  void cardChosen();  ///< current() is another one
  /// Something is about to be done to it, of which layoutChanged tells.
  void layoutAboutToChange();
  /// The user did something to it; `what` in a few words.
  void layoutChanged(const QString& what);

 protected:
  void dragEnterEvent(QDragEnterEvent* event) override;
  void dragMoveEvent(QDragMoveEvent* event) override;
  void dragLeaveEvent(QDragLeaveEvent* event) override;
  void dropEvent(QDropEvent* event) override;
  void resizeEvent(QResizeEvent* event) override;
  void showEvent(QShowEvent* event) override;
  void changeEvent(QEvent* event) override;

 private:
  struct Page {
    QScrollArea* area;  ///< around the rows
    QSplitter* rows;
    std::vector<QSplitter*> columns;  ///< the rows, as they are shown
    std::vector<Card*> cards;         ///< in reading order
    QString tip;
    /// How many cards each row of the layout has.
    std::vector<std::size_t> counts;
    /// Shown in that many columns; 0: as the layout says.
    int folded = 0;
    /// Of the layout, while it is shown otherwise.
    QList<int> sizes;
    std::vector<QList<int>> row_sizes;
  };
  const Page* page(int tab) const;
  // card_tabs_fold.cpp
  QSize leastOfACard() const;
  void sizeCards();
  void fold();
  void fold(Page& page, int columns);
  void reveal(Card* card);
  /// Cards for a new layout: those that show what a place wants, and the rest.
  struct Kept {
    std::map<const CardLayout::Place*, Card*> same;
    std::vector<Card*> rest;
  };
  Kept keep(const CardLayout& layout);
  Page build(const CardLayout::Page& page, Kept& kept);
  Card* take(const CardLayout::Place& place, Kept& kept, QWidget* parent);
  Drop placeAt(QPoint at) const;
  std::optional<Drop> dropOf(const QMimeData& dropped, QPoint at) const;
  void carry(Card* card);
  void choose(Card* card);
  void adopt(Card* card);
  void showAlone(Card* wanted);
  QList<int> sizesOf(const QSplitter* splitter) const;
  std::optional<CardLayout::At> find(const Card* card) const;
  void change(const CardLayout& layout, const QString& what);

  StepAxis* axis_;
  CardDeck* deck_;
  std::vector<Page> pages_;
  QPointer<Card> focused_;
  QPointer<Card> alone_;
  std::map<const QSplitter*, QList<int>> sizes_;  ///< before a card was alone
  QPointer<Card> carried_;                        ///< by the mouse
  DropHint* hint_;
  QTimer over_tab_;
  QPoint dragged_to_;
  QList<QAction*> plot_actions_, card_actions_;
  double smoothing_ = -1;  // below 0: each card's own
  std::optional<ColourMap::Kind> colours_;
  QTimer resized_;
};

}  // namespace variometer
