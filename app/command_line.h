// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QString>
#include <vector>

#include "core/base/command.h"
#include "core/base/config.h"

namespace variometer {

/// What the window knows of the run that is to be repeated.
struct RepeatedRun {
  RunConfig config;  ///< as the run began
  QString record;    ///< of the repetition; empty: none
  QString init;      ///< folder it started from
  QString resume;
  struct Change {
    std::int64_t step = 0;  ///< the update it came before
    Command command;
  };
  std::vector<Change> changes;
  std::int64_t steps = 0;  ///< updates made so far; 0: as configured
};

/// The `variometer train ...` that does the same: only what differs from the defaults, quoted for a POSIX shell.
QString trainCommandLine(const RepeatedRun& run);
/// `text` as one word of a POSIX shell.
QString shellQuoted(const QString& text);

}  // namespace variometer
