// SPDX-License-Identifier: GPL-3.0-or-later
#include <algorithm>

#include "core/probe/probe.h"

namespace variometer {
namespace {

constexpr std::int64_t kWindowSteps = 50;
constexpr std::int64_t kWindowMeasurements = 5;
constexpr std::int64_t kMostWindowSteps = 20000;  // nothing was measured for that long: judge anyway
constexpr std::int64_t kWarmUpSteps = 20;         // first steps allocate, and measure densely
constexpr std::int64_t kMeanSteps = 200;
constexpr std::int64_t kMostThinning = 64;
constexpr double kRelaxedShare = 0.7;  // of the budget, after halving: far enough below that it does not swing back

}  // namespace

bool is_due(std::int64_t step, std::int64_t every, bool dense_start) {
  if (every <= 0 || step < 0) return false;
  if (step % every == 0) return true;
  return dense_start && step < every && (step & (step - 1)) == 0;
}

void ObserverBudget::add_step(double step_seconds, double observe_seconds) {
  ++n_step_;
  const double weight = 1.0 / static_cast<double>(std::min(n_step_, kMeanSteps));
  step_mean_ += weight * (step_seconds - step_mean_);
  observe_mean_ += weight * (observe_seconds - observe_mean_);
  fraction_ = step_mean_ > 0 ? observe_mean_ / step_mean_ : 0;
  if (n_step_ <= kWarmUpSteps) return;
  window_seconds_ += step_seconds;
  window_observe_seconds_ += observe_seconds;
  ++window_steps_;
  window_measurements_ += observe_seconds > 0;
  const bool enough = window_steps_ >= kWindowSteps && window_measurements_ >= kWindowMeasurements;
  if (enough || window_steps_ >= kMostWindowSteps) close_window();
}

void ObserverBudget::close_window() {
  const double share = window_seconds_ > 0 ? window_observe_seconds_ / window_seconds_ : 0;
  if (share > budget_) {
    thinning_ = std::min(2 * thinning_, kMostThinning);
  } else if (thinning_ > 1 && 2 * share < kRelaxedShare * budget_) {
    thinning_ /= 2;
  }
  window_seconds_ = window_observe_seconds_ = 0;
  window_steps_ = window_measurements_ = 0;
}

}  // namespace variometer
