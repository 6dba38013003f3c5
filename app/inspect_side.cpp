// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/inspect_side.h"

#include <algorithm>
#include <utility>

namespace variometer {

InspectSide::InspectSide(OpenInspector open, QObject* parent) : QObject(parent), open_(std::move(open)) {
  timer_.setInterval(15);
  connect(&timer_, &QTimer::timeout, this, &InspectSide::tick);
}

InspectSide::~InspectSide() {
  bury(std::move(model_));
  if (earlier_) bury(std::move(*earlier_));
  for (const auto& inspector : dying_) inspector->stop();  // all at once, then each is waited for
}

void InspectSide::open(const QString& path) {
  if (!open_) return;
  Model next;
  next.path = path;
  next.state = State::loading;
  next.first_serial = serial_;
  InspectorOptions options;
  options.model = path.toStdString();
  try {
    next.inspector = open_(options, {});
  } catch (const std::exception& error) {
    problem_ = QString::fromUtf8(error.what());
    if (state() != State::ready) model_.path = path;
    return setState(state() == State::ready ? State::ready : State::failed);
  }
  problem_.clear();
  Model last = std::exchange(model_, std::move(next));
  // One that is still loading, or failed, is nothing to come back to.
  if (last.state == State::ready) {
    earlier_ = std::move(last);
  } else {
    bury(std::move(last));
  }
  setState(State::loading);
  Q_EMIT weightsArrived();
  timer_.start();
}

void InspectSide::cancel() {
  if (state() != State::loading) return;
  restore();
}

/// Back to the model that was there before, or to none.
void InspectSide::restore() {
  bury(std::exchange(model_, earlier_ ? std::move(*earlier_) : Model()));
  earlier_.reset();
  model_.looking.clear();
  setState(model_.state);
  Q_EMIT weightsArrived();
}

void InspectSide::bury(Model model) {
  if (!model.inspector) return;
  model.inspector->stop();
  dying_.push_back(std::move(model.inspector));
  timer_.start();
}

void InspectSide::ask(PromptRequest request) {
  if (!model_.inspector || state() == State::failed) return;
  if (const PromptRequest* last = lastAsked(request.slot)) {
    request.serial = last->serial;
    if (request == *last) return;
  }
  request.serial = ++serial_;
  model_.pending[request.slot] = {request, {request.slot, 0, 0}};
  model_.inspector->show(std::move(request));
  timer_.start();
  Q_EMIT progressed();
}

/// Whose answer is under way or, where none is, here.
const PromptRequest* InspectSide::lastAsked(int slot) const {
  if (const auto found = model_.pending.find(slot); found != model_.pending.end()) return &found->second.request;
  const auto found = model_.answered.find(slot);
  return found == model_.answered.end() ? nullptr : &found->second;
}

void InspectSide::test(CellTest test) {
  if (!model_.inspector || state() != State::ready) return;
  test.serial = model_.test_serial = ++serial_;
  model_.inspector->test(std::move(test));
  timer_.start();
  Q_EMIT progressed();
}

void InspectSide::look(const AttentionRequest& request) {
  if (!model_.inspector || state() != State::ready || !made(request.pass)) return;
  model_.looking.insert_or_assign(request.pass->request.slot, request);
  model_.inspector->look(request);
  timer_.start();
}

void InspectSide::forget(int slot) {
  model_.passes.erase(slot);
  model_.tokens.erase(slot);
  model_.answered.erase(slot);
  model_.pending.erase(slot);
}

PassPtr InspectSide::pass(int slot) const {
  const auto found = model_.passes.find(slot);
  return found == model_.passes.end() ? nullptr : found->second;
}

const TokenizedPrompt* InspectSide::tokens(int slot) const {
  const auto found = model_.tokens.find(slot);
  return found == model_.tokens.end() ? nullptr : &found->second;
}

PassProgress InspectSide::passProgress(int slot) const {
  const auto found = model_.pending.find(slot);
  return found == model_.pending.end() ? PassProgress{} : found->second.progress;
}

void InspectSide::setState(State state) {
  model_.state = state;
  Q_EMIT stateChanged();
}

void InspectSide::tick() {
  std::erase_if(dying_, [](const auto& inspector) { return inspector->stopped(); });
  if (model_.inspector) {
    const std::size_t n_weight = model_.weights.size();
    const Inspector* before = model_.inspector.get();
    for (const InspectorEvent& event : model_.inspector->drain()) {
      take(event);
      if (model_.inspector.get() != before) return;  // it failed, or a slot opened another
    }
    if (model_.weights.size() != n_weight) Q_EMIT weightsArrived();
    if (busy()) Q_EMIT progressed();
  }
  if (!busy() && dying_.empty()) timer_.stop();
}

/// An older answer does not end the wait for a newer one.
void InspectSide::settle(int slot, std::int64_t serial) {
  const auto found = model_.pending.find(slot);
  if (found != model_.pending.end() && found->second.request.serial == serial) model_.pending.erase(found);
}

void InspectSide::fail(const InspectorFailure& failure) {
  const QString message = QString::fromStdString(failure.message);
  if (failure.slot == kCellTestSlot) {
    if (failure.serial == model_.test_serial) model_.test_serial = 0;
    Q_EMIT testFailed(message);
  } else if (failure.slot == kAttentionSlot) {
    model_.looking.clear();
    Q_EMIT promptFailed(failure.slot, message);
  } else if (failure.slot >= 0) {
    settle(failure.slot, failure.serial);
    model_.answered.erase(failure.slot);  // tokens that are shown may be those of the question that failed
    Q_EMIT promptFailed(failure.slot, message);
  } else {
    problem_ = message;
    if (earlier_) return restore();
    model_.pending.clear();
    setState(State::failed);
  }
}

void InspectSide::take(const InspectorEvent& event) {
  if (const auto* progress = std::get_if<LoadProgress>(&event)) {
    model_.progress = *progress;
  } else if (const auto* facts = std::get_if<ModelFacts>(&event)) {
    model_.facts = *facts;
    model_.facts_known = true;
    Q_EMIT stateChanged();
  } else if (const auto* weight = std::get_if<WeightSummaryPtr>(&event)) {
    model_.weights.push_back(*weight);
  } else if (const auto* opened = std::get_if<Opened>(&event)) {
    model_.facts = opened->facts;
    model_.facts_known = true;
    model_.warnings = opened->warnings;
    model_.open_seconds = opened->seconds;
    if (earlier_) bury(std::move(*earlier_));
    earlier_.reset();
    setState(State::ready);
  } else if (const auto* tokens = std::get_if<TokenizedPrompt>(&event)) {
    model_.tokens[tokens->slot] = *tokens;
    Q_EMIT tokensKnown(tokens->slot);
  } else if (const auto* pass_progress = std::get_if<PassProgress>(&event)) {
    const auto found = model_.pending.find(pass_progress->slot);
    if (found != model_.pending.end()) found->second.progress = *pass_progress;
  } else if (const auto* pass = std::get_if<PassPtr>(&event)) {
    const int slot = (*pass)->request.slot;
    model_.passes[slot] = *pass;
    const auto asked = model_.pending.find(slot);
    if (asked != model_.pending.end() && asked->second.request.serial == (*pass)->request.serial) {
      model_.answered[slot] = asked->second.request;
    }
    settle(slot, (*pass)->request.serial);
    Q_EMIT passArrived(slot);
  } else if (const auto* part = std::get_if<AttentionPartPtr>(&event)) {
    const auto found = model_.looking.find((*part)->of.pass->request.slot);
    if (found != model_.looking.end() && found->second == (*part)->of) model_.looking.erase(found);
    Q_EMIT partArrived(*part);
  } else if (const auto* result = std::get_if<CellTestResult>(&event)) {
    if (result->test.serial != model_.test_serial) return;  // a newer one is under way
    model_.test_serial = 0;
    Q_EMIT tested(*result);
  } else if (const auto* failure = std::get_if<InspectorFailure>(&event)) {
    fail(*failure);
  }
}

}  // namespace variometer
