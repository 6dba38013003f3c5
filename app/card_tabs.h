// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QPointer>
#include <QStringList>
#include <QTabWidget>
#include <vector>

#include "core/base/history.h"
#include "core/base/snapshot.h"
#include "widgets/colour_map.h"

class QSplitter;

namespace variometer {

class Card;
class CardDeck;
class StepAxis;

/// The cards of the Observe perspective, in tabs of grids whose rows and columns can be dragged. Cards that cannot be
/// seen cost nothing. GUI thread.
class CardTabs : public QTabWidget {
  Q_OBJECT
 public:
  CardTabs(StepAxis* axis, QWidget* parent = nullptr);

  /// Shows `history` (kept by pointer until the next call; null: nothing).
  void setHistory(const RunHistory* history);
  void setFrame(const FramePtr& frame);
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
  /// The card that has the focus or had it last, if its tab is shown; else the first one of the tab.
  Card* current() const;
  /// The first card of that name; null when there is none.
  Card* card(const QString& name) const;
  /// For keys that act while a plot has the focus.
  void addPlotAction(QAction* action);
  /// One card alone in its tab, or all of them again.
  void toggleAlone();

  QByteArray saveLayout() const;
  void restoreLayout(const QByteArray& state);
  void resetLayout();

 Q_SIGNALS:
  void layerRequested(int layer);
  void exportRequested(variometer::Card* card);

 private:
  struct Page {
    QSplitter* rows;
    std::vector<QSplitter*> columns;
    std::vector<Card*> cards;
  };
  void addPage(const QString& title, const QString& tip, const std::vector<QStringList>& rows);

  StepAxis* axis_;
  CardDeck* deck_;
  std::vector<Page> pages_;
  QPointer<Card> focused_;
  QPointer<Card> alone_;
};

}  // namespace variometer
