// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/undo_history.h"

#include <algorithm>
#include <utility>

namespace variometer {

void UndoHistory::setOwner(Kind kind, Owner owner) { owners_[static_cast<int>(kind)] = std::move(owner); }

void UndoHistory::pushed(Kind kind, const QString& name) {
  goal_.reset();
  std::erase_if(entries_, [kind](const Entry& entry) { return entry.kind == kind && !entry.done; });
  entries_.push_back({kind, name});
  if (entries_.size() > kLevels) entries_.erase(entries_.begin());
  Q_EMIT changed();
}

void UndoHistory::undone(Kind kind) {
  const auto last = std::find_if(entries_.rbegin(), entries_.rend(),
                                 [kind](const Entry& entry) { return entry.kind == kind && entry.done; });
  if (last == entries_.rend()) return;  // older than what is kept
  last->done = false;
  Q_EMIT changed();
  advance();
}

void UndoHistory::redone(Kind kind) {
  const auto first = std::find_if(entries_.begin(), entries_.end(),
                                  [kind](const Entry& entry) { return entry.kind == kind && !entry.done; });
  if (first == entries_.end()) return;
  first->done = true;
  Q_EMIT changed();
  advance();
}

void UndoHistory::clear(Kind kind) {
  goal_.reset();
  if (std::erase_if(entries_, [kind](const Entry& entry) { return entry.kind == kind; }) > 0) Q_EMIT changed();
}

std::size_t UndoHistory::count(Kind kind, bool done) const {
  return static_cast<std::size_t>(std::count_if(
      entries_.begin(), entries_.end(), [&](const Entry& entry) { return entry.kind == kind && entry.done == done; }));
}

std::optional<std::size_t> UndoHistory::lastDone() const {
  for (std::size_t i = entries_.size(); i-- > 0;) {
    if (entries_[i].done) return i;
  }
  return {};
}

std::optional<std::size_t> UndoHistory::firstUndone() const {
  for (std::size_t i = 0; i < entries_.size(); ++i) {
    if (!entries_[i].done) return i;
  }
  return {};
}

const UndoHistory::Entry* UndoHistory::nextUndo() const {
  const auto last = lastDone();
  return last ? &entries_[*last] : nullptr;
}

const UndoHistory::Entry* UndoHistory::nextRedo() const {
  const auto first = firstUndone();
  return first ? &entries_[*first] : nullptr;
}

bool UndoHistory::ask(std::size_t entry) {
  const Owner& owner = owners_[static_cast<int>(entries_[entry].kind)];
  const auto& act = entries_[entry].done ? owner.undo : owner.redo;
  return act && act();
}

void UndoHistory::undo() {
  goal_.reset();
  if (const auto last = lastDone()) ask(*last);
}

void UndoHistory::redo() {
  goal_.reset();
  if (const auto first = firstUndone()) ask(*first);
}

void UndoHistory::goTo(std::size_t n) {
  goal_ = std::min(n, entries_.size());
  advance();
}

void UndoHistory::advance() {
  if (advancing_) return;
  advancing_ = true;
  while (goal_) {
    const auto last = lastDone(), first = firstUndone();
    const auto next = last && *last >= *goal_ ? last : first && *first < *goal_ ? first : std::nullopt;
    if (!next) {
      goal_.reset();
      break;
    }
    const bool before = entries_[*next].done;
    if (!ask(*next)) goal_.reset();
    if (!goal_ || entries_[*next].done == before) break;  // the owner takes its time, and says when it is done
  }
  advancing_ = false;
}

}  // namespace variometer
