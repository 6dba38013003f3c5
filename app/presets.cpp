// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/presets.h"

#include <algorithm>
#include <QDir>
#include <QFile>
#include <QStringList>

static void initialisePresets() { Q_INIT_RESOURCE(presets); }

namespace variometer {
namespace {

/// "step,largest" and a line for each measured update.
QList<QPointF> readCurve(const QString& path) {
  QList<QPointF> curve;
  QFile file(path);
  if (!file.open(QIODevice::ReadOnly)) return curve;
  for (const QByteArray& line : file.readAll().split('\n')) {
    const qsizetype comma = line.indexOf(',');
    bool step_ok = false, value_ok = false;
    const QPointF point(line.left(comma).toDouble(&step_ok), line.mid(comma + 1).toDouble(&value_ok));
    if (comma > 0 && step_ok && value_ok) curve << point;
  }
  return curve;
}

}  // namespace

bool isDemo(const QString& id) {
  const auto& demos = demoPresets();
  return std::any_of(demos.begin(), demos.end(), [&](const Preset& demo) { return demo.id == id; });
}

Preset describePreset(const QString& id, const QString& text) {
  Preset preset{.id = id, .title = id, .text = text};
  QStringList summary;
  bool titled = false;
  for (const QString& raw : text.split(QLatin1Char('\n'))) {
    QString line = raw.trimmed();
    if (!line.startsWith(QLatin1Char('#'))) break;
    line = line.mid(1).trimmed();
    if (line.isEmpty()) break;
    if (line.startsWith(QStringLiteral("SPDX"))) continue;
    if (line.startsWith(QStringLiteral("time:"), Qt::CaseInsensitive)) {
      preset.duration = line.mid(5).trimmed();
    } else if (!titled) {
      preset.title = line;
      titled = true;
    } else {
      summary << line;
    }
  }
  preset.summary = summary.join(QLatin1Char(' '));
  return preset;
}

const std::vector<Preset>& demoPresets() {
  static const std::vector<Preset> presets = [] {
    initialisePresets();
    std::vector<Preset> found;
    const QDir folder(QStringLiteral(":/presets"));
    for (const QString& name : folder.entryList(QDir::Files, QDir::Name)) {
      QFile file(folder.filePath(name));
      if (!file.open(QIODevice::ReadOnly)) continue;
      QString id = name;
      id.chop(5);
      // "1-first.toml" is the preset samples/first.toml: the number orders the start page.
      if (const qsizetype dash = id.indexOf(QLatin1Char('-')); dash > 0 && id.at(0).isDigit()) id = id.mid(dash + 1);
      found.push_back(describePreset(id, QString::fromUtf8(file.readAll())));
      found.back().largest = readCurve(QStringLiteral(":/curves/%1.csv").arg(id));
    }
    return found;
  }();
  return presets;
}

}  // namespace variometer
