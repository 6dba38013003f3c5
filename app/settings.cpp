// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/settings.h"

#include <QCoreApplication>
#include <QCryptographicHash>
#include <QDir>
#include <QFile>
#include <QFileInfo>
#include <QJsonDocument>
#include <QJsonObject>
#include <QStandardPaths>
#include <algorithm>
#include <csignal>
#include <memory>

#include "app/folders.h"
#include "core/base/cache_folder.h"

namespace variometer {
namespace {

QString journalPath(const QString& record) {
  const QByteArray mark = QCryptographicHash::hash(record.toUtf8(), QCryptographicHash::Sha1).toHex().left(12);
  return configFolder() +
         QStringLiteral("/session-%1-%2.json").arg(QCoreApplication::applicationPid()).arg(QString::fromLatin1(mark));
}

}  // namespace

QString configFolder() {
  QString path = qEnvironmentVariable("VARIOMETER_CONFIG_DIR");
  if (path.isEmpty()) {
    path = QStandardPaths::writableLocation(QStandardPaths::GenericConfigLocation) + QStringLiteral("/variometer");
  }
  QDir().mkpath(path);
  return path;
}

QString cacheFolder() {
  QString path = QString::fromStdString(cache_folder().string());
  if (path.isEmpty()) {  // no home
    path = QStandardPaths::writableLocation(QStandardPaths::GenericCacheLocation) + QStringLiteral("/variometer");
  }
  QDir().mkpath(path);
  return path;
}

QString recordFolder() {
  const QString path = folderFor(FileKind::run);
  QDir().mkpath(path);
  return path;
}

QString freshRecordPath(const QString& run_name) {
  QString name;
  for (const QChar c : run_name.toLower()) {
    if (c.isLetterOrNumber() && c.unicode() < 128) {
      name += c;
    } else if (!name.isEmpty() && !name.endsWith(QLatin1Char('-'))) {
      name += QLatin1Char('-');
    }
  }
  while (name.endsWith(QLatin1Char('-'))) name.chop(1);
  if (name.isEmpty()) name = QStringLiteral("run");
  const QString stem = recordFolder() + QLatin1Char('/') + name + QLatin1Char('-') +
                       QDateTime::currentDateTime().toString(QStringLiteral("yyyyMMdd-HHmmss"));
  QString path = stem + QStringLiteral(".h5");
  for (int i = 2; QFileInfo::exists(path); ++i) path = stem + QStringLiteral("-%1.h5").arg(i);
  return path;
}

QSettings& settings() {
  static std::unique_ptr<QSettings> open;
  // Tests move the config folder; the settings follow it.
  const QString path = configFolder() + QStringLiteral("/window.ini");
  if (!open || open->fileName() != path) open = std::make_unique<QSettings>(path, QSettings::IniFormat);
  return *open;
}

int moreSteps() { return std::clamp(settings().value(QStringLiteral("more_steps"), 500).toInt(), 1, kMostSteps); }

void setMoreSteps(int n) { settings().setValue(QStringLiteral("more_steps"), n); }

int curveMemoryMegabytes() {
  bool ok = false;
  const int megabytes = settings().value(QStringLiteral("curve_memory_mb"), 256).toInt(&ok);
  return ok ? std::clamp(megabytes, 32, 65536) : 256;
}

void setCurveMemoryMegabytes(int megabytes) { settings().setValue(QStringLiteral("curve_memory_mb"), megabytes); }

std::vector<RecentRun> recentRuns() {
  std::vector<RecentRun> runs;
  QSettings& store = settings();
  const int n = store.beginReadArray(QStringLiteral("recent"));
  for (int i = 0; i < n; ++i) {
    store.setArrayIndex(i);
    RecentRun run{store.value(QStringLiteral("path")).toString(), store.value(QStringLiteral("name")).toString(),
                  store.value(QStringLiteral("step")).toLongLong(), store.value(QStringLiteral("time")).toDateTime()};
    for (const QVariant& value : store.value(QStringLiteral("curve")).toList()) run.curve << value.toFloat();
    for (const QVariant& value : store.value(QStringLiteral("largest")).toList()) run.largest << value.toPointF();
    run.origin = store.value(QStringLiteral("origin")).toString();
    run.model = store.value(QStringLiteral("model")).toBool();
    if (QFileInfo::exists(run.path)) runs.push_back(std::move(run));
  }
  store.endArray();
  return runs;
}

void rememberRun(const RecentRun& run) {
  std::vector<RecentRun> runs = recentRuns();
  std::erase_if(runs, [&](const RecentRun& other) {
    return other.path == run.path || (!run.origin.isEmpty() && other.origin == run.origin);
  });
  runs.insert(runs.begin(), run);
  if (runs.size() > 12) runs.resize(12);
  QSettings& store = settings();
  store.beginWriteArray(QStringLiteral("recent"), static_cast<int>(runs.size()));
  for (int i = 0; i < static_cast<int>(runs.size()); ++i) {
    const RecentRun& entry = runs[static_cast<std::size_t>(i)];
    store.setArrayIndex(i);
    store.setValue(QStringLiteral("path"), entry.path);
    store.setValue(QStringLiteral("name"), entry.name);
    store.setValue(QStringLiteral("step"), entry.step);
    store.setValue(QStringLiteral("time"), entry.time);
    store.setValue(QStringLiteral("curve"), QVariantList(entry.curve.begin(), entry.curve.end()));
    store.setValue(QStringLiteral("largest"), QVariantList(entry.largest.begin(), entry.largest.end()));
    store.setValue(QStringLiteral("origin"), entry.origin);
    store.setValue(QStringLiteral("model"), entry.model);
  }
  store.endArray();
}

void forgetRecentRuns() { settings().remove(QStringLiteral("recent")); }

void writeJournal(const Journal& journal) {
  // Not a QSaveFile: its fsync would make the window wait for the disk, and a torn journal costs a comfort, no data.
  QFile file(journalPath(journal.record));
  if (!file.open(QIODevice::WriteOnly | QIODevice::Truncate)) return;
  const QJsonObject object{{QStringLiteral("record"), journal.record},
                           {QStringLiteral("name"), journal.name},
                           {QStringLiteral("step"), journal.step}};
  file.write(QJsonDocument(object).toJson());
}

void removeJournal(const QString& record) { QFile::remove(journalPath(record)); }

std::optional<Journal> abandonedJournal() {
  const QDir here(configFolder());
  for (const QFileInfo& entry : here.entryInfoList({QStringLiteral("session-*.json")}, QDir::Files, QDir::Time)) {
    const qint64 process = entry.completeBaseName().section(QLatin1Char('-'), 1, 1).toLongLong();
    if (process <= 0 || process == QCoreApplication::applicationPid()) continue;
    if (::kill(static_cast<pid_t>(process), 0) == 0) continue;  // another window, alive
    QFile file(entry.filePath());
    if (!file.open(QIODevice::ReadOnly)) continue;
    const QJsonObject object = QJsonDocument::fromJson(file.readAll()).object();
    const Journal journal{object.value(QStringLiteral("record")).toString(),
                          object.value(QStringLiteral("name")).toString(),
                          object.value(QStringLiteral("step")).toInteger()};
    if (QFileInfo::exists(journal.record)) return journal;
    QFile::remove(entry.filePath());
  }
  return std::nullopt;
}

void discardJournal(const Journal& journal) {
  const QDir here(configFolder());
  for (const QFileInfo& entry : here.entryInfoList({QStringLiteral("session-*.json")}, QDir::Files)) {
    QFile file(entry.filePath());
    if (!file.open(QIODevice::ReadOnly)) continue;
    const QJsonObject object = QJsonDocument::fromJson(file.readAll()).object();
    if (object.value(QStringLiteral("record")).toString() == journal.record) QFile::remove(entry.filePath());
  }
}

}  // namespace variometer
