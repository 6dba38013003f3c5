// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/new_run_source.h"

#include <QComboBox>
#include <QDir>
#include <QFile>
#include <QFileInfo>
#include <QFormLayout>
#include <QHBoxLayout>
#include <QLabel>
#include <QLineEdit>
#include <QToolButton>

#include "app/folders.h"
#include "app/model_chooser.h"
#include "app/presets.h"
#include "app/problem_label.h"
#include "widgets/panel_icons.h"

namespace variometer {
namespace {

const char* const kChooseFile = "choose";

}  // namespace

RunSourcePart::RunSourcePart(QWidget* parent) : QWidget(parent) {
  auto* form = new QFormLayout(this);
  form->setContentsMargins(0, 0, 0, 0);
  form->setFieldGrowthPolicy(QFormLayout::ExpandingFieldsGrow);
  presets_ = new QComboBox(this);
  presets_->setToolTip(tr("Values to begin with; everything below can be changed"));
  listPresets();
  connect(presets_, &QComboBox::activated, this, &RunSourcePart::presetActivated);
  form->addRow(tr("&Begin with"), presets_);

  name_ = new QLineEdit(tr("run"), this);
  name_->setToolTip(tr("Shown in the title and used for the record's file name"));
  connect(name_, &QLineEdit::textEdited, this, [this] { name_typed_ = true; });
  form->addRow(tr("N&ame"), name_);

  corpus_ = addPathRow(form, tr("&Text"), tr("the built-in sentence generator"),
                       tr("A text file to train on, read with the tokenizer of the model to start from, else as bytes; "
                          "empty: simple sentences made up from the seed"),
                       [this] {
                         return askOpenFile(this, FileKind::text, tr("Text to train on"),
                                            tr("Texts (*.txt *.md);;All files (*)"));
                       });
  init_ = addPathRow(form, tr("Start &from"), tr("a fresh model"),
                     tr("A model folder or .gguf file whose sizes, weights and tokenizer the run takes"),
                     [this] { return askForModel(this, tr("Model to start from")); });
  model_note_ = new QLabel(this);
  model_note_->setObjectName(QStringLiteral("model_note"));
  model_note_->setWordWrap(true);
  model_note_->setSizePolicy(QSizePolicy::Expanding, QSizePolicy::Preferred);
  model_note_->hide();
  form->addRow(QString(), model_note_);
}

RunSourcePart::PathRow RunSourcePart::addPathRow(QFormLayout* form, const QString& label, const QString& placeholder,
                                                 const QString& tip, std::function<QString()> choose) {
  auto* row = new QHBoxLayout;
  auto* edit = new QLineEdit(this);
  edit->setPlaceholderText(placeholder);
  edit->setToolTip(tip);
  edit->setClearButtonEnabled(true);
  auto* button = new QToolButton(this);
  button->setIcon(themedIcon(QStringLiteral("open")));
  button->setToolTip(tr("Choose"));
  button->setAccessibleName(tr("Choose: %1").arg(QString(label).remove(QLatin1Char('&'))));
  row->addWidget(edit, 1);
  row->addWidget(button);
  form->addRow(label, row);
  if (auto* text = qobject_cast<QLabel*>(form->labelForField(row))) text->setBuddy(edit);
  auto* problem = new ProblemLabel(this);
  form->addRow(QString(), problem);
  connect(button, &QToolButton::clicked, this, [choose = std::move(choose), edit] {
    const QString path = choose();
    if (!path.isEmpty()) edit->setText(path);
  });
  connect(edit, &QLineEdit::textChanged, this, &RunSourcePart::edited);
  return {edit, problem};
}

void RunSourcePart::listPresets() {
  presets_->clear();
  presets_->addItem(tr("Defaults"), -1);
  const auto& demos = demoPresets();
  for (std::size_t i = 0; i < demos.size(); ++i) presets_->addItem(demos[i].title, static_cast<int>(i));
  const QDir folder(folderFor(FileKind::preset));
  for (const QString& name : folder.entryList({QStringLiteral("*.toml")}, QDir::Files, QDir::Name)) {
    QFile file(folder.filePath(name));
    if (!file.open(QIODevice::ReadOnly)) continue;
    const Preset preset = describePreset(name.chopped(5), QString::fromUtf8(file.read(4096)));
    presets_->addItem(preset.title, folder.filePath(name));
    presets_->setItemData(presets_->count() - 1, folder.filePath(name), Qt::ToolTipRole);
  }
  presets_->addItem(tr("A preset file…"), QString::fromLatin1(kChooseFile));
}

void RunSourcePart::presetActivated(int index) {
  const QVariant chosen = presets_->itemData(index);
  if (chosen.typeId() == QMetaType::Int) {
    Q_EMIT demoChosen(chosen.toInt());
    return;
  }
  QString path = chosen.toString();
  if (path == QLatin1String(kChooseFile)) {
    path = askOpenFile(this, FileKind::preset, tr("Preset to begin with"), tr("Presets (*.toml);;All files (*)"));
    if (path.isEmpty()) return;
  }
  Q_EMIT presetFileChosen(path);
}

QString RunSourcePart::name() const { return name_->text().trimmed(); }

void RunSourcePart::setName(const QString& name) {
  name_->setText(name);
  name_typed_ = false;
}

void RunSourcePart::proposeName(const QString& name) {
  if (!name_typed_) name_->setText(name);
}

QString RunSourcePart::corpus() const { return corpus_.edit->text().trimmed(); }
void RunSourcePart::setCorpus(const QString& path) { corpus_.edit->setText(path); }

QString RunSourcePart::init() const {
  const QString text = init_.edit->text().trimmed();
  return text.isEmpty() ? text : modelPath(text);
}

void RunSourcePart::setInit(const QString& path) { init_.edit->setText(path); }

void RunSourcePart::setModelNote(const QString& note) {
  model_note_->setText(note);
  model_note_->setVisible(!note.isEmpty());
}

bool RunSourcePart::sayProblems() {
  QString text_problem, model_problem;
  if (!corpus().isEmpty() && !QFileInfo(corpus()).isFile()) text_problem = tr("There is no such file.");
  if (!init().isEmpty()) model_problem = modelProblem(init());
  sayTextProblem(text_problem);
  sayModelProblem(model_problem);
  return !text_problem.isEmpty() || !model_problem.isEmpty();
}

void RunSourcePart::sayModelProblem(const QString& problem) { init_.problem->say(problem); }
void RunSourcePart::sayTextProblem(const QString& problem) { corpus_.problem->say(problem); }

}  // namespace variometer
