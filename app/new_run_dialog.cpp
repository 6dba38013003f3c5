// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/new_run_dialog.h"

#include <QCheckBox>
#include <QComboBox>
#include <QDialogButtonBox>
#include <QFileDialog>
#include <QFileInfo>
#include <QFormLayout>
#include <QHBoxLayout>
#include <QLabel>
#include <QLineEdit>
#include <QPushButton>
#include <QScrollArea>
#include <QTabWidget>
#include <QToolButton>
#include <QVBoxLayout>

#include "app/model_chooser.h"
#include "app/presets.h"
#include "app/settings.h"
#include "core/base/config_fields.h"
#include "core/base/error.h"
#include "widgets/panel_form.h"
#include "widgets/panel_icons.h"
#include "widgets/theme.h"

namespace variometer {
namespace {

QStringList keysOf(const QStringList& groups) {
  QStringList keys;
  for (const FieldHelp& field : field_help()) {
    const QString key = QString::fromStdString(field.key);
    // The text is chosen above the tabs; its checksum is filled in by the run, details by a loaded model.
    if (key == QLatin1String("data.corpus") || key == QLatin1String("data.sha256")) continue;
    if (key == QLatin1String("model.details")) continue;
    for (const QString& group : groups) {
      if (key.startsWith(group + QLatin1Char('.'))) keys << key;
    }
  }
  return keys;
}

/// Rough, for the eye: matrices of the blocks and the embeddings.
double parameterCount(const ModelConfig& m) {
  const double C = static_cast<double>(m.n_embd), D = static_cast<double>(m.head_dim),
               F = static_cast<double>(m.n_inner);
  const double attention = C * D * static_cast<double>(2 * m.n_head + 2 * m.n_kv_head);
  const double mlp = (m.family == "llama" ? 3 : 2) * C * F;
  const double embeddings = static_cast<double>(m.vocab_size) * C * (m.tie_embeddings ? 1 : 2);
  return static_cast<double>(m.n_layer) * (attention + mlp + 2 * C) + embeddings + C;
}

}  // namespace

NewRunDialog::NewRunDialog(QWidget* parent) : QDialog(parent) {
  setWindowTitle(tr("New run"));
  auto* layout = new QVBoxLayout(this);
  auto* top = new QFormLayout;
  top->setFieldGrowthPolicy(QFormLayout::ExpandingFieldsGrow);
  layout->addLayout(top);

  presets_ = new QComboBox(this);
  presets_->setToolTip(tr("Values to begin with; everything below can be changed"));
  presets_->addItem(tr("Defaults"));
  for (const Preset& preset : demoPresets()) presets_->addItem(preset.title);
  connect(presets_, &QComboBox::activated, this, &NewRunDialog::choosePreset);
  top->addRow(tr("&Begin with"), presets_);

  name_ = new QLineEdit(tr("run"), this);
  name_->setToolTip(tr("Shown in the title and used for the record's file name"));
  top->addRow(tr("N&ame"), name_);

  const auto problem_label = [this] {
    auto* label = new QLabel(this);
    label->setObjectName(QStringLiteral("problem"));
    label->setWordWrap(true);
    label->setSizePolicy(QSizePolicy::Expanding, QSizePolicy::Preferred);
    QPalette colours = label->palette();
    colours.setColor(QPalette::WindowText, theme_of(*this).error);
    label->setPalette(colours);
    label->hide();
    return label;
  };
  const auto with_button = [this, top, problem_label](const QString& label, QLineEdit*& edit, QLabel*& problem,
                                                      const QString& placeholder, const QString& tip,
                                                      std::function<QString()> choose) {
    auto* row = new QHBoxLayout;
    edit = new QLineEdit(this);
    edit->setPlaceholderText(placeholder);
    edit->setToolTip(tip);
    edit->setClearButtonEnabled(true);
    auto* button = new QToolButton(this);
    button->setIcon(themedIcon(QStringLiteral("open")));
    button->setToolTip(tr("Choose"));
    button->setAccessibleName(tr("Choose: %1").arg(QString(label).remove(QLatin1Char('&'))));
    row->addWidget(edit, 1);
    row->addWidget(button);
    top->addRow(label, row);
    if (auto* text = qobject_cast<QLabel*>(top->labelForField(row))) text->setBuddy(edit);
    problem = problem_label();
    top->addRow(QString(), problem);
    connect(button, &QToolButton::clicked, this, [choose = std::move(choose), edit] {
      const QString path = choose();
      if (!path.isEmpty()) edit->setText(path);
    });
    connect(edit, &QLineEdit::textChanged, this, &NewRunDialog::check);
  };
  with_button(tr("&Text"), corpus_, corpus_problem_, tr("the built-in sentence generator"),
              tr("A text file to train on, read with the tokenizer of the model to start from, else as bytes; empty: "
                 "simple sentences made up from the seed"),
              [this] {
                return QFileDialog::getOpenFileName(this, tr("Text to train on"), {},
                                                    tr("Texts (*.txt *.md);;All files (*)"));
              });
  with_button(tr("Start &from"), init_, init_problem_, tr("a fresh model"),
              tr("A model folder or .gguf file whose weights and tokenizer the run starts from; model.* must fit it"),
              [this] { return askForModel(this, tr("Model to start from")); });

  auto* tabs = tabs_ = new QTabWidget(this);
  const auto add_tab = [&](const QString& title, const QStringList& groups) {
    auto* scroll = new QScrollArea(tabs);
    scroll->setWidgetResizable(true);
    scroll->setFrameShape(QFrame::NoFrame);
    scroll->setFocusPolicy(Qt::NoFocus);  // it scrolls to what in it has the focus
    auto* page = new QWidget(scroll);
    auto* column = new QVBoxLayout(page);
    for (const QString& group : groups) {
      auto* form = new ConfigForm(keysOf({group}), page);
      connect(form, &ConfigForm::edited, this, &NewRunDialog::check);
      if (groups.size() > 1) {
        const QString caption = group == QLatin1String("tvr")       ? QStringLiteral("TVR")
                                : group == QLatin1String("kv_bias") ? QStringLiteral("KV bias")
                                : group == QLatin1String("dyt")     ? QStringLiteral("DyT")
                                : group == QLatin1String("init")    ? tr("Initial weights")
                                : group == QLatin1String("data")    ? tr("Data")
                                                                    : tr("Sizes");
        auto* label = new QLabel(QStringLiteral("<b>%1</b>").arg(caption), page);
        column->addWidget(label);
      }
      column->addWidget(form);
      column->addSpacing(6);
      forms_.emplace_back(group, form);
    }
    column->addStretch(1);
    scroll->setWidget(page);
    tabs->addTab(scroll, title);
  };
  add_tab(tr("Model"), {QStringLiteral("model"), QStringLiteral("init")});
  add_tab(tr("Training"), {QStringLiteral("train")});
  add_tab(tr("Probe and data"), {QStringLiteral("data"), QStringLiteral("probe")});
  add_tab(tr("Mitigations from the start"), {QStringLiteral("tvr"), QStringLiteral("kv_bias"), QStringLiteral("dyt")});
  layout->addWidget(tabs, 1);

  auto* record_row = new QHBoxLayout;
  record_ = new QCheckBox(tr("&Record in"), this);
  record_->setToolTip(tr("Write everything measured to an HDF5 file (h5py, xarray and this window open it)"));
  record_->setChecked(settings().value(QStringLiteral("record"), true).toBool());
  record_path_ = new QLineEdit(this);
  record_path_->setPlaceholderText(tr("a new file in %1").arg(recordFolder()));
  record_path_->setToolTip(tr("An existing file is never overwritten"));
  record_path_->setEnabled(record_->isChecked());
  auto* choose_record = new QToolButton(this);
  choose_record->setIcon(themedIcon(QStringLiteral("save")));
  choose_record->setToolTip(tr("Choose the record's file"));
  choose_record->setAccessibleName(tr("Choose the record's file"));
  record_row->addWidget(record_);
  record_row->addWidget(record_path_, 1);
  record_row->addWidget(choose_record);
  layout->addLayout(record_row);
  record_problem_ = problem_label();
  layout->addWidget(record_problem_);
  connect(record_, &QCheckBox::toggled, record_path_, &QWidget::setEnabled);
  connect(choose_record, &QToolButton::clicked, this, [this] {
    const QString path = QFileDialog::getSaveFileName(this, tr("Record"), recordFolder() + QStringLiteral("/run.h5"),
                                                      tr("Records (*.h5)"), nullptr, QFileDialog::DontConfirmOverwrite);
    if (!path.isEmpty()) {
      record_->setChecked(true);
      record_path_->setText(path);
    }
  });
  connect(record_path_, &QLineEdit::textChanged, this, &NewRunDialog::check);

  verdict_ = new QLabel(this);
  verdict_->setWordWrap(true);
  verdict_->setTextInteractionFlags(Qt::TextSelectableByMouse);
  layout->addWidget(verdict_);
  auto* buttons = new QDialogButtonBox(QDialogButtonBox::Cancel, this);
  start_ = buttons->addButton(tr("&Start"), QDialogButtonBox::AcceptRole);
  start_->setToolTip(tr("Start training now"));
  start_->setDefault(true);
  connect(buttons, &QDialogButtonBox::accepted, this, &QDialog::accept);
  connect(buttons, &QDialogButtonBox::rejected, this, &QDialog::reject);
  layout->addWidget(buttons);
  resize(620, 680);
  setConfig(RunConfig{});
}

ConfigForm* NewRunDialog::form(const QString& group) const {
  for (const auto& [name, form] : forms_) {
    if (name == group) return form;
  }
  return nullptr;
}

void NewRunDialog::setConfig(const RunConfig& config) {
  base_ = config;
  base_.data.sha256.clear();
  corpus_->setText(QString::fromStdString(config.data.corpus));
  for (const auto& [group, form] : forms_) form->setValues(config);
  check();
}

void NewRunDialog::setInit(const QString& folder) { init_->setText(folder); }

void NewRunDialog::choosePreset(int index) {
  if (index == 0) {
    setConfig(RunConfig{});
    return;
  }
  const Preset& preset = demoPresets()[static_cast<std::size_t>(index - 1)];
  name_->setText(preset.title);
  try {
    setConfig(config_from_toml(preset.text.toStdString(), preset.id.toStdString()));
  } catch (const std::exception& error) {
    verdict_->setText(QString::fromUtf8(error.what()));
  }
}

RunConfig NewRunDialog::config() const {
  RunConfig config = base_;
  config.data.corpus = corpus_->text().trimmed().toStdString();
  for (const auto& [group, form] : forms_) form->writeTo(config);
  return config;
}

LiveOptions NewRunDialog::options() const {
  LiveOptions options;
  options.name = name_->text().trimmed().toStdString();
  options.init = modelPath(init_->text().trimmed()).toStdString();
  if (record_->isChecked()) {
    const QString path = record_path_->text().trimmed();
    options.record = (path.isEmpty() ? freshRecordPath(name_->text()) : path).toStdString();
  }
  return options;
}

void NewRunDialog::check() {
  if (start_ == nullptr) return;  // while the dialog is being built
  QString problem;
  QString facts;
  try {
    const RunConfig whole = resolved(config());
    const double n = parameterCount(whole.model);
    const std::int64_t tokens = whole.train.batch_size * whole.train.grad_accumulation * whole.model.block_size;
    facts = tr("about %1 parameters, %2 tokens a step")
                .arg(n >= 1e6 ? QString::number(n / 1e6, 'f', 1) + QStringLiteral(" M")
                              : QString::number(n / 1e3, 'f', 0) + QStringLiteral(" k"))
                .arg(tokens);
  } catch (const std::exception& error) {
    problem = QString::fromUtf8(error.what());
  }
  QLabel* beside = nullptr;
  const auto refuse = [&](QLabel* label, const QString& why) {
    if (!problem.isEmpty()) return;
    problem = why;
    beside = label;
  };
  const QString corpus = corpus_->text().trimmed(), init = init_->text().trimmed();
  const QString record = record_path_->text().trimmed();
  if (!corpus.isEmpty() && !QFileInfo(corpus).isFile()) refuse(corpus_problem_, tr("There is no such file."));
  if (!init.isEmpty()) {
    if (const QString why = modelProblem(modelPath(init)); !why.isEmpty()) refuse(init_problem_, why);
  }
  if (record_->isChecked() && !record.isEmpty()) {
    if (QFileInfo::exists(record)) {
      refuse(record_problem_, tr("This file exists already; a record never overwrites. Choose another name."));
    } else if (!QFileInfo(QFileInfo(record).absolutePath()).isWritable()) {
      refuse(record_problem_, tr("Nothing can be written in this folder."));
    }
  }
  showProblem(problem, beside);
  if (problem.isEmpty()) verdict_->setText(facts);
  start_->setEnabled(problem.isEmpty());
}

void NewRunDialog::showProblem(const QString& problem, QLabel* beside) {
  for (QLabel* label : {corpus_problem_, init_problem_, record_problem_}) {
    label->setText(label == beside ? problem : QString());
    label->setVisible(label == beside);
  }
  const QWidget* at_fault = nullptr;
  for (const auto& [group, form] : forms_) {
    if (form->showProblem(beside == nullptr ? problem : QString())) at_fault = form;
  }
  for (int i = 0; i < tabs_->count(); ++i) {
    const bool here = at_fault != nullptr && tabs_->widget(i)->isAncestorOf(at_fault);
    tabs_->setTabIcon(i, here ? themedIcon(QStringLiteral("warning"), theme_of(*this).error) : QIcon());
  }
  if (!problem.isEmpty()) {
    verdict_->setText(beside != nullptr || at_fault != nullptr ? tr("Cannot start yet: see the note in red.")
                                                               : tr("Does not fit: %1").arg(problem));
  }
}

}  // namespace variometer
