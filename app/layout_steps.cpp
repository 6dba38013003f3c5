// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/layout_steps.h"

#include <utility>

#include "app/undo_history.h"

namespace variometer {

LayoutSteps::LayoutSteps(UndoHistory* history, std::function<QByteArray()> take,
                         std::function<void(const QByteArray&)> restore)
    : history_(history), take_(std::move(take)), restore_(std::move(restore)) {
  history_->setOwner(UndoHistory::Kind::layout, {[this] { return undo(); }, [this] { return redo(); }});
}

void LayoutSteps::settle() { now_ = take_(); }

void LayoutSteps::note(const QString& what) {
  const QByteArray now = take_();
  if (now == now_) return;
  before_.push_back(std::exchange(now_, now));
  if (before_.size() > UndoHistory::kLevels) before_.erase(before_.begin());
  after_.clear();
  history_->pushed(UndoHistory::Kind::layout, what);
}

bool LayoutSteps::swap(std::vector<QByteArray>& from, std::vector<QByteArray>& to) {
  if (from.empty()) return false;
  to.push_back(now_);
  restore_(from.back());
  now_ = from.back();
  from.pop_back();
  return true;
}

bool LayoutSteps::undo() {
  if (!swap(before_, after_)) return false;
  history_->undone(UndoHistory::Kind::layout);
  return true;
}

bool LayoutSteps::redo() {
  if (!swap(after_, before_)) return false;
  history_->redone(UndoHistory::Kind::layout);
  return true;
}

}  // namespace variometer
