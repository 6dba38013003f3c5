// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/new_run_keeping.h"

#include <QCheckBox>
#include <QFileInfo>
#include <QHBoxLayout>
#include <QLineEdit>
#include <QPushButton>
#include <QToolButton>
#include <QVBoxLayout>

#include "app/autosave_form.h"
#include "app/folders.h"
#include "app/problem_label.h"
#include "app/settings.h"
#include "widgets/panel_icons.h"

namespace variometer {

RunKeepingPart::RunKeepingPart(QWidget* parent) : QWidget(parent) {
  auto* column = new QVBoxLayout(this);
  column->setContentsMargins(0, 0, 0, 0);
  auto* row = new QHBoxLayout;
  record_ = new QCheckBox(tr("&Record in"), this);
  record_->setToolTip(tr("Write everything measured to an HDF5 file (h5py, xarray and this window open it)"));
  record_->setChecked(settings().value(QStringLiteral("record"), true).toBool());
  path_ = new QLineEdit(this);
  path_->setPlaceholderText(tr("a new file in %1").arg(folderFor(FileKind::run)));
  path_->setToolTip(tr("An existing file is never overwritten"));
  path_->setAccessibleName(tr("Record"));
  path_->setEnabled(record_->isChecked());
  auto* choose = new QToolButton(this);
  choose->setIcon(themedIcon(QStringLiteral("save")));
  choose->setToolTip(tr("Choose the record's file"));
  choose->setAccessibleName(tr("Choose the record's file"));
  row->addWidget(record_);
  row->addWidget(path_, 1);
  row->addWidget(choose);
  column->addLayout(row);
  auto* trouble = new QHBoxLayout;
  problem_ = new ProblemLabel(this);
  without_ = new QPushButton(tr("Start &without recording"), this);
  without_->setAutoDefault(false);
  without_->setToolTip(tr("Takes the mark at Record in away; nothing of this run is written"));
  without_->hide();
  trouble->addWidget(problem_, 1);
  trouble->addWidget(without_);
  column->addLayout(trouble);
  weights_ = new AutosaveForm(this);
  weights_->setValues(chosenAutosave());
  connect(weights_, &AutosaveForm::edited, this, &RunKeepingPart::edited);
  column->addWidget(weights_);
  connect(without_, &QPushButton::clicked, this, [this] {
    record_->setFocus();  // the button goes away under the focus
    record_->setChecked(false);
  });
  connect(record_, &QCheckBox::toggled, path_, &QWidget::setEnabled);
  connect(record_, &QCheckBox::toggled, this, &RunKeepingPart::edited);
  connect(path_, &QLineEdit::textChanged, this, &RunKeepingPart::edited);
  connect(choose, &QToolButton::clicked, this, [this] {
    const QString path = askSaveFile(this, FileKind::run, tr("Record"), QStringLiteral("run.h5"), tr("Records (*.h5)"),
                                     QFileDialog::DontConfirmOverwrite);
    if (path.isEmpty()) return;
    record_->setChecked(true);
    path_->setText(path);
  });
}

Autosave RunKeepingPart::autosave() const { return weights_->values(); }

void RunKeepingPart::writeTo(LiveOptions& options, const QString& name) const {
  if (!record_->isChecked()) return;
  const QString path = path_->text().trimmed();
  options.record = (path.isEmpty() ? freshRecordPath(name) : path).toStdString();
}

QString RunKeepingPart::sayProblem() {
  QString problem;
  if (record_->isChecked()) {
    const QString path = path_->text().trimmed();
    const QString folder = path.isEmpty() ? folderFor(FileKind::run) : QFileInfo(path).absolutePath();
    if (!path.isEmpty() && QFileInfo::exists(path)) {
      problem = tr("This file exists already; a record never overwrites. Choose another name.");
    } else if (!path.isEmpty() && !QFileInfo(folder).isDir()) {
      problem = tr("There is no folder %1.").arg(folder);
    } else {
      problem = whyNotWritable(folder);
    }
  }
  const bool recording = !problem.isEmpty();
  if (problem.isEmpty()) problem = weights_->problem();
  problem_->say(problem);
  without_->setVisible(recording);
  return problem;
}

}  // namespace variometer
