// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <mutex>
#include <optional>
#include <stop_token>
#include <utility>
#include <vector>

namespace variometer {

/// Commands travel from any thread to the trainer, in the order posted. Unbounded: people are slow.
/// Any thread may push; one thread takes.
template <class T>
class CommandQueue {
 public:
  void push(T value) {
    {
      const std::scoped_lock lock(mutex_);
      values_.push_back(std::move(value));
    }
    wake_.notify_one();
  }

  std::optional<T> try_take() {
    const std::scoped_lock lock(mutex_);
    return take_locked();
  }

  /// Sleeps until a value is there or `stop` is requested (then nothing is returned). Never polls.
  std::optional<T> wait_take(const std::stop_token& stop) {
    std::unique_lock lock(mutex_);
    wake_.wait(lock, stop, [this] { return !values_.empty(); });
    return take_locked();
  }

 private:
  std::optional<T> take_locked() {
    if (values_.empty()) return std::nullopt;
    std::optional<T> value(std::move(values_.front()));
    values_.pop_front();
    return value;
  }

  std::mutex mutex_;
  std::condition_variable_any wake_;
  std::deque<T> values_;
};

/// Curves must be whole: holds up to `capacity` values; a full queue forgets the oldest and counts it, so that the
/// reader can show the gap. One thread pushes, one drains; neither waits for the other longer than a pointer swap.
template <class T>
class BoundedQueue {
 public:
  explicit BoundedQueue(std::size_t capacity) : capacity_(capacity) {}

  void push(T value) {
    const std::scoped_lock lock(mutex_);
    if (values_.size() >= capacity_) {
      values_.pop_front();
      ++dropped_;
    }
    values_.push_back(std::move(value));
  }

  /// Everything pushed since the last call, oldest first.
  std::vector<T> drain() {
    std::deque<T> taken;
    {
      const std::scoped_lock lock(mutex_);
      taken.swap(values_);
    }
    return {std::make_move_iterator(taken.begin()), std::make_move_iterator(taken.end())};
  }

  /// How many values were ever forgotten because nobody drained in time.
  std::int64_t dropped() const {
    const std::scoped_lock lock(mutex_);
    return dropped_;
  }

 private:
  const std::size_t capacity_;
  mutable std::mutex mutex_;
  std::deque<T> values_;
  std::int64_t dropped_ = 0;
};

/// Pictures must be fresh: the newest value wins, older ones are forgotten unseen.
template <class T>
class Newest {
 public:
  void set(T value) {
    const std::scoped_lock lock(mutex_);
    value_ = std::move(value);
  }

  /// The newest value not taken yet, if any.
  std::optional<T> take() {
    const std::scoped_lock lock(mutex_);
    return std::exchange(value_, std::nullopt);
  }

 private:
  std::mutex mutex_;
  std::optional<T> value_;
};

}  // namespace variometer
