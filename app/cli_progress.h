// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <chrono>
#include <cstdint>
#include <string>

namespace variometer {

/// 1.2k, 3.4M: a count for people.
std::string short_count(double value);
/// 4.2 s, 3 min 10 s, 1 h 02 min
std::string short_duration(double seconds);
/// 12.3 MB
std::string short_bytes(double bytes);

/// A bar on stderr when that is a terminal, redrawn at most ten times a second; nothing at all otherwise.
/// One thread uses it.
class ProgressBar {
 public:
  explicit ProgressBar(std::int64_t total, std::int64_t first = 0);
  ~ProgressBar();  ///< takes the bar off the screen
  ProgressBar(const ProgressBar&) = delete;
  ProgressBar& operator=(const ProgressBar&) = delete;

  /// `note` stands behind the bar: rate, loss.
  void show(std::int64_t done, const std::string& note);
  /// Takes the bar away, so that a line can be printed where it was; the next `show` draws it again.
  void clear();

 private:
  using Clock = std::chrono::steady_clock;
  const std::int64_t total_, first_;
  const bool visible_;
  bool drawn_ = false;
  const Clock::time_point start_ = Clock::now();
  Clock::time_point last_drawn_{};
};

}  // namespace variometer
