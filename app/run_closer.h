// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QString>
#include <functional>
#include <memory>
#include <vector>

#include "app/open_run.h"

class QWidget;

namespace variometer {

/// Sees to it that a run is closed with nothing lost that the user did not give up: brings it to rest, where its
/// weights are saved, and asks where something would be gone, with Save as a choice. Closes nothing itself. GUI thread.
class RunCloser {
 public:
  /// Asks where to and saves the model of a run; false: it was not saved.
  using Save = std::function<bool(OpenRun&)>;
  RunCloser(QWidget* window, Save save);

  /// True: it is at rest and can be closed.
  bool prepare(OpenRun& run);
  /// The question before the window closes with runs that train; their weights are saved then. False: rather not.
  bool askToQuit(const std::vector<std::unique_ptr<OpenRun>>& runs) const;

  /// Waits for what was posted to a run: the step in hand, a model on its way to the disk.
  static void waitUntil(RunSession& session, const std::function<bool()>& done);

 private:
  bool giveUp(OpenRun& run, const QString& loss, const QString& why) const;
  /// Why its weights could not be saved; empty: they were, or were not to be.
  static QString bringToRest(OpenRun& run);

  QWidget* window_;
  Save save_;
};

}  // namespace variometer
