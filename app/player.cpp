// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/player.h"

#include <algorithm>
#include <cmath>

#include "widgets/step_axis.h"

namespace variometer {

Player::Player(StepAxis* axis, QObject* parent) : QObject(parent), axis_(axis) {
  timer_.setInterval(33);
  timer_.setTimerType(Qt::PreciseTimer);
  connect(&timer_, &QTimer::timeout, this, [this] { advance(static_cast<double>(clock_.restart()) * 1e-3); });
  const auto taken = [this] {
    if (!moving_) pause();
  };
  connect(axis_, &StepAxis::cursorChanged, this, taken);
  connect(axis_, &StepAxis::followingChanged, this, taken);
}

void Player::play() {
  if (isPlaying() || axis_->latest() <= axis_->first()) return;
  const bool at_end = axis_->following() || axis_->shownStep() >= axis_->latest();
  position_ = static_cast<double>(at_end ? axis_->first() : axis_->shownStep());
  clock_.start();
  timer_.start();
  advance(0);
  Q_EMIT playingChanged(true);
}

void Player::pause() {
  if (!isPlaying()) return;
  timer_.stop();
  Q_EMIT playingChanged(false);
}

void Player::advance(double seconds) {
  position_ = std::min(position_ + seconds * speed_ * kStepsPerSecond, static_cast<double>(axis_->latest()));
  moving_ = true;
  axis_->setCursor(static_cast<std::int64_t>(std::floor(position_)));
  moving_ = false;
  if (position_ >= static_cast<double>(axis_->latest())) pause();
}

}  // namespace variometer
