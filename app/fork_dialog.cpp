// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/fork_dialog.h"

#include <QComboBox>
#include <QDialogButtonBox>
#include <QFormLayout>
#include <QLabel>
#include <QLineEdit>
#include <QProcess>
#include <QPushButton>
#include <QVBoxLayout>
#include <algorithm>

#include "core/base/config_fields.h"
#include "core/base/error.h"
#include "widgets/number_field.h"
#include "widgets/number_text.h"
#include "widgets/theme.h"

namespace variometer {
namespace {

constexpr double kMostUpdates = 1e12;

}  // namespace

QString assignmentsText(const std::vector<Assignment>& assignments) {
  QStringList words;
  for (const auto& [key, value] : assignments) {
    QString word = QString::fromStdString(value);
    if (word.isEmpty() || word.contains(QLatin1Char(' ')) || word.contains(QLatin1Char('"'))) {
      word = QLatin1Char('"') + word.replace(QLatin1Char('"'), QStringLiteral("\"\"\"")) + QLatin1Char('"');
    }
    words += QString::fromStdString(key) + QLatin1Char('=') + word;
  }
  return words.join(QLatin1Char(' '));
}

std::vector<Assignment> assignmentsFromText(const QString& text) {
  std::vector<Assignment> all;
  for (const QString& word : QProcess::splitCommand(text)) all.push_back(parse_assignment(word.toStdString()));
  return all;
}

ForkDialog::ForkDialog(const QString& run, const RunConfig& config, const Steps& steps, LearningRate learning_rate,
                       QWidget* parent)
    : QDialog(parent), config_(config), steps_(steps), learning_rate_(std::move(learning_rate)) {
  setWindowTitle(tr("Fork run"));
  auto* layout = new QVBoxLayout(this);
  auto* what = new QLabel(tr("Starts a second run that is <b>%1</b> up to a step, and differs from there on in one "
                             "thing. The first one stays as it is.")
                              .arg(run.toHtmlEscaped()),
                          this);
  what->setWordWrap(true);
  layout->addWidget(what);
  auto* form = new QFormLayout;
  form->setFieldGrowthPolicy(QFormLayout::ExpandingFieldsGrow);
  layout->addLayout(form);

  step_ = new NumberField(NumberField::Kind::whole, this);
  step_->setRange(static_cast<double>(steps.first + 1), kMostUpdates);
  step_->setStep(1);
  step_->setFollowing(true);
  step_->setToolTip(
      tr("The change takes effect before this update. The updates up to it are run again from the newest "
         "weights that were saved, or from the start; beyond the last one the run goes on unchanged up to it"));
  form->addRow(tr("Change before &update"), step_);
  last_ = new NumberField(NumberField::Kind::whole, this);
  last_->setFollowing(true);
  last_->setToolTip(
      tr("Updates the second run makes in all, those up to the change included; it rests then and can go "
         "on"));
  form->addRow(tr("&Last update"), last_);
  note_ = new QLabel(this);
  note_->setWordWrap(true);
  form->addRow(QString(), note_);

  choice_ = new QComboBox(this);
  choice_->setToolTip(tr("The one thing that is different"));
  choice_->addItem(tr("nothing: the same run again"), QString());
  const Mitigations& on = config.mitigations;
  for (const auto& [name, key, enabled] : {std::tuple{tr("TVR"), "tvr.enabled", on.tvr.enabled},
                                           {tr("KV bias"), "kv_bias.enabled", on.kv_bias.enabled},
                                           {tr("DyT"), "dyt.enabled", on.dyt.enabled}}) {
    const QString set = QString::fromLatin1(key) + (enabled ? QStringLiteral("=false") : QStringLiteral("=true"));
    choice_->addItem((enabled ? tr("%1 off") : tr("%1 on")).arg(name), set);
  }
  choice_->addItem(tr("half the learning rate"), QString());
  choice_->addItem(tr("what is written below"), QVariant());
  form->addRow(tr("&Different"), choice_);
  assignments_ = new QLineEdit(this);
  assignments_->setPlaceholderText(tr("for instance tvr.enabled=true; several apart by blanks; empty: nothing"));
  assignments_->setToolTip(tr("What is different, by the names that the fields of New run show in their tooltips"));
  form->addRow(tr("&Set"), assignments_);
  name_ = new QLineEdit(tr("%1, forked").arg(run), this);
  name_->setToolTip(tr("Shown on the tab and used for the record's file name"));
  form->addRow(tr("N&ame"), name_);
  problem_ = new QLabel(this);
  problem_->setObjectName(QStringLiteral("problem"));
  problem_->setWordWrap(true);
  QPalette colours = problem_->palette();
  colours.setColor(QPalette::WindowText, theme_of(*this).error);
  problem_->setPalette(colours);
  form->addRow(QString(), problem_);

  auto* buttons = new QDialogButtonBox(QDialogButtonBox::Cancel, this);
  fork_ = buttons->addButton(tr("&Fork"), QDialogButtonBox::AcceptRole);
  fork_->setDefault(true);
  fork_->setToolTip(tr("Start the second run; the one that is shown pauses"));
  layout->addWidget(buttons);
  connect(buttons, &QDialogButtonBox::accepted, this, &QDialog::accept);
  connect(buttons, &QDialogButtonBox::rejected, this, &QDialog::reject);
  connect(choice_, &QComboBox::currentIndexChanged, this, [this] {
    const QVariant set = choice_->currentData();
    if (set.isValid()) assignments_->setText(set.toString());
    if (!set.isValid()) assignments_->setFocus();
    check();
  });
  connect(assignments_, &QLineEdit::textEdited, this, [this] {
    choice_->setCurrentIndex(choice_->count() - 1);
    check();
  });
  connect(name_, &QLineEdit::textChanged, this, &ForkDialog::check);
  connect(step_, &NumberField::valueChanged, this, [this] {
    proposeLearningRate();
    proposeLast();
  });
  for (NumberField* field : {step_, last_}) connect(field, &NumberField::problemChanged, this, &ForkDialog::check);
  setStep(steps.last + 1);
  proposeLearningRate();
  proposeLast();
  resize(520, sizeHint().height());
  check();
}

/// The rate may have been changed on the way: half of what is in force at the step.
void ForkDialog::proposeLearningRate() {
  const int row = choice_->count() - 2;
  const double now = learning_rate_ ? learning_rate_(step()) : config_.train.learning_rate;
  choice_->setItemData(row, QStringLiteral("train.learning_rate=%1").arg(now / 2, 0, 'g', 4));
  if (choice_->currentIndex() == row) assignments_->setText(choice_->currentData().toString());
}

/// As far as the other run was meant to go or, at its end and beyond, so far that the change can be seen.
void ForkDialog::proposeLast() {
  constexpr std::int64_t kToSee = 500;
  const std::int64_t step = step_->whole();
  const std::int64_t proposed = step <= steps_.planned ? steps_.planned : step - 1 + kToSee;
  last_->setRange(step_->value(), kMostUpdates);
  last_->setValue(static_cast<double>(proposed));
  note_->setText(step > steps_.last + 1
                     ? tr("The run has made %1 updates: updates %2 to %3 are made unchanged first.")
                           .arg(step_text(steps_.last), step_text(steps_.last + 1), step_text(step - 1))
                     : tr("The run has made %1 updates.").arg(step_text(steps_.last)));
}

void ForkDialog::setStep(std::int64_t step) {
  step_->setValue(static_cast<double>(step));
}

void ForkDialog::setChange(const std::vector<Assignment>& change) {
  const QString text = assignmentsText(change);
  const int known = choice_->findData(text);
  choice_->setCurrentIndex(known >= 0 ? known : choice_->count() - 1);
  assignments_->setText(text);
  check();
}

std::int64_t ForkDialog::step() const { return step_->whole(); }
std::int64_t ForkDialog::last() const { return last_->whole(); }
std::vector<Assignment> ForkDialog::change() const { return assignmentsFromText(assignments_->text()); }
QString ForkDialog::name() const { return name_->text().trimmed(); }

void ForkDialog::check() {
  QString why;
  try {
    RunConfig changed = config_;
    for (const auto& [key, value] : change()) set_live_field(changed, key, value);
    resolved(changed);
    if (name().isEmpty()) why = tr("A run needs a name.");
    if (const QString typed = NumberField::problemWithin(*this); !typed.isEmpty()) why = typed;
  } catch (const std::exception& error) {
    why = QString::fromUtf8(error.what());
  }
  problem_->setText(why);
  problem_->setVisible(!why.isEmpty());
  fork_->setEnabled(why.isEmpty());
}

}  // namespace variometer
