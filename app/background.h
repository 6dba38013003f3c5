// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QApplication>
#include <QEventLoop>
#include <future>
#include <thread>
#include <utility>

namespace variometer {

/// Runs `work` on a thread of its own and returns what it returns or throws. Meanwhile the window is painted and its
/// timers run, so that it is never deaf for the disk or a step in hand; keys and clicks wait until the work is done.
/// For what lasts seconds at most and must not overlap with anything the user does. GUI thread.
template <class F>
auto in_background(F&& work) {
  QEventLoop loop;
  std::packaged_task<decltype(work())()> task(std::forward<F>(work));
  auto result = task.get_future();
  const std::jthread worker([&task, &loop] {
    task();
    QMetaObject::invokeMethod(&loop, &QEventLoop::quit, Qt::QueuedConnection);
  });
  loop.exec(QEventLoop::ExcludeUserInputEvents);
  return result.get();  // also waits, should the loop have been left because the program ends
}

/// Sets a flag and the pointer's shape while the scope lasts.
class Busy {
 public:
  explicit Busy(bool& flag) : flag_(flag) {
    flag_ = true;
    QApplication::setOverrideCursor(Qt::BusyCursor);
  }
  ~Busy() {
    flag_ = false;
    QApplication::restoreOverrideCursor();
  }
  Busy(const Busy&) = delete;
  Busy& operator=(const Busy&) = delete;

 private:
  bool& flag_;
};

}  // namespace variometer
