// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/inspect_side.h"

#include <algorithm>

namespace variometer {

InspectSide::InspectSide(OpenInspector open, QObject* parent) : QObject(parent), open_(std::move(open)) {
  timer_.setInterval(15);
  connect(&timer_, &QTimer::timeout, this, &InspectSide::tick);
}

InspectSide::~InspectSide() {
  bury();
  for (const auto& inspector : dying_) inspector->stop();  // all at once, then each is waited for
}

void InspectSide::open(const QString& path) {
  if (!open_) return;
  bury();
  path_ = path;
  facts_ = {};
  facts_known_ = false;
  progress_ = {};
  weights_.clear();
  warnings_.clear();
  passes_.clear();
  tokens_.clear();
  pending_.clear();
  problem_.clear();
  InspectorOptions options;
  options.model = path.toStdString();
  try {
    inspector_ = open_(options, {});
  } catch (const std::exception& error) {
    problem_ = QString::fromUtf8(error.what());
    setState(State::failed);
    return;
  }
  setState(State::loading);
  Q_EMIT weightsArrived();
  timer_.start();
}

void InspectSide::close() {
  bury();
  path_.clear();
  facts_ = {};
  facts_known_ = false;
  weights_.clear();
  passes_.clear();
  tokens_.clear();
  pending_.clear();
  problem_.clear();
  setState(State::empty);
  Q_EMIT weightsArrived();
}

void InspectSide::bury() {
  if (!inspector_) return;
  inspector_->stop();
  dying_.push_back(std::move(inspector_));
  timer_.start();
}

void InspectSide::ask(PromptRequest request) {
  if (!inspector_ || state_ == State::failed) return;
  request.serial = ++serial_;
  pending_[request.slot] = {serial_, {request.slot, 0, 0}};
  inspector_->show(std::move(request));
  timer_.start();
  Q_EMIT progressed();
}

void InspectSide::forget(int slot) {
  passes_.erase(slot);
  tokens_.erase(slot);
  pending_.erase(slot);
}

PassPtr InspectSide::pass(int slot) const {
  const auto found = passes_.find(slot);
  return found == passes_.end() ? nullptr : found->second;
}

const TokenizedPrompt* InspectSide::tokens(int slot) const {
  const auto found = tokens_.find(slot);
  return found == tokens_.end() ? nullptr : &found->second;
}

PassProgress InspectSide::passProgress(int slot) const {
  const auto found = pending_.find(slot);
  return found == pending_.end() ? PassProgress{} : found->second.progress;
}

void InspectSide::setState(State state) {
  state_ = state;
  Q_EMIT stateChanged();
}

void InspectSide::tick() {
  std::erase_if(dying_, [](const auto& inspector) { return inspector->stopped(); });
  if (inspector_) {
    const std::size_t n_weight = weights_.size();
    const Inspector* before = inspector_.get();
    for (const InspectorEvent& event : inspector_->drain()) {
      take(event);
      if (inspector_.get() != before) return;  // a slot closed it
    }
    if (weights_.size() != n_weight) Q_EMIT weightsArrived();
    if (busy()) Q_EMIT progressed();
  }
  if (!busy() && dying_.empty()) timer_.stop();
}

/// An older answer does not end the wait for a newer one.
void InspectSide::settle(int slot, std::int64_t serial) {
  const auto found = pending_.find(slot);
  if (found != pending_.end() && found->second.serial == serial) pending_.erase(found);
}

void InspectSide::take(const InspectorEvent& event) {
  if (const auto* progress = std::get_if<LoadProgress>(&event)) {
    progress_ = *progress;
  } else if (const auto* facts = std::get_if<ModelFacts>(&event)) {
    facts_ = *facts;
    facts_known_ = true;
    Q_EMIT stateChanged();
  } else if (const auto* weight = std::get_if<WeightSummaryPtr>(&event)) {
    weights_.push_back(*weight);
  } else if (const auto* opened = std::get_if<Opened>(&event)) {
    facts_ = opened->facts;
    facts_known_ = true;
    warnings_ = opened->warnings;
    open_seconds_ = opened->seconds;
    setState(State::ready);
  } else if (const auto* tokens = std::get_if<TokenizedPrompt>(&event)) {
    tokens_[tokens->slot] = *tokens;
    Q_EMIT tokensKnown(tokens->slot);
  } else if (const auto* pass_progress = std::get_if<PassProgress>(&event)) {
    const auto found = pending_.find(pass_progress->slot);
    if (found != pending_.end()) found->second.progress = *pass_progress;
  } else if (const auto* pass = std::get_if<PassPtr>(&event)) {
    const int slot = (*pass)->request.slot;
    passes_[slot] = *pass;
    settle(slot, (*pass)->request.serial);
    Q_EMIT passArrived(slot);
  } else if (const auto* failure = std::get_if<InspectorFailure>(&event)) {
    const QString message = QString::fromStdString(failure->message);
    if (failure->slot < 0) {
      problem_ = message;
      pending_.clear();
      setState(State::failed);
    } else {
      settle(failure->slot, failure->serial);
      Q_EMIT promptFailed(failure->slot, message);
    }
  }
}

}  // namespace variometer
