// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QObject>
#include <QPointer>
#include <QString>
#include <vector>

#include "core/base/history.h"

namespace variometer {

class Card;
class StepAxis;

/// Feeds the cards of one run. The window drains its run into the history, then calls tick() (30 times a second);
/// visible cards then take what is new and ask for one replot each. Owns neither cards nor history.
class CardDeck : public QObject {
  Q_OBJECT
 public:
  explicit CardDeck(StepAxis* steps, QObject* parent = nullptr);

  void add(Card* card);
  const std::vector<QPointer<Card>>& cards() const { return cards_; }
  /// Another run (or null): every card begins again, the view follows.
  void setHistory(const RunHistory* history);
  const RunHistory* history() const { return history_; }
  void setFrame(const FramePtr& frame);
  void setSteering(const QString& why_not);
  void tick();

 Q_SIGNALS:
  void exportRequested(Card* card);
  void layerRequested(int layer);
  void commandRequested(const variometer::Command& command);

 private:
  StepAxis* steps_;
  const RunHistory* history_ = nullptr;
  std::int64_t seen_revision_ = -1;
  std::vector<QPointer<Card>> cards_;
  FramePtr frame_;
  QString why_not_steered_ = tr("No run is open.");
};

}  // namespace variometer
