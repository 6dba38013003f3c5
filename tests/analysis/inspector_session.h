// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <chrono>
#include <condition_variable>
#include <filesystem>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "core/analysis/model_inspector.h"

namespace variometer {

inline std::filesystem::path test_data(const std::string& name) {
  return std::filesystem::path(VARIOMETER_TEST_DATA) / name;
}

/// An inspector and everything it said, in order.
class Session {
 public:
  explicit Session(const std::filesystem::path& model) {
    inspector = open_inspector({.model = model, .device = "cpu", .threads = 1}, [this] {
      const std::scoped_lock lock(mutex_);
      woken_ = true;
      changed_.notify_one();
    });
  }

  /// Waits for the next event that holds a T and satisfies `wanted`; none: a minute went by.
  template <class T>
  std::optional<T> wait(const std::function<bool(const T&)>& wanted = [](const T&) { return true; }) {
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::minutes(1);
    while (std::chrono::steady_clock::now() < deadline) {
      for (auto& event : inspector->drain()) events.push_back(std::move(event));
      for (; seen_ < events.size(); ++seen_) {
        const auto* found = std::get_if<T>(&events[seen_]);
        if (found != nullptr && wanted(*found)) return ++seen_, *found;
      }
      std::unique_lock lock(mutex_);
      changed_.wait_until(lock, deadline, [this] { return woken_; });
      woken_ = false;
    }
    return std::nullopt;
  }

  std::vector<InspectorEvent> events;
  std::unique_ptr<Inspector> inspector;

 private:
  std::size_t seen_ = 0;
  std::mutex mutex_;
  std::condition_variable changed_;
  bool woken_ = false;
};

}  // namespace variometer
