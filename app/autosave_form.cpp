// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/autosave_form.h"

#include <QCheckBox>
#include <QFileInfo>
#include <QHBoxLayout>
#include <QLabel>
#include <QLineEdit>
#include <QToolButton>
#include <QVBoxLayout>

#include "app/folders.h"
#include "widgets/number_field.h"
#include "widgets/panel_icons.h"

namespace variometer {

AutosaveForm::AutosaveForm(QWidget* parent) : QWidget(parent) {
  auto* layout = new QVBoxLayout(this);
  layout->setContentsMargins(0, 0, 0, 0);
  auto* when = new QHBoxLayout;
  on_ = new QCheckBox(tr("Save &weights every"), this);
  on_->setToolTip(tr(
      "Weights, optimizer and state, so that nothing is lost and every run can be gone on with: while it trains, where "
      "it rests and when it is closed. Each takes about three times the size of the weights"));
  every_ = new NumberField(NumberField::Kind::whole, this);
  every_->setRange(1, Autosave::kMostEvery);
  every_->setFollowing(true);
  every_->setSuffix(tr(" updates"));
  every_->setToolTip(tr("Updates between two savings; where a run rests its weights are saved whatever this is"));
  every_->setAccessibleName(tr("Updates between two savings of the weights"));
  auto* keep_label = new QLabel(tr(", &keep the newest"), this);
  keep_ = new NumberField(NumberField::Kind::whole, this);
  keep_->setRange(1, Autosave::kMostKept);
  keep_->setFollowing(true);
  keep_->setToolTip(tr("Older ones are removed as newer ones are saved"));
  keep_label->setBuddy(keep_);
  when->addWidget(on_);
  when->addWidget(every_);
  when->addWidget(keep_label);
  when->addWidget(keep_);
  when->addStretch(1);
  layout->addLayout(when);

  auto* where = new QHBoxLayout;
  auto* folder_label = new QLabel(tr("&in"), this);
  folder_ = new QLineEdit(this);
  folder_->setPlaceholderText(tr("a folder beside the record"));
  folder_->setClearButtonEnabled(true);
  folder_->setToolTip(tr("Where the folder NAME-weights of each run is made; empty: where its record is"));
  folder_label->setBuddy(folder_);
  choose_ = new QToolButton(this);
  choose_->setIcon(themedIcon(QStringLiteral("open")));
  choose_->setToolTip(tr("Choose the folder for weights"));
  choose_->setAccessibleName(tr("Choose the folder for weights"));
  where->addWidget(folder_label);
  where->addWidget(folder_, 1);
  where->addWidget(choose_);
  layout->addLayout(where);

  connect(choose_, &QToolButton::clicked, this, [this] {
    const QString path = askFolder(this, FileKind::model, tr("Folder for weights"));
    if (!path.isEmpty()) folder_->setText(path);
  });
  connect(on_, &QCheckBox::toggled, this, &AutosaveForm::enable);
  for (NumberField* field : {every_, keep_}) {
    connect(field, &NumberField::valueChanged, this, &AutosaveForm::edited);
    connect(field, &NumberField::problemChanged, this, &AutosaveForm::edited);
  }
  connect(folder_, &QLineEdit::textChanged, this, &AutosaveForm::edited);
  setValues(Autosave{});
}

void AutosaveForm::setValues(const Autosave& autosave) {
  every_->setValue(autosave.every);
  keep_->setValue(autosave.keep);
  folder_->setText(autosave.folder);
  on_->setChecked(autosave.on);
  enable();
}

Autosave AutosaveForm::values() const {
  return {.on = on_->isChecked(),
          .every = static_cast<int>(every_->whole()),
          .keep = static_cast<int>(keep_->whole()),
          .folder = folder_->text().trimmed()};
}

QString AutosaveForm::problem() const {
  if (const QString typed = NumberField::problemWithin(*this); !typed.isEmpty()) return typed;
  const QString folder = folder_->text().trimmed();
  if (!on_->isChecked() || folder.isEmpty()) return {};
  const QFileInfo info(folder);
  if (!info.isDir()) return tr("There is no such folder for weights.");
  return info.isWritable() ? QString() : tr("Nothing can be written in the folder for weights.");
}

void AutosaveForm::enable() {
  const bool on = on_->isChecked();
  every_->setEnabled(on);
  keep_->setEnabled(on);
  folder_->setEnabled(on);
  choose_->setEnabled(on);
  Q_EMIT edited();
}

}  // namespace variometer
