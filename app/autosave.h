// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QString>

#include "core/train/live_run.h"

namespace variometer {

/// How the weights of a run started in the window are saved by themselves: when, how many stay, and where.
struct Autosave {
  static constexpr int kMostEvery = 1000000, kMostKept = 100;

  bool on = true;   ///< while it trains and wherever it rests; off: only when the user says so
  int every = 500;  ///< updates
  int keep = 2;     ///< the newest ones stay
  QString folder;   ///< empty: beside the record

  bool operator==(const Autosave&) const = default;
};

/// As chosen in Preferences; the defaults above until then.
Autosave chosenAutosave();
void chooseAutosave(const Autosave& autosave);

/// The folder for the weights of a run recorded in `record` (NAME.h5 -> NAME-weights), or called `name` where it is not
/// recorded. It is empty or does not exist.
QString weightsFolder(const Autosave& autosave, const QString& record, const QString& name);

/// Puts it into the options of a run that is about to start; a checkpoint folder that is there already stays.
void applyAutosave(const Autosave& autosave, LiveOptions& options);

}  // namespace variometer
