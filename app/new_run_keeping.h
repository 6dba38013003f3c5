// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QWidget>

#include "app/autosave.h"
#include "core/train/live_run.h"

class QCheckBox;
class QLineEdit;
class QPushButton;

namespace variometer {

class AutosaveForm;
class ProblemLabel;

/// The foot of the New run form: where the run is recorded and its weights are saved. Where
/// nothing can be recorded, it offers to start without.
class RunKeepingPart : public QWidget {
  Q_OBJECT
 public:
  explicit RunKeepingPart(QWidget* parent = nullptr);

  /// How its weights are saved; as Preferences say, unless something else was chosen here.
  Autosave autosave() const;
  /// `name` is the run's, for a file nobody named.
  void writeTo(LiveOptions& options, const QString& name) const;
  /// Why nothing can be recorded there, said at the field. Empty: it can, or is not wanted.
  QString sayProblem();
  QCheckBox* recordBox() const { return record_; }
  QLineEdit* recordPath() const { return path_; }
  QPushButton* withoutButton() const { return without_; }

 Q_SIGNALS:
  void edited();

 private:
  QCheckBox* record_;
  QLineEdit* path_;
  ProblemLabel* problem_;
  QPushButton* without_;
  AutosaveForm* weights_;
};

}  // namespace variometer
