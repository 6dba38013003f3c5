// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/new_run_dialog.h"

#include <QDialogButtonBox>
#include <QFile>
#include <QFileInfo>
#include <QLabel>
#include <QPushButton>
#include <QSaveFile>
#include <QVBoxLayout>

#include "app/error_dialog.h"
#include "app/folders.h"
#include "app/model_chooser.h"
#include "app/new_run_keeping.h"
#include "app/new_run_source.h"
#include "app/new_run_tabs.h"
#include "app/presets.h"
#include "app/run_estimate.h"
#include "app/schedule_table.h"
#include "core/base/config_fields.h"
#include "core/base/error.h"
#include "core/train/timed_commands.h"
#include "widgets/number_text.h"
#include "widgets/panel_form.h"

namespace variometer {

NewRunDialog::NewRunDialog(QWidget* parent, RunStudy* study) : QDialog(parent), study_(study) {
  setWindowTitle(tr("New run"));
  auto* layout = new QVBoxLayout(this);
  source_ = new RunSourcePart(this);
  tabs_ = new NewRunTabs(this);
  keeping_ = new RunKeepingPart(this);
  verdict_ = new QLabel(this);
  verdict_->setObjectName(QStringLiteral("verdict"));
  verdict_->setWordWrap(true);
  verdict_->setTextInteractionFlags(Qt::TextSelectableByMouse);
  verdict_->setAlignment(Qt::AlignLeft | Qt::AlignTop);
  // Sizes, memory (two lines) and time: kept free, so that nothing moves when they come.
  verdict_->setMinimumHeight(verdict_->fontMetrics().lineSpacing() * (study_ ? 4 : 1) + 4);
  layout->addWidget(source_);
  layout->addWidget(tabs_, 1);
  layout->addWidget(keeping_);
  layout->addWidget(verdict_);
  auto* buttons = new QDialogButtonBox(this);
  save_ = buttons->addButton(tr("Save as &preset…"), QDialogButtonBox::ActionRole);
  save_->setAutoDefault(false);
  save_->setToolTip(tr("Write all of this into a .toml file, which this form and variometer train take"));
  start_ = buttons->addButton(tr("&Start"), QDialogButtonBox::AcceptRole);
  start_->setToolTip(tr("Start training now"));
  start_->setDefault(true);
  buttons->addButton(QDialogButtonBox::Cancel);
  layout->addWidget(buttons);
  connect(buttons, &QDialogButtonBox::accepted, this, &QDialog::accept);
  connect(buttons, &QDialogButtonBox::rejected, this, &QDialog::reject);
  connect(save_, &QPushButton::clicked, this, &NewRunDialog::savePreset);
  connect(source_, &RunSourcePart::edited, this, &NewRunDialog::check);
  connect(source_, &RunSourcePart::demoChosen, this, &NewRunDialog::chooseDemo);
  connect(source_, &RunSourcePart::presetFileChosen, this, &NewRunDialog::choosePresetFile);
  connect(tabs_, &NewRunTabs::edited, this, &NewRunDialog::check);
  connect(keeping_, &RunKeepingPart::edited, this, &NewRunDialog::check);
  if (study_) connect(study_, &RunStudy::answered, this, &NewRunDialog::takeAnswer);
  resize(640, 720);
  setConfig(RunConfig{});
}

NewRunDialog::~NewRunDialog() {
  if (study_) study_->cancel();
}

ConfigForm* NewRunDialog::form(const QString& group) const { return tabs_->form(group); }

void NewRunDialog::setConfig(const RunConfig& config) {
  base_ = config;
  base_.data.sha256.clear();
  answer_.reset();
  tabs_->setValues(config);
  source_->setCorpus(QString::fromStdString(config.data.corpus));
  check();
}

void NewRunDialog::setPreset(const RunPreset& preset) {
  if (!preset.name.empty()) source_->setName(QString::fromStdString(preset.name));
  source_->setInit(QString::fromStdString(preset.init));
  tabs_->schedule()->setSwitches(preset.at);
  setConfig(preset.config);
  for (const std::string& key : preset.named) tabs_->touch(QString::fromStdString(key));
  check();
}

void NewRunDialog::setInit(const QString& folder) { source_->setInit(folder); }

void NewRunDialog::chooseDemo(int index) {
  if (index < 0) {
    setPreset({});
    return;
  }
  const Preset& demo = demoPresets()[static_cast<std::size_t>(index)];
  try {
    RunPreset preset = preset_from_toml(demo.text.toStdString(), demo.id.toStdString());
    preset.name = demo.title.toStdString();
    setPreset(preset);
  } catch (const std::exception& error) {
    verdict_->setText(QString::fromUtf8(error.what()));
  }
}

void NewRunDialog::choosePresetFile(const QString& path) {
  QFile file(path);
  try {
    if (!file.open(QIODevice::ReadOnly)) throw file_error(path.toStdString() + ": " + file.errorString().toStdString());
    const QString text = QString::fromUtf8(file.readAll());
    RunPreset preset = preset_from_toml(text.toStdString(), path.toStdString());
    if (preset.name.empty()) {
      preset.name = describePreset(QFileInfo(path).completeBaseName(), text).title.toStdString();
    }
    setPreset(preset);
  } catch (const std::exception& error) {
    showError(this, {tr("\"%1\" is not a preset that can be used.").arg(QFileInfo(path).fileName()),
                     QString::fromUtf8(error.what()), tr("The form was left as it is.")});
  }
}

void NewRunDialog::savePreset() {
  QString name = source_->name();
  if (name.isEmpty()) name = tr("run");
  const QString path = askSaveFile(this, FileKind::preset, tr("Save as preset"),
                                   QString(name).replace(QLatin1Char('/'), QLatin1Char('-')) + QStringLiteral(".toml"),
                                   tr("Presets (*.toml)"));
  if (path.isEmpty()) return;
  QSaveFile file(path);
  const QByteArray text = QByteArray::fromStdString(to_toml(preset()));
  if (!file.open(QIODevice::WriteOnly) || file.write(text) != text.size() || !file.commit()) {
    showError(this, {tr("The preset could not be saved."), path + QStringLiteral(": ") + file.errorString(),
                     tr("The form was left as it is.")});
    return;
  }
  source_->listPresets();
}

RunConfig NewRunDialog::config() const {
  RunConfig config = base_;
  if (answer_ && answer_->model) config.model = answer_->config.model;  // with the details no field shows
  config.data.corpus = source_->corpus().toStdString();
  tabs_->writeTo(config);
  return config;
}

LiveOptions NewRunDialog::options() const {
  LiveOptions options;
  options.name = source_->name().toStdString();
  options.init = source_->init().toStdString();
  options.timed = timed_commands(tabs_->schedule()->switches());
  keeping_->writeTo(options, source_->name());
  return options;
}

RunPreset NewRunDialog::preset() const {
  RunPreset preset;
  preset.config = config();
  preset.name = source_->name().toStdString();
  preset.init = source_->init().toStdString();
  preset.at = tabs_->schedule()->switches();
  return preset;
}

/// A fresh model's width tells what TVR's target should be about; one that was given stays.
void NewRunDialog::proposeForWidth(const RunConfig& config) {
  if (!source_->init().isEmpty()) return;
  const QString key = QStringLiteral("tvr.target_std");
  if (base_.mitigations.tvr.target_std != TvrConfig{}.target_std) return;
  RunConfig proposed;
  proposed.mitigations.tvr.target_std = proposed_tvr_target(config.model, {});
  tabs_->showProposal({key.toStdString(), get_field(proposed, key.toStdString()),
                       tvr_target_reason(config.model, {})});
}

void NewRunDialog::check() {
  if (start_ == nullptr) return;  // while the dialog is being built
  const bool bad_path = source_->sayProblems();
  if (answer_ && answer_->init != source_->init()) {
    // Another model, or none: what came with the last one goes.
    if (answer_->model) tabs_->leaveModel(base_);
    answer_.reset();
  }
  if (!answer_ || !answer_->model) source_->setModelNote({});
  QString problem = tabs_->typedProblem();
  bool at_field = false;
  try {
    const RunConfig whole = resolved(config());
    proposeForWidth(whole);
    if (problem.isEmpty()) {
      problem = tabs_->schedule()->check(whole);
      at_field = !problem.isEmpty();
    }
  } catch (const std::exception& error) {
    if (problem.isEmpty()) problem = QString::fromUtf8(error.what());
  }
  tabs_->markSchedule(at_field);
  if (answer_ && !answer_->model_problem.isEmpty() && !bad_path) source_->sayModelProblem(answer_->model_problem);
  const QString record = keeping_->sayProblem();
  const bool model_bad = answer_ && !answer_->model_problem.isEmpty();
  const bool beside = bad_path || at_field || model_bad || !record.isEmpty();
  if (problem.isEmpty() && beside) problem = tr("see the note in red");
  waiting_ = study_ && study_->canAnswer() && !source_->init().isEmpty() && !bad_path && !answer_;
  showVerdict(problem, beside);
  if (problem.isEmpty() || (!source_->init().isEmpty() && !bad_path && !answer_)) this->study();
}

void NewRunDialog::study() {
  if (!study_ || !study_->canAnswer()) return;
  RunStudy::Question question{.config = config(), .init = source_->init(), .kept = tabs_->touched()};
  study_->ask(question);
}

void NewRunDialog::takeAnswer(const RunStudy::Answer& answer) {
  if (answer.init != source_->init()) return;
  answer_ = answer;
  if (answer.model) {
    tabs_->takeModel(*answer.model, answer.config, answer.proposals);
    source_->proposeName(tr("%1, trained").arg(QString::fromStdString(answer.model->name)));
    QStringList note{tr("%1, %2 parameters; texts are read as %3.")
                         .arg(QString::fromStdString(answer.model->config.family),
                              count_text(answer.model->n_parameter), QString::fromStdString(answer.model->tokenizer))};
    for (const std::string& warning : answer.model->warnings) note << QString::fromStdString(warning);
    source_->setModelNote(note.join(QLatin1Char('\n')));
  } else {
    source_->setModelNote({});
    source_->sayModelProblem(answer.model_problem);
  }
  source_->sayTextProblem(answer.text_problem);
  waiting_ = false;
  QString problem = answer.model_problem.isEmpty() ? answer.text_problem : answer.model_problem;
  bool at_field = !problem.isEmpty();
  if (problem.isEmpty()) problem = tabs_->typedProblem();
  if (problem.isEmpty()) {
    try {
      const RunConfig whole = resolved(config());
      problem = tabs_->schedule()->check(whole);
      at_field = !problem.isEmpty();
      if (answer.text && answer.text->n_byte > 0 && answer.text->exact) {
        const auto n_train = static_cast<std::int64_t>(static_cast<double>(answer.text->n_token) *
                                                       (1 - whole.data.validation_fraction));
        if (n_train <= whole.model.block_size) {
          problem = tr("model.block_size: the text has %1 tokens to train on; choose a shorter context, or a longer "
                       "text.")
                        .arg(n_train);
        }
      }
    } catch (const std::exception& error) {
      problem = QString::fromUtf8(error.what());
    }
  }
  if (problem.isEmpty() && answer.memory && !answer.memory->fits()) {
    problem = tr("it does not fit: about %1 are needed, %2 are free. A smaller batch (train.batch_size) or context "
                 "takes less.")
                  .arg(aboutBytes(answer.memory->total()), aboutBytes(answer.memory->available));
  }
  const QString record = keeping_->sayProblem();
  if (problem.isEmpty() && !record.isEmpty()) problem = record, at_field = true;
  showVerdict(problem, at_field);
}

QString NewRunDialog::estimate() const {
  if (waiting_) return tr("Looking at the model …");
  if (!answer_) return study_ && study_->canAnswer() ? tr("Working out memory and time …") : QString();
  const RunConfig whole = resolved(config());
  QStringList lines;
  if (answer_->n_parameter > 0) {
    lines << tr("%1 parameters, %2 tokens an update.")
                 .arg(count_text(answer_->n_parameter),
                      count_text(whole.train.batch_size * whole.train.grad_accumulation * whole.model.block_size));
  }
  if (answer_->memory) lines << memoryText(*answer_->memory);
  if (answer_->seconds) {
    lines << timeText(*answer_->seconds, whole.train.steps);
  } else {
    lines << (answer_->complete ? tr("Time: not measured.") : tr("Time: being measured …"));
  }
  return lines.join(QLatin1Char('\n'));
}

void NewRunDialog::showVerdict(const QString& problem, bool at_field) {
  const bool named = tabs_->showProblem(at_field ? QString() : problem);
  if (problem.isEmpty()) {
    verdict_->setText(estimate());
  } else {
    verdict_->setText(at_field || named ? tr("Cannot start yet: see the note in red.")
                                        : tr("Cannot start: %1").arg(problem));
  }
  start_->setEnabled(problem.isEmpty() && !waiting_);
}

}  // namespace variometer
