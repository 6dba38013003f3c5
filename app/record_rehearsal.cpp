// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/record_rehearsal.h"

#include <QEventLoop>
#include <QFileInfo>
#include <QJsonDocument>
#include <QProcess>
#include <QProgressDialog>

#include "core/base/error.h"

namespace variometer {

bool rehearseRecord(QWidget* parent, const QString& program, const QString& path) {
  QProcess process;
  process.start(program, {QStringLiteral("check"), QStringLiteral("--json"), path}, QIODevice::ReadOnly);
  if (!process.waitForStarted()) {
    throw run_error(program.toStdString() + ": " + process.errorString().toStdString());
  }
  QProgressDialog progress(
      QObject::tr("Reading \"%1\" once in a process of its own: a damaged file cannot harm what is open here.")
          .arg(QFileInfo(path).fileName()),
      QObject::tr("Cancel"), 0, 0, parent);
  progress.setWindowTitle(QObject::tr("Open run"));
  progress.setWindowModality(Qt::WindowModal);
  progress.setMinimumDuration(1000);
  progress.setValue(0);
  QEventLoop loop;
  QObject::connect(&process, &QProcess::finished, &loop, &QEventLoop::quit);
  QObject::connect(&progress, &QProgressDialog::canceled, &loop, &QEventLoop::quit);
  if (process.state() != QProcess::NotRunning) loop.exec();
  if (process.state() != QProcess::NotRunning) {
    process.kill();  // takes the reader, its child, with it
    process.waitForFinished();
    return false;
  }
  // What was read to the end is told as JSON, whatever state it is in.
  if (QJsonDocument::fromJson(process.readAllStandardOutput()).isObject()) return true;
  QString line = QString::fromUtf8(process.readAllStandardError()).trimmed();
  if (const auto prefix = QStringLiteral("variometer: "); line.startsWith(prefix)) line.remove(0, prefix.size());
  throw file_error(line.isEmpty() ? path.toStdString() + ": could not be read in a process of its own"
                                  : line.toStdString());
}

}  // namespace variometer
