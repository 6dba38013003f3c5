// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QElapsedTimer>
#include <QObject>
#include <QTimer>

namespace variometer {

class StepAxis;

/// Plays a run that was recorded, or the past of one that goes on: moves cursor A along the axis until the newest step
/// is reached. Stops when the user takes the cursor or follows again. GUI thread.
class Player : public QObject {
  Q_OBJECT
 public:
  /// At speed 1.
  static constexpr double kStepsPerSecond = 30;

  explicit Player(StepAxis* axis, QObject* parent = nullptr);

  bool isPlaying() const { return timer_.isActive(); }
  /// From the cursor; from the first step when the end is shown.
  void play();
  void pause();
  void toggle() { isPlaying() ? pause() : play(); }
  double speed() const { return speed_; }
  void setSpeed(double speed) { speed_ = speed; }
  /// Moves on by `seconds`, as the timer does.
  void advance(double seconds);

 Q_SIGNALS:
  void playingChanged(bool playing);

 private:
  StepAxis* axis_;
  QTimer timer_;
  QElapsedTimer clock_;
  double position_ = 0, speed_ = 1;
  bool moving_ = false;
};

}  // namespace variometer
