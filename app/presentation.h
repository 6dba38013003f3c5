// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QTimer>
#include <QWidget>
#include <map>
#include <vector>

#include "app/card_layout.h"
#include "core/base/history.h"

class QLabel;
class QStackedWidget;
class QToolButton;

namespace variometer {

class ActionBook;
class Card;
class ElidedLabel;
class MitigationPanel;
class Player;
class RunSession;
class StepAxis;
class Switch;
class TransportBar;

/// A run for a room: the whole screen, one card at a time, the three switches, the transport bar, and what happened
/// last as a headline; no text is smaller than 20 points. Arrow keys change the card, Esc leaves. A window of its own,
/// so that the other one is as it was afterwards. GUI thread.
class Presentation : public QWidget {
  Q_OBJECT
 public:
  static constexpr double kLeastPoints = 20;

  /// Shows steps of `axis`, which the other window has too; the switches are those of `mitigations`.
  Presentation(ActionBook* actions, StepAxis* axis, Player* player, MitigationPanel* mitigations, QWidget* window);

  /// All cards of the layout, tab by tab, beginning with the one called `first`.
  void setCards(const CardLayout& layout, const QString& first);
  /// Null: no run is open.
  void setSession(const RunSession* session);
  void setFrame(const FramePtr& frame);
  void stepCard(int by);
  Card* card() const;

 Q_SIGNALS:
  void closed();
  void layerRequested(int layer);

 protected:
  void closeEvent(QCloseEvent* event) override;
  void changeEvent(QEvent* event) override;

 private:
  QWidget* makeHead();
  QWidget* makeSwitches();
  void makeTransport();
  void showCard(std::size_t i);
  void tick();
  void showSwitches();

  ActionBook* actions_;
  StepAxis* axis_;
  Player* player_;
  MitigationPanel* mitigations_;
  const RunSession* session_ = nullptr;
  struct Place {
    CardLayout::Place card;
    QString tab;
  };
  std::vector<Place> places_;
  std::map<std::size_t, Card*> cards_;  ///< made so far
  std::size_t shown_ = 0;
  std::int64_t seen_revision_ = -1;
  bool hinting_ = true;  ///< the headline names the keys, until one is pressed or something happens
  QTimer timer_;
  ElidedLabel* headline_;
  QLabel* where_;
  QLabel* count_;
  QStackedWidget* stack_;
  struct Toggle {
    QString group;
    Switch* toggle;
    ElidedLabel* state;
  };
  std::vector<Toggle> toggles_;
  TransportBar* transport_;
};

}  // namespace variometer
