// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QString>

#include "app/open_run.h"

namespace variometer {

/// What of a run lies on the disk, and what would be gone with it.
struct Keeping {
  QString record;   ///< empty: there is no such file
  QString weights;  ///< folder of the newest ones; empty: none is there
  std::int64_t weights_step = 0;
  bool weights_current = false;  ///< they are those of the model as it is
};
Keeping keepingOf(const OpenRun& run);

/// "Kept in /a: the record run.h5 and the weights after step 2,000 beside it."
QString keptSentence(const Keeping& keeping);

/// What would be lost by closing the run now; empty: nothing. With `saves`, weights are saved on closing.
QString lossSentence(const OpenRun& run, bool saves);

/// Its weights are saved by themselves where it stops.
bool savesItself(const OpenRun& run);

/// The newest checkpoint a run or record names that is still there; empty: none.
QString newestWeights(const RunHistory& history, std::int64_t* step = nullptr);

}  // namespace variometer
