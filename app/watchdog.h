// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QApplication>
#include <cstdint>
#include <vector>

namespace variometer {

/// The application, with a clock around every event handler: how long the window was deaf. Nested events count as part
/// of the outer one; dialogs' own loops do not count. With VARIOMETER_TIMINGS in the environment every long handler is
/// named on stderr. GUI thread.
class WatchedApplication : public QApplication {
 public:
  WatchedApplication(int& argc, char** argv);
  bool notify(QObject* receiver, QEvent* event) override;

  struct Delays {
    double p99 = 0;      ///< of the handlers that took more than 0.1 ms, milliseconds
    double worst = 0;    ///< milliseconds
    std::int64_t n = 0;  ///< handlers in all
  };
  Delays delays() const;
  void resetDelays();
  /// The longest handler so far: receiver's class and the event's number.
  QString worstHandler() const { return worst_handler_; }
  static WatchedApplication* instance();

 private:
  void add(double milliseconds, double worked, const char* class_name, int type);

  // Bins of 0.1 ms up to 200 ms: exact enough for a percentile and of constant size.
  std::vector<std::int64_t> bins_;
  std::int64_t n_ = 0;
  double worst_ = 0;
  QString worst_handler_;
  int active_level_ = -1;       // level of the event loop whose handler runs now
  bool* ran_a_loop_ = nullptr;  // set when that handler opened a loop of its own (a dialog)
};

}  // namespace variometer
