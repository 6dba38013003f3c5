// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/record_place.h"

#include <QCoreApplication>

#include "app/folders.h"
#include "app/question.h"
#include "app/settings.h"

namespace variometer {
namespace {

QString tr(const char* text) { return QCoreApplication::translate("variometer::RecordPlace", text); }

}  // namespace

bool settleRecord(QWidget* parent, LiveOptions& options) {
  if (!options.record.empty() || !settings().value(QStringLiteral("record"), true).toBool()) return true;
  const QString name = QString::fromStdString(options.name);
  const QString why = whyNotWritable(folderFor(FileKind::run));
  if (why.isEmpty()) {
    options.record = freshRecordPath(name).toStdString();
    return true;
  }
  const int answer =
      ask(parent, {.title = tr("The run cannot be recorded"),
                   .text = why,
                   .detail = tr("Without a record the curves are lost when the run is closed. Preferences name another "
                                "folder for good."),
                   .answers = {tr("Start &without recording"), tr("&Record in another file…"), tr("Cancel")},
                   .preferred = 0,
                   .cancel = 2});
  if (answer == 0) return true;
  if (answer == 2) return false;
  const QString path = askSaveFile(parent, FileKind::run, tr("Record"), QStringLiteral("run.h5"),
                                   tr("Records (*.h5)"), QFileDialog::DontConfirmOverwrite);
  options.record = path.toStdString();
  return !path.isEmpty();
}

}  // namespace variometer
