// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QObject>
#include <QProcess>
#include <QString>
#include <memory>

#include "core/base/rehearsal.h"

class QWidget;

namespace variometer {

/// `program check` as it reads a record from end to end: the HDF5 library can be made to fall over a file, or never to
/// come back from it, and must not take a running model with it. Ends with this object. GUI thread.
class RecordRehearsal : public QObject {
  Q_OBJECT
 public:
  /// Throws Error(run) when the program cannot be started.
  RecordRehearsal(const QString& program, QString path);
  ~RecordRehearsal() override;

  /// How far it is, for whoever reads the record behind it.
  const std::shared_ptr<Rehearsal>& course() const { return course_; }
  bool hasBegun() const { return has_begun_; }
  bool hasEnded() const { return process_.state() == QProcess::NotRunning; }
  /// Why it came to no end; empty: it did, or goes on.
  QString failure() const { return failure_; }

 Q_SIGNALS:
  /// The first snapshots can be read.
  void begun();
  void ended();

 private:
  void readLines();
  void finish();

  QProcess process_;
  QString path_, failure_;
  std::shared_ptr<Rehearsal> course_ = std::make_shared<Rehearsal>();
  bool has_begun_ = false, is_whole_told_ = false;
};

enum class Until { begun, ended };

/// A rehearsal of the record, as soon as it is that far; it goes on by itself. After a second a dialog says what is
/// going on and offers Cancel; null: cancelled. Throws Error(file) with the program's line when the file is no record
/// or the library fell; a record that is damaged, or was not closed, is left to whoever opens it next. Keys and clicks
/// on `parent` wait meanwhile.
std::unique_ptr<RecordRehearsal> rehearseRecord(QWidget* parent, const QString& program, const QString& path,
                                                Until until);

}  // namespace variometer
