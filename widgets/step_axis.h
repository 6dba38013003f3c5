// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QObject>
#include <cstdint>
#include <functional>
#include <optional>
#include <vector>

namespace variometer {

/// The time all cards of a run share: the range of steps shown, Follow or Hold, the cursors A and B, the step under the
/// mouse, and the stack of earlier views. One per window; cards keep a pointer and never own it.
///
/// Follow: the range is the whole run (or its last `window()` steps) and grows; cards show the newest measurement.
/// Hold: nothing the user set is moved by new data; cards show what was measured at `shownStep()`.
class StepAxis : public QObject {
  Q_OBJECT
 public:
  struct Range {
    double lower = 0, upper = 1;
    bool operator==(const Range&) const = default;
  };

  explicit StepAxis(QObject* parent = nullptr) : QObject(parent) {}

  // What the run has. Called once a tick by whoever feeds the cards.
  void setExtent(std::int64_t first, std::int64_t latest);
  void setEvents(std::vector<std::int64_t> steps);
  std::int64_t first() const { return first_; }
  std::int64_t latest() const { return latest_; }

  Range range() const { return range_; }
  /// A zoom or pan of the user: holds.
  void setRange(Range range);

  /// What a user made of it: it belongs to a run, and comes back with the run.
  struct State {
    Range range;
    bool following = true;
    std::int64_t held_at = 0;
    std::optional<std::int64_t> cursor, reference;
  };
  State state() const { return {range_, following_, held_at_, cursor_, reference_}; }
  /// After setExtent of that run.
  void setState(const State& state);

  bool following() const { return following_; }
  void follow();
  void hold();
  void toggleFollow() { following_ ? hold() : follow(); }
  /// 0: the whole run; else the last n steps are followed.
  void setWindow(std::int64_t steps);
  std::int64_t window() const { return window_; }

  /// The step cards show: the newest while following, else cursor A, else the step at which it was held.
  std::int64_t shownStep() const;
  /// "Held at step 4,212 · 380 new"; empty while following.
  QString chip() const;

  std::optional<std::int64_t> cursor() const { return cursor_; }        ///< A
  std::optional<std::int64_t> reference() const { return reference_; }  ///< B
  /// Setting A is scrubbing: it holds. Clamped to the run.
  void setCursor(std::optional<std::int64_t> step);
  void setReference(std::optional<std::int64_t> step);
  /// Both cursors at the step that is shown; where there is one already, none.
  void toggleCursors();
  /// Cursor B at the step that is shown; where it is there already, none.
  void togglePin();
  void moveCursor(std::int64_t steps);
  /// To the next (+1) or previous (-1) event.
  void moveCursorToEvent(int direction);

  /// The step under the mouse in one card, drawn as a thin line in all.
  std::optional<double> hover() const { return hover_; }
  void setHover(std::optional<double> step);

  /// A view of one plot or of all: called, it brings back what was shown when it was made.
  using View = std::function<void()>;
  /// Remembers the view before a change, by what makes a View of the present. 200 are kept.
  void pushView(std::function<View()> present, const QString& what = {});
  /// Pushes the state of this axis itself.
  void pushOwnView(const QString& what = {});
  void clearViews();
  bool canGoBack() const { return !views_.empty(); }
  bool canGoForward() const { return !undone_views_.empty(); }
  void previousView();
  /// What previousView took back, until another change is made.
  void nextView();

 Q_SIGNALS:
  void rangeChanged();
  void followingChanged(bool following);
  void shownStepChanged();
  void cursorChanged();
  void hoverChanged();
  void extentChanged();
  void viewsChanged();
  /// A view was remembered before `what` was done; one was taken back, or made again.
  void viewPushed(const QString& what);
  void viewUndone();
  void viewRedone();

 private:
  struct Remembered {
    View restore;
    std::function<View()> present;
  };
  void followExtent();
  void setFollowing(bool on);
  bool goTo(std::vector<Remembered>& from, std::vector<Remembered>& to);
  View ownView();

  Range range_;
  std::int64_t first_ = 0, latest_ = 0, held_at_ = 0, window_ = 0;
  bool following_ = true;
  std::optional<std::int64_t> cursor_, reference_;
  std::optional<double> hover_;
  std::vector<std::int64_t> events_;
  std::vector<Remembered> views_, undone_views_;
};

}  // namespace variometer
