// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/schedule_table.h"

#include <QComboBox>
#include <QHBoxLayout>
#include <QLabel>
#include <QPushButton>
#include <QToolButton>
#include <QVBoxLayout>
#include <algorithm>
#include <memory>

#include "core/base/config_fields.h"
#include "core/base/error.h"
#include "widgets/number_field.h"
#include "widgets/panel_form.h"
#include "widgets/panel_icons.h"
#include "widgets/theme.h"

namespace variometer {

struct ScheduleTable::Row {
  QWidget* widget = nullptr;
  NumberField* step = nullptr;
  QComboBox* key = nullptr;
  ConfigForm* value = nullptr;  ///< of the chosen key alone: its own kind of editor
  QHBoxLayout* layout = nullptr;
};

namespace {

/// Keys that can change while a model trains, the three switches first.
QStringList liveKeys() {
  QStringList switches, others;
  for (const FieldHelp& field : field_help()) {
    if (!is_live_field(field.key) || field.key == "train.steps") continue;
    const QString key = QString::fromStdString(field.key);
    (key.endsWith(QStringLiteral(".enabled")) && !key.startsWith(QStringLiteral("probe.")) ? switches : others) << key;
  }
  return switches + others;
}

}  // namespace

ScheduleTable::ScheduleTable(QWidget* parent) : QWidget(parent) {
  auto* layout = new QVBoxLayout(this);
  layout->setContentsMargins(0, 0, 0, 0);
  empty_ = new QLabel(tr("No switches: everything stays as it is set until you change it."), this);
  empty_->setWordWrap(true);
  layout->addWidget(empty_);
  column_ = new QVBoxLayout;
  layout->addLayout(column_);
  problem_ = new QLabel(this);
  problem_->setObjectName(QStringLiteral("problem"));
  problem_->setWordWrap(true);
  QPalette colours = problem_->palette();
  colours.setColor(QPalette::WindowText, theme_of(*this).error);
  problem_->setPalette(colours);
  problem_->hide();
  layout->addWidget(problem_);
  add_ = new QPushButton(tr("Add a s&witch"), this);
  add_->setObjectName(QStringLiteral("schedule.add"));
  add_->setAutoDefault(false);
  add_->setToolTip(tr("Sets something before an update, as --at STEP:key=value does"));
  connect(add_, &QPushButton::clicked, this, [this] {
    std::int64_t step = 1;
    for (const auto& row : rows_) step = std::max(step, row->step->whole());
    addRow({rows_.empty() ? 1000 : step, {"tvr.enabled", "true"}});
    rows_.back()->step->setFocus();
    rows_.back()->step->selectAll();
    Q_EMIT edited();
  });
  auto* line = new QHBoxLayout;
  line->addWidget(add_);
  line->addStretch(1);
  layout->addLayout(line);
}

ScheduleTable::~ScheduleTable() = default;

void ScheduleTable::addRow(const TimedSwitch& one) {
  auto made = std::make_unique<Row>();
  Row* row = made.get();
  row->widget = new QWidget(this);
  row->layout = new QHBoxLayout(row->widget);
  row->layout->setContentsMargins(0, 0, 0, 0);
  auto* before = new QLabel(tr("before update"), row->widget);
  row->step = new NumberField(NumberField::Kind::whole, row->widget);
  row->step->setRange(1, 1e12);
  row->step->setValue(static_cast<double>(one.step));
  row->step->setAccessibleName(tr("Update"));
  row->step->setToolTip(tr("The switch takes effect before this update; updates count from 1"));
  row->key = new QComboBox(row->widget);
  row->key->setAccessibleName(tr("What is set"));
  row->key->setMaxVisibleItems(20);
  for (const QString& key : liveKeys()) {
    const QString group = key.section(QLatin1Char('.'), 0, 0);
    const QString label = fieldLabel(key);
    row->key->addItem(key.endsWith(QStringLiteral(".enabled")) ? label : QStringLiteral("%1: %2").arg(group, label), key);
    row->key->setItemData(row->key->count() - 1, key, Qt::ToolTipRole);
  }
  if (row->key->findData(QString::fromStdString(one.set.key)) < 0) {
    // What a file gives is shown, and refused below, rather than dropped.
    row->key->addItem(QString::fromStdString(one.set.key), QString::fromStdString(one.set.key));
  }
  row->key->setCurrentIndex(row->key->findData(QString::fromStdString(one.set.key)));
  auto* remove = new QToolButton(row->widget);
  remove->setIcon(themedIcon(QStringLiteral("close")));
  remove->setToolTip(tr("Remove this switch"));
  remove->setAccessibleName(tr("Remove this switch"));
  row->layout->addWidget(before);
  row->layout->addWidget(row->step);
  row->layout->addWidget(row->key, 2);
  row->layout->addWidget(remove);
  connect(row->step, &NumberField::valueChanged, this, &ScheduleTable::edited);
  connect(row->step, &NumberField::problemChanged, this, &ScheduleTable::edited);
  connect(row->key, &QComboBox::currentIndexChanged, this, [this, row] {
    showValueEditor(*row, {});
    Q_EMIT edited();
  });
  connect(remove, &QToolButton::clicked, this, [this, row] { removeRow(row); });
  column_->addWidget(row->widget);
  rows_.push_back(std::move(made));
  showValueEditor(*row, QString::fromStdString(one.set.value));
  empty_->hide();
}

void ScheduleTable::showValueEditor(Row& row, const QString& value) {
  const QString key = row.key->currentData().toString();
  delete row.value;
  row.value = new ConfigForm({key}, row.widget, ConfigForm::Labels::none);
  // A switch is added to be on.
  row.value->setText(key, !value.isEmpty()                            ? value
                          : key.endsWith(QStringLiteral(".enabled")) ? QStringLiteral("true")
                                                                      : row.value->text(key));
  connect(row.value, &ConfigForm::edited, this, &ScheduleTable::edited);
  row.layout->insertWidget(3, row.value, 1);
}

void ScheduleTable::removeRow(Row* row) {
  const auto found = std::ranges::find(rows_, row, [](const auto& each) { return each.get(); });
  if (found == rows_.end()) return;
  // Deleted later: its own button is calling. The focus stays in the table.
  row->widget->hide();
  row->widget->deleteLater();
  rows_.erase(found);
  add_->setFocus();
  empty_->setVisible(rows_.empty());
  Q_EMIT edited();
}

void ScheduleTable::setSwitches(const std::vector<TimedSwitch>& switches) {
  for (const auto& row : rows_) delete row->widget;
  rows_.clear();
  for (const TimedSwitch& one : switches) addRow(one);
  empty_->setVisible(rows_.empty());
}

std::vector<TimedSwitch> ScheduleTable::switches() const {
  std::vector<TimedSwitch> all;
  for (const auto& row : rows_) {
    const QString key = row->key->currentData().toString();
    all.push_back({row->step->whole(), {key.toStdString(), row->value->text(key).toStdString()}});
  }
  return all;
}

QString ScheduleTable::check(const RunConfig& config) {
  QString why;
  for (const auto& row : rows_) {
    if (why.isEmpty()) why = row->step->problem();
    if (why.isEmpty()) why = row->value->typedProblem();
  }
  if (why.isEmpty()) {
    try {
      check_timed(config, switches());
      check_timed_within(config, switches());
    } catch (const Error& error) {
      why = QString::fromUtf8(error.what());
    }
  }
  problem_->setText(why);
  problem_->setVisible(!why.isEmpty());
  return why;
}

}  // namespace variometer
