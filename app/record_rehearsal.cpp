// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/record_rehearsal.h"

#include <QEventLoop>
#include <QFileInfo>
#include <QJsonDocument>
#include <QJsonObject>
#include <QProgressDialog>

#include "core/base/error.h"

namespace variometer {

RecordRehearsal::RecordRehearsal(const QString& program, QString path) : path_(std::move(path)) {
  connect(&process_, &QProcess::readyReadStandardOutput, this, &RecordRehearsal::readLines);
  connect(&process_, &QProcess::finished, this, &RecordRehearsal::finish);
  process_.start(program, {QStringLiteral("check"), QStringLiteral("--json"), QStringLiteral("--progress"), path_},
                 QIODevice::ReadOnly);
  if (!process_.waitForStarted()) {
    throw run_error(program.toStdString() + ": " + process_.errorString().toStdString());
  }
}

RecordRehearsal::~RecordRehearsal() {
  process_.disconnect(this);
  process_.kill();  // takes the reader, its child, with it
  process_.waitForFinished();
}

void RecordRehearsal::readLines() {
  while (process_.canReadLine()) {
    const QJsonObject line = QJsonDocument::fromJson(process_.readLine()).object();
    if (line.contains(QStringLiteral("read"))) {
      course_->tell(line.value(QStringLiteral("read")).toInteger());
    } else if (line.contains(QStringLiteral("whole"))) {
      is_whole_told_ = true;  // whatever state it is in, it was read to the end
    }
    if (has_begun_) continue;
    has_begun_ = true;
    Q_EMIT begun();
  }
}

void RecordRehearsal::finish() {
  readLines();
  if (is_whole_told_) {
    course_->pass();
  } else {
    failure_ = QString::fromUtf8(process_.readAllStandardError()).trimmed();
    if (const auto prefix = QStringLiteral("variometer: "); failure_.startsWith(prefix)) {
      failure_.remove(0, prefix.size());
    }
    if (failure_.isEmpty()) failure_ = tr("%1: could not be read in a process of its own").arg(path_);
    course_->fail(failure_.toStdString());
  }
  Q_EMIT ended();
}

std::unique_ptr<RecordRehearsal> rehearseRecord(QWidget* parent, const QString& program, const QString& path,
                                                Until until) {
  auto rehearsal = std::make_unique<RecordRehearsal>(program, path);
  QProgressDialog progress(
      QObject::tr("Reading \"%1\" in a process of its own first: a damaged file cannot harm what is open here.")
          .arg(QFileInfo(path).fileName()),
      QObject::tr("Cancel"), 0, 0, parent);
  progress.setWindowTitle(QObject::tr("Open run"));
  progress.setWindowModality(Qt::WindowModal);
  progress.setMinimumDuration(1000);
  progress.setValue(0);
  QEventLoop loop;
  QObject::connect(rehearsal.get(), &RecordRehearsal::ended, &loop, &QEventLoop::quit);
  if (until == Until::begun) QObject::connect(rehearsal.get(), &RecordRehearsal::begun, &loop, &QEventLoop::quit);
  QObject::connect(&progress, &QProgressDialog::canceled, &loop, &QEventLoop::quit);
  const auto is_there = [&] { return rehearsal->hasEnded() || (until == Until::begun && rehearsal->hasBegun()); };
  if (!is_there()) loop.exec();
  if (!is_there()) return nullptr;
  if (!rehearsal->failure().isEmpty()) throw file_error(rehearsal->failure().toStdString());
  return rehearsal;
}

}  // namespace variometer
