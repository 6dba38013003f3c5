// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/step_axis.h"

#include <algorithm>

#include "widgets/number_text.h"

namespace variometer {

void StepAxis::setExtent(std::int64_t first, std::int64_t latest) {
  if (first == first_ && latest == latest_) return;
  first_ = first;
  latest_ = std::max(first, latest);
  if (held_at_ > latest_) held_at_ = latest_;  // an undo went back behind the held step
  if (cursor_ && *cursor_ > latest_) cursor_ = latest_;
  if (following_) followExtent();
  Q_EMIT extentChanged();
  if (following_) Q_EMIT shownStepChanged();
}

void StepAxis::setEvents(std::vector<std::int64_t> steps) {
  std::sort(steps.begin(), steps.end());
  events_ = std::move(steps);
}

void StepAxis::followExtent() {
  const auto upper = static_cast<double>(latest_);
  double lower = static_cast<double>(first_);
  if (window_ > 0) lower = std::max(lower, upper - static_cast<double>(window_));
  const Range range{lower, std::max(upper, lower + 1)};
  if (range == range_) return;
  range_ = range;
  Q_EMIT rangeChanged();
}

void StepAxis::setRange(Range range) {
  if (!(range.upper > range.lower)) return;
  setFollowing(false);
  if (range == range_) return;
  range_ = range;
  Q_EMIT rangeChanged();
}

void StepAxis::setState(const State& state) {
  following_ = state.following;
  held_at_ = std::min(state.held_at, latest_);
  cursor_ = state.cursor ? std::optional(std::clamp(*state.cursor, first_, latest_)) : std::nullopt;
  reference_ = state.reference;
  if (following_) {
    cursor_.reset();
    followExtent();
  } else {
    range_ = state.range;
    Q_EMIT rangeChanged();
  }
  Q_EMIT followingChanged(following_);
  Q_EMIT cursorChanged();
  Q_EMIT shownStepChanged();
}

void StepAxis::setFollowing(bool on) {
  if (on == following_) return;
  following_ = on;
  held_at_ = latest_;
  Q_EMIT followingChanged(on);
  Q_EMIT shownStepChanged();
}

void StepAxis::follow() {
  cursor_.reset();
  setFollowing(true);
  followExtent();
  Q_EMIT cursorChanged();
}

void StepAxis::hold() { setFollowing(false); }

void StepAxis::setWindow(std::int64_t steps) {
  window_ = std::max<std::int64_t>(0, steps);
  if (following_) followExtent();
}

std::int64_t StepAxis::shownStep() const {
  if (following_) return latest_;
  return cursor_.value_or(held_at_);
}

QString StepAxis::chip() const {
  if (following_) return {};
  const QString held = QStringLiteral("Held at step ") + step_text(shownStep());
  const std::int64_t fresh = latest_ - held_at_;
  return fresh > 0 ? held + QStringLiteral(" · ") + step_text(fresh) + QStringLiteral(" new") : held;
}

void StepAxis::setCursor(std::optional<std::int64_t> step) {
  if (step) {
    step = std::clamp(*step, first_, latest_);
    setFollowing(false);
  }
  if (step == cursor_) return;
  cursor_ = step;
  Q_EMIT cursorChanged();
  Q_EMIT shownStepChanged();
}

void StepAxis::setReference(std::optional<std::int64_t> step) {
  reference_ = step;
  Q_EMIT cursorChanged();
}

void StepAxis::toggleCursors() {
  const bool any = cursor_ || reference_;
  const std::int64_t shown = shownStep();
  pushOwnView(tr("Cursors"));
  setReference(any ? std::nullopt : std::optional(shown));
  setCursor(any ? std::nullopt : std::optional(shown));
}

void StepAxis::togglePin() {
  const std::int64_t shown = shownStep();
  setReference(reference_ == shown ? std::nullopt : std::optional(shown));
}

void StepAxis::moveCursor(std::int64_t steps) { setCursor(shownStep() + steps); }

void StepAxis::moveCursorToEvent(int direction) {
  const std::int64_t from = shownStep();
  if (direction > 0) {
    const auto next = std::upper_bound(events_.begin(), events_.end(), from);
    if (next != events_.end()) setCursor(*next);
  } else {
    const auto next = std::lower_bound(events_.begin(), events_.end(), from);
    if (next != events_.begin()) setCursor(*std::prev(next));
  }
}

void StepAxis::setHover(std::optional<double> step) {
  if (step == hover_) return;
  hover_ = step;
  Q_EMIT hoverChanged();
}

void StepAxis::pushView(std::function<View()> present, const QString& what) {
  constexpr std::size_t kKept = 200;
  if (views_.size() == kKept) views_.erase(views_.begin());
  View restore = present();
  views_.push_back({std::move(restore), std::move(present)});
  undone_views_.clear();
  Q_EMIT viewPushed(what.isEmpty() ? tr("View") : what);
  Q_EMIT viewsChanged();
}

void StepAxis::clearViews() {
  views_.clear();
  undone_views_.clear();
  Q_EMIT viewsChanged();
}

StepAxis::View StepAxis::ownView() {
  return [this, range = range_, followed = following_, cursor = cursor_] {
    if (followed) return follow();
    setRange(range);
    setCursor(cursor);
  };
}

void StepAxis::pushOwnView(const QString& what) {
  pushView([this] { return ownView(); }, what);
}

bool StepAxis::goTo(std::vector<Remembered>& from, std::vector<Remembered>& to) {
  if (from.empty()) return false;
  Remembered view = std::move(from.back());
  from.pop_back();
  to.push_back({view.present(), view.present});
  view.restore();
  Q_EMIT viewsChanged();
  return true;
}

void StepAxis::previousView() {
  if (goTo(views_, undone_views_)) Q_EMIT viewUndone();
}

void StepAxis::nextView() {
  if (goTo(undone_views_, views_)) Q_EMIT viewRedone();
}

}  // namespace variometer
