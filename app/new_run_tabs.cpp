// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/new_run_tabs.h"

#include <QLabel>
#include <QScrollArea>
#include <QVBoxLayout>

#include "app/schedule_table.h"
#include "core/base/config_fields.h"
#include "widgets/panel_form.h"
#include "widgets/panel_icons.h"
#include "widgets/theme.h"

namespace variometer {
namespace {

QStringList keysOf(const QString& group) {
  QStringList keys;
  for (const FieldHelp& field : field_help()) {
    const QString key = QString::fromStdString(field.key);
    // The text is chosen above the tabs; its checksum is filled in by the run, details by a loaded model.
    if (key == QLatin1String("data.corpus") || key == QLatin1String("data.sha256")) continue;
    if (key == QLatin1String("model.details")) continue;
    if (key.startsWith(group + QLatin1Char('.'))) keys << key;
  }
  return keys;
}

QString captionOf(const QString& group) {
  return group == QLatin1String("tvr")       ? QStringLiteral("TVR")
         : group == QLatin1String("kv_bias") ? QStringLiteral("KV bias")
         : group == QLatin1String("dyt")     ? QStringLiteral("DyT")
         : group == QLatin1String("init")    ? NewRunTabs::tr("Initial weights")
         : group == QLatin1String("data")    ? NewRunTabs::tr("Data")
         : group == QLatin1String("probe")   ? NewRunTabs::tr("Probe")
         : group == QLatin1String("train")   ? NewRunTabs::tr("Training")
                                             : NewRunTabs::tr("Sizes");
}

QString textOf(const std::string& text) { return QString::fromStdString(text); }

}  // namespace

NewRunTabs::NewRunTabs(QWidget* parent) : QTabWidget(parent) {
  addForms(tr("Model"), {QStringLiteral("model"), QStringLiteral("init")});
  addForms(tr("Training"), {QStringLiteral("train")});
  addForms(tr("Probe and data"), {QStringLiteral("data"), QStringLiteral("probe")});
  addForms(tr("Mitigations from the start"), {QStringLiteral("tvr"), QStringLiteral("kv_bias"), QStringLiteral("dyt")});
  auto* scroll = new QScrollArea(this);
  scroll->setWidgetResizable(true);
  scroll->setFrameShape(QFrame::NoFrame);
  scroll->setFocusPolicy(Qt::NoFocus);
  auto* page = new QWidget(scroll);
  auto* column = new QVBoxLayout(page);
  schedule_ = new ScheduleTable(page);
  connect(schedule_, &ScheduleTable::edited, this, &NewRunTabs::edited);
  column->addWidget(schedule_);
  column->addStretch(1);
  scroll->setWidget(page);
  addTab(scroll, tr("Switches at updates"));
}

void NewRunTabs::addForms(const QString& title, const QStringList& groups) {
  auto* scroll = new QScrollArea(this);
  scroll->setWidgetResizable(true);
  scroll->setFrameShape(QFrame::NoFrame);
  scroll->setFocusPolicy(Qt::NoFocus);  // it scrolls to what in it has the focus
  auto* page = new QWidget(scroll);
  auto* column = new QVBoxLayout(page);
  if (groups.contains(QStringLiteral("model"))) {
    sizes_note_ = new QLabel(page);
    sizes_note_->setObjectName(QStringLiteral("sizes_note"));
    sizes_note_->setWordWrap(true);
    sizes_note_->hide();
    column->addWidget(sizes_note_);
  }
  for (const QString& group : groups) {
    auto* form = new ConfigForm(keysOf(group), page);
    connect(form, &ConfigForm::edited, this, [this, form](const QString& key) {
      touched_.insert(key);
      proposed_.remove(key);
      form->setNote(key, {});
      Q_EMIT edited();
    });
    if (groups.size() > 1) column->addWidget(new QLabel(QStringLiteral("<b>%1</b>").arg(captionOf(group)), page));
    column->addWidget(form);
    column->addSpacing(6);
    forms_.emplace_back(group, form);
  }
  column->addStretch(1);
  scroll->setWidget(page);
  addTab(scroll, title);
}

ConfigForm* NewRunTabs::form(const QString& group) const {
  for (const auto& [name, form] : forms_) {
    if (name == group) return form;
  }
  return nullptr;
}

void NewRunTabs::setValues(const RunConfig& config) {
  touched_.clear();
  for (const auto& [group, form] : forms_) {
    form->setValues(config);
    for (const QString& key : form->keys()) form->setNote(key, {});
  }
  proposed_.clear();
}

void NewRunTabs::writeTo(RunConfig& config) const {
  for (const auto& [group, form] : forms_) form->writeTo(config);
}

void NewRunTabs::takeModel(const StartModel& model, const RunConfig& config, const std::vector<Proposal>& proposals) {
  const QString name = textOf(model.name);
  const QString reason = tr("Comes with %1 and cannot be changed in a run that starts from it.").arg(name);
  ConfigForm* sizes = form(QStringLiteral("model"));
  QStringList fixed = sizes->keys();
  fixed.removeAll(QStringLiteral("model.block_size"));
  for (const QString& key : fixed) sizes->setText(key, textOf(get_field(config, key.toStdString())));
  sizes->setFixed(fixed, reason);
  ConfigForm* initial = form(QStringLiteral("init"));
  initial->setFixed(initial->keys(), tr("The weights come from %1: nothing is drawn.").arg(name));
  sizes_note_->setText(tr("The sizes are those of %1 and fixed; only the context can be chosen, up to %2 tokens.")
                           .arg(name)
                           .arg(model.config.block_size));
  sizes_note_->show();
  QSet<QString> now;
  for (const Proposal& one : proposals) {
    showProposal(one);
    now.insert(textOf(one.key));
  }
  const QStringList before = proposed_.values();
  for (const QString& key : before) {
    if (!now.contains(key)) takeBackProposal(key);
  }
}

void NewRunTabs::showProposal(const Proposal& one) {
  const QString key = textOf(one.key);
  ConfigForm* where = form(key.section(QLatin1Char('.'), 0, 0));
  if (where == nullptr || touched_.contains(key)) return;
  where->setText(key, textOf(one.value));
  where->setNote(key, tr("Proposed: %1.").arg(textOf(one.reason)));
  proposed_.insert(key);
}

void NewRunTabs::takeBackProposal(const QString& key) {
  if (!proposed_.remove(key)) return;
  if (ConfigForm* where = form(key.section(QLatin1Char('.'), 0, 0))) where->setNote(key, {});
}

void NewRunTabs::leaveModel(const RunConfig& before) {
  for (const QString& group : {QStringLiteral("model"), QStringLiteral("init")}) {
    ConfigForm* where = form(group);
    where->setFixed(where->keys(), {});
    for (const QString& key : where->keys()) {
      if (!touched_.contains(key)) where->setText(key, textOf(get_field(before, key.toStdString())));
    }
  }
  sizes_note_->hide();
  const QStringList proposals = proposed_.values();
  for (const QString& key : proposals) {
    form(key.section(QLatin1Char('.'), 0, 0))->setText(key, textOf(get_field(before, key.toStdString())));
    takeBackProposal(key);
  }
}

QString NewRunTabs::typedProblem() const {
  for (const auto& [group, form] : forms_) {
    if (const QString problem = form->typedProblem(); !problem.isEmpty()) return problem;
  }
  return {};
}

bool NewRunTabs::showProblem(const QString& problem) {
  const QWidget* at_fault = nullptr;
  for (const auto& [group, form] : forms_) {
    // Only one field is marked: the first form that knows the key.
    if (form->showProblem(at_fault == nullptr ? problem : QString())) at_fault = form;
  }
  for (int i = 0; i + 1 < count(); ++i) {
    const bool here = at_fault != nullptr && widget(i)->isAncestorOf(at_fault);
    setTabIcon(i, here ? themedIcon(QStringLiteral("warning"), theme_of(*this).error) : QIcon());
  }
  return at_fault != nullptr;
}

void NewRunTabs::markSchedule(bool problem) {
  setTabIcon(count() - 1, problem ? themedIcon(QStringLiteral("warning"), theme_of(*this).error) : QIcon());
}

}  // namespace variometer
