// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QList>
#include <QPointF>
#include <QString>
#include <vector>

#include "core/base/config.h"

namespace variometer {

/// A demo: a preset of samples/, compiled into the program.
struct Preset {
  QString id;                   ///< file name without .toml
  QString title;                ///< first comment line of the file
  QString summary;              ///< the comment lines after it, up to the first empty line
  QString duration;             ///< "about 2 min", from a comment line "time: ..."
  QString text;                 ///< the file
  QList<QPointF> largest = {};  ///< largest |h| by update, of a run of it that was recorded
};

/// In the order of the start page; the first one is what `train` without a preset does.
const std::vector<Preset>& demoPresets();
/// Whether `id` is that of a demo.
bool isDemo(const QString& id);
/// Title, summary and time from the comments at the top of a preset.
Preset describePreset(const QString& id, const QString& text);

}  // namespace variometer
