// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/watchdog.h"

#include <QElapsedTimer>
#include <QEvent>
#include <QThread>
#include <algorithm>
#include <cstdio>
#include <ctime>
#include <utility>

namespace variometer {
namespace {

constexpr double kBinMilliseconds = 0.1;
constexpr std::size_t kBins = 2000;
constexpr double kLongMilliseconds = 40;

/// Processor time of this thread: what a handler did itself, whoever else had the processor meanwhile.
double threadMilliseconds() {
  timespec now{};
  ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) * 1e3 + static_cast<double>(now.tv_nsec) * 1e-6;
}

}  // namespace

WatchedApplication::WatchedApplication(int& argc, char** argv) : QApplication(argc, argv), bins_(kBins, 0) {}

WatchedApplication* WatchedApplication::instance() {
  return dynamic_cast<WatchedApplication*>(QCoreApplication::instance());
}

bool WatchedApplication::notify(QObject* receiver, QEvent* event) {
  if (QThread::currentThread() != thread()) return QApplication::notify(receiver, event);
  const int level = thread()->loopLevel();
  if (level == active_level_) return QApplication::notify(receiver, event);  // part of the handler around it

  // The receiver may be gone afterwards: what is to be remembered is looked up before.
  const char* const class_name = receiver->metaObject()->className();
  const int type = event->type();
  bool ran_a_loop = false;
  if (ran_a_loop_ != nullptr) *ran_a_loop_ = true;
  bool* const outer_flag = std::exchange(ran_a_loop_, &ran_a_loop);
  const int outer_level = std::exchange(active_level_, level);
  QElapsedTimer timer;
  timer.start();
  const double worked_before = threadMilliseconds();
  const bool handled = QApplication::notify(receiver, event);
  const double milliseconds = static_cast<double>(timer.nsecsElapsed()) * 1e-6;
  active_level_ = outer_level;
  ran_a_loop_ = outer_flag;
  if (!ran_a_loop) add(milliseconds, threadMilliseconds() - worked_before, class_name, type);
  return handled;
}

void WatchedApplication::add(double milliseconds, double worked, const char* class_name, int type) {
  ++n_;
  const auto bin = static_cast<std::size_t>(milliseconds / kBinMilliseconds);
  ++bins_[std::min(bin, kBins - 1)];
  static const bool told = qEnvironmentVariableIsSet("VARIOMETER_TIMINGS");
  if (told && milliseconds > kLongMilliseconds) {
    std::fprintf(stderr, "handler took %.0f ms, %.0f ms of them at work: %s, event %d\n", milliseconds, worked,
                 class_name, type);
  }
  if (milliseconds > worst_) {
    worst_ = milliseconds;
    worst_handler_ = QStringLiteral("%1, event %2").arg(QString::fromLatin1(class_name)).arg(type);
  }
}

WatchedApplication::Delays WatchedApplication::delays() const {
  Delays delays{.worst = worst_, .n = n_};
  // Tens of thousands of handlers do nothing at all: the percentile is over those that did something.
  std::int64_t counted = 0;
  for (std::size_t i = 1; i < kBins; ++i) counted += bins_[i];
  std::int64_t left = counted / 100;
  for (std::size_t i = kBins; i-- > 1;) {
    left -= bins_[i];
    if (left < 0) {
      delays.p99 = static_cast<double>(i + 1) * kBinMilliseconds;
      break;
    }
  }
  return delays;
}

void WatchedApplication::resetDelays() {
  std::fill(bins_.begin(), bins_.end(), 0);
  n_ = 0;
  worst_ = 0;
  worst_handler_.clear();
}

}  // namespace variometer
