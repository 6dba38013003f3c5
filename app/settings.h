// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QDateTime>
#include <QList>
#include <QPointF>
#include <QSettings>
#include <QString>
#include <QStringList>
#include <optional>
#include <vector>

namespace variometer {

/// Folders the window writes to: VARIOMETER_CONFIG_DIR and VARIOMETER_CACHE_DIR, else the XDG ones. Made when missing.
QString configFolder();
QString cacheFolder();
/// Where runs are recorded unless the user says otherwise (folders.h). Made when missing.
QString recordFolder();
/// <recordFolder>/<name>-<date>-<time>.h5, a name that is free.
QString freshRecordPath(const QString& run_name);

/// The window's settings, an ini file in the config folder.
QSettings& settings();

/// How many updates "more" are, after the last one a run was to make.
int moreSteps();
void setMoreSteps(int n);
inline constexpr int kMostSteps = 1000000;

/// What the curves of one run may take in memory (Preferences, in MB); beyond it older measurements are kept in groups.
int curveMemoryMegabytes();
void setCurveMemoryMegabytes(int megabytes);

/// A run that was recorded or opened, or a model that was inspected.
struct RecentRun {
  QString path;
  QString name;
  qint64 step = 0;
  QDateTime time;
  QList<float> curve = {};      ///< its loss, a few values
  QList<QPointF> largest = {};  ///< of a demo: its largest |h| by update, a few values
  /// What it is a repetition of: of several with the same origin the newest stands for all. Empty: of nothing.
  QString origin = {};
  bool model = false;  ///< inspected: no run
};
/// Newest first, at most twelve, only what still exists.
std::vector<RecentRun> recentRuns();
void rememberRun(const RecentRun& run);
void forgetRecentRuns();

/// A run this window is recording (one journal each), written at its start and removed when its record is closed: what
/// is left of it at the next start, with its process gone, is a session that ended unexpectedly.
struct Journal {
  QString record;
  QString name;
  qint64 step = 0;
};
void writeJournal(const Journal& journal);
void removeJournal(const QString& record);
/// The journal of a process that no longer lives, if there is one.
std::optional<Journal> abandonedJournal();
void discardJournal(const Journal& journal);

}  // namespace variometer
