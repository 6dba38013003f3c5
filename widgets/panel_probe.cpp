// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/panel_probe.h"

#include <QHBoxLayout>
#include <QLabel>
#include <QLineEdit>
#include <QPushButton>
#include <QVBoxLayout>

#include "core/base/config_fields.h"
#include "widgets/panel_form.h"

namespace variometer {

ProbePanel::ProbePanel(QWidget* parent) : QWidget(parent) {
  auto* layout = new QVBoxLayout(this);
  layout->setContentsMargins(10, 8, 10, 10);
  layout->setSpacing(5);
  auto* label = new QLabel(tr("Probe prompt"), this);
  QFont bold = label->font();
  bold.setBold(true);
  label->setFont(bold);
  layout->addWidget(label);
  prompt_ = new QLineEdit(this);
  prompt_->setToolTip(tr("The text whose hidden states are measured; a BOS token is put before it. Enter applies it."));
  prompt_->setAccessibleName(tr("Probe prompt"));
  label->setBuddy(prompt_);
  layout->addWidget(prompt_);
  form_ = new ConfigForm(
      {QStringLiteral("probe.every"), QStringLiteral("probe.weights_every"), QStringLiteral("probe.ratio_only"),
       QStringLiteral("probe.small_ratio_threshold"), QStringLiteral("probe.absolute_threshold"),
       QStringLiteral("probe.ratio_threshold"), QStringLiteral("probe.budget")},
      this);
  form_->addToolTip(QStringLiteral("probe.absolute_threshold"),
                    tr("Massive: |h| &gt; absolute threshold and |h| &gt; ratio threshold × median |h| of the layer."));
  form_->addToolTip(QStringLiteral("probe.small_ratio_threshold"),
                    tr("Used when <i>ratio only</i> is on: massive is |h| &gt; this × median |h| of the layer."));
  form_->addToolTip(QStringLiteral("probe.budget"), tr("0.05 = 5 % of a step."));
  layout->addWidget(form_);
  auto* row = new QHBoxLayout;
  apply_ = new QPushButton(tr("Apply"), this);
  apply_->setToolTip(tr("Measure this from the next step on."));
  status_ = new QLabel(this);
  status_->setWordWrap(true);
  row->addWidget(apply_);
  row->addWidget(status_, 1);
  layout->addLayout(row);
  layout->addStretch(1);
  connect(prompt_, &QLineEdit::textEdited, this, &ProbePanel::showState);
  connect(prompt_, &QLineEdit::returnPressed, this, &ProbePanel::apply);
  connect(form_, &ConfigForm::edited, this, &ProbePanel::showState);
  connect(apply_, &QPushButton::clicked, this, &ProbePanel::apply);
  prompt_->setText(QString::fromStdString(in_force_.probe.prompt));
  setSteerable(false);
}

std::vector<Assignment> ProbePanel::edits() const {
  std::vector<Assignment> changes = form_->changesFrom(in_force_);
  if (prompt_->text().toStdString() != in_force_.probe.prompt) {
    changes.push_back({"probe.prompt", prompt_->text().toStdString()});
  }
  return changes;
}

void ProbePanel::apply() {
  if (!poster_ || !steerable_) return;
  Command command;
  command.kind = Command::Kind::set;
  command.assignments = edits();
  if (command.assignments.empty()) return;
  pending_ = poster_(std::move(command));
  status_->setText(pending_ != 0 ? tr("pending …") : QString());
  showState();
}

void ProbePanel::setSteerable(bool steerable, const QString& reason) {
  steerable_ = steerable;
  if (!steerable) pending_ = 0;
  prompt_->setReadOnly(!steerable);
  form_->setEnabled(steerable);
  status_->setText(reason);
  showState();
}

void ProbePanel::setInForce(const ProbeConfig& probe) {
  if (has_state_ && in_force_.probe == probe) return;
  const bool keep_prompt = has_state_ && prompt_->text().toStdString() != in_force_.probe.prompt;
  const std::vector<Assignment> kept = has_state_ ? form_->changesFrom(in_force_) : std::vector<Assignment>{};
  has_state_ = true;
  in_force_.probe = probe;
  if (!keep_prompt) prompt_->setText(QString::fromStdString(probe.prompt));
  form_->setValues(in_force_);
  for (const Assignment& edit : kept) {
    form_->setText(QString::fromStdString(edit.key), QString::fromStdString(edit.value));
  }
  showState();
}

void ProbePanel::commandSettled(std::int64_t ticket, const QString& error) {
  if (ticket == 0 || ticket != pending_) return;
  pending_ = 0;
  status_->setText(error.isEmpty() ? tr("in force") : tr("Refused: %1").arg(error));
  showState();
}

void ProbePanel::showState() { apply_->setEnabled(steerable_ && pending_ == 0 && !edits().empty()); }

}  // namespace variometer
