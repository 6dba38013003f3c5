// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/autosave.h"

#include <QDir>
#include <QFileInfo>
#include <algorithm>

#include "app/settings.h"

namespace variometer {
namespace {

constexpr auto kOn = "autosave/on", kEvery = "autosave/every", kKeep = "autosave/keep", kFolder = "autosave/folder";

QVariant stored(const char* key, const QVariant& otherwise) { return settings().value(QLatin1String(key), otherwise); }

bool isFree(const QString& folder) {
  return !QFileInfo::exists(folder) || (QFileInfo(folder).isDir() && QDir(folder).isEmpty());
}

}  // namespace

Autosave chosenAutosave() {
  Autosave chosen;
  chosen.on = stored(kOn, chosen.on).toBool();
  chosen.every = std::clamp(stored(kEvery, chosen.every).toInt(), 1, Autosave::kMostEvery);
  chosen.keep = std::clamp(stored(kKeep, chosen.keep).toInt(), 1, Autosave::kMostKept);
  chosen.folder = stored(kFolder, chosen.folder).toString();
  return chosen;
}

void chooseAutosave(const Autosave& autosave) {
  settings().setValue(QLatin1String(kOn), autosave.on);
  settings().setValue(QLatin1String(kEvery), autosave.every);
  settings().setValue(QLatin1String(kKeep), autosave.keep);
  settings().setValue(QLatin1String(kFolder), autosave.folder);
}

QString weightsFolder(const Autosave& autosave, const QString& record, const QString& name) {
  const QFileInfo file(record.isEmpty() ? freshRecordPath(name) : record);
  const QString folder = autosave.folder.isEmpty() ? file.absolutePath() : autosave.folder;
  const QString stem = QDir(folder).filePath(file.completeBaseName() + QStringLiteral("-weights"));
  QString path = stem;
  for (int i = 2; !isFree(path); ++i) path = stem + QStringLiteral("-%1").arg(i);
  return path;
}

void applyAutosave(const Autosave& autosave, LiveOptions& options) {
  if (!autosave.on || !options.checkpoint.empty()) return;
  options.checkpoint =
      weightsFolder(autosave, QString::fromStdString(options.record.string()), QString::fromStdString(options.name))
          .toStdString();
  options.checkpoint_every = autosave.every;
  options.checkpoint_keep = autosave.keep;
  options.checkpoint_switches = false;  // undo keeps those in memory; on the disk they would not be thinned out
}

}  // namespace variometer
