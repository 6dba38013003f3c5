// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/card_deck.h"

#include "core/base/event_story.h"
#include "widgets/card.h"

namespace variometer {

CardDeck::CardDeck(StepAxis* steps, QObject* parent) : QObject(parent), steps_(steps) {}

void CardDeck::add(Card* card) {
  std::erase(cards_, nullptr);  // removed since
  cards_.emplace_back(card);
  connect(card, &Card::exportRequested, this, [this, card] { Q_EMIT exportRequested(card); });
  connect(card, &Card::layerRequested, this, &CardDeck::layerRequested);
  connect(card, &Card::commandRequested, this, &CardDeck::commandRequested);
  card->setSteering(why_not_steered_);
  card->setHistory(history_);
  if (frame_) card->setFrame(frame_);
}

void CardDeck::setHistory(const RunHistory* history) {
  history_ = history;
  seen_revision_ = -1;
  frame_.reset();
  for (const auto& card : cards_) {
    if (card) card->setHistory(history);
  }
  steps_->setCursor(std::nullopt);
  steps_->setReference(std::nullopt);
  tick();
  steps_->follow();
}

void CardDeck::setSteering(const QString& why_not) {
  if (why_not == why_not_steered_) return;
  why_not_steered_ = why_not;
  for (const auto& card : cards_) {
    if (card) card->setSteering(why_not);
  }
}

void CardDeck::setFrame(const FramePtr& frame) {
  if (!frame) return;
  frame_ = frame;
  for (const auto& card : cards_) {
    if (card) card->setFrame(frame);
  }
}

void CardDeck::tick() {
  if (!history_ || history_->revision() == seen_revision_) return;
  seen_revision_ = history_->revision();
  std::vector<std::int64_t> marked;
  EventStory story;
  for (const Event& event : history_->events()) {
    if (!story.tell(event).mark.empty()) marked.push_back(event.step);
  }
  steps_->setEvents(std::move(marked));
  steps_->setExtent(history_->info().first_step, std::max<std::int64_t>(0, history_->last_step()));
  for (const auto& card : cards_) {
    if (card) card->refresh();
  }
}

}  // namespace variometer
