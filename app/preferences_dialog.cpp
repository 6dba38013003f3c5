// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/preferences_dialog.h"

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
#include <QToolButton>
#include <QVBoxLayout>
#include <algorithm>

#include "app/autosave_form.h"
#include "app/folders.h"
#include "app/problem_label.h"
#include "app/settings.h"
#include "widgets/number_field.h"
#include "widgets/panel_icons.h"

namespace variometer {

PreferencesDialog::PreferencesDialog(QWidget* parent) : QDialog(parent) {
  setWindowTitle(tr("Preferences"));
  auto* form = new QFormLayout;
  auto* theme = new QComboBox(this);
  for (const auto& [text, name] : {std::pair{tr("As the system"), "system"},
                                   {tr("Light"), "light"},
                                   {tr("Dark"), "dark"},
                                   {tr("High contrast"), "contrast"},
                                   {tr("Print (white, for figures)"), "print"}}) {
    theme->addItem(text, QString::fromLatin1(name));
  }
  theme->setCurrentIndex(
      std::max(0, theme->findData(settings().value(QStringLiteral("theme"), QStringLiteral("system")))));
  theme->setToolTip(tr("Colours of the window and of the cards"));
  connect(theme, &QComboBox::activated, this, [this, theme] { Q_EMIT themeChosen(theme->currentData().toString()); });
  form->addRow(tr("&Theme"), theme);

  auto* scale = new NumberField(NumberField::Kind::whole, this);
  scale->setRange(80, 200);
  scale->setStep(10);
  scale->setSuffix(QStringLiteral(" %"));
  scale->setValue(settings().value(QStringLiteral("scale"), 100).toInt());
  scale->setToolTip(tr("Size of all text; Ctrl + and Ctrl − change it too"));
  connect(scale, &NumberField::valueChanged, this,
          [this](double percent) { Q_EMIT scaleChosen(static_cast<int>(percent)); });
  form->addRow(tr("Text &size"), scale);

  auto* record = new QCheckBox(tr("&Record every run"), this);
  record->setChecked(settings().value(QStringLiteral("record"), true).toBool());
  record->setToolTip(tr("Runs started here are written to the records folder unless another file is chosen"));
  connect(record, &QCheckBox::toggled, this, [](bool on) { settings().setValue(QStringLiteral("record"), on); });
  form->addRow(tr("Recording"), record);

  auto* weights = new AutosaveForm(this);
  weights->setValues(chosenAutosave());
  connect(weights, &AutosaveForm::edited, this, [weights] {
    if (weights->problem().isEmpty()) chooseAutosave(weights->values());
  });
  form->addRow(tr("Weights"), weights);

  auto* memory = new NumberField(NumberField::Kind::whole, this);
  memory->setRange(32, 65536);
  memory->setStep(64);
  memory->setSuffix(tr(" MB"));
  memory->setValue(curveMemoryMegabytes());
  memory->setToolTip(
      tr("What the measurements of one run may take in memory. Beyond it older measurements are kept in groups:\n"
         "curves show the smallest and the largest value of each, and the card says so. The record has all of them.\n"
         "Takes effect for runs opened from now on."));
  connect(memory, &NumberField::valueChanged, this,
          [](double value) { setCurveMemoryMegabytes(static_cast<int>(value)); });
  form->addRow(tr("&Memory for curves"), memory);

  form->addRow(tr("&Files in"), documentsRow());
  auto* where = new QLabel(configFolder(), this);
  where->setTextInteractionFlags(Qt::TextSelectableByMouse);
  where->setWordWrap(true);
  form->addRow(tr("Settings in"), where);

  auto* forget = new QPushButton(tr("Forget recent runs and models"), this);
  forget->setAutoDefault(false);
  forget->setEnabled(!recentRuns().empty());
  forget->setToolTip(tr("Empties the list; the files stay"));
  connect(forget, &QPushButton::clicked, this, [forget] {
    forgetRecentRuns();
    forget->setEnabled(false);
  });
  form->addRow(QString(), forget);

  auto* buttons = new QDialogButtonBox(QDialogButtonBox::Close, this);
  connect(buttons, &QDialogButtonBox::rejected, this, &QDialog::reject);
  auto* layout = new QVBoxLayout(this);
  layout->addLayout(form);
  layout->addStretch(1);
  layout->addWidget(buttons);
  buttons->button(QDialogButtonBox::Close)->setDefault(true);
  resize(std::max(sizeHint().width(), fontMetrics().averageCharWidth() * 70), sizeHint().height());
}

QWidget* PreferencesDialog::documentsRow() {
  auto* widget = new QWidget(this);
  auto* column = new QVBoxLayout(widget);
  column->setContentsMargins(0, 0, 0, 0);
  auto* row = new QHBoxLayout;
  auto* edit = new QLineEdit(documentsFolder(), widget);
  edit->setObjectName(QStringLiteral("documents"));
  edit->setAccessibleName(tr("Files in"));
  edit->setToolTip(tr("New records, models, figures and presets go into folders in here; files that are elsewhere stay"));
  auto* choose = new QToolButton(widget);
  choose->setIcon(themedIcon(QStringLiteral("open")));
  choose->setToolTip(tr("Choose the folder"));
  choose->setAccessibleName(tr("Choose the folder"));
  auto* problem = new ProblemLabel(widget);
  row->addWidget(edit, 1);
  row->addWidget(choose);
  column->addLayout(row);
  column->addWidget(problem);
  const auto take = [edit, problem] {
    const QString folder = edit->text().trimmed();
    const QString why = folder.isEmpty()                   ? QString()
                        : QFileInfo(folder).isRelative() ? tr("Give the whole path, from / on.")
                                                           : whyNotWritable(folder);
    problem->say(why);
    if (!why.isEmpty()) return;  // the folder before stays
    setDocumentsFolder(folder);
    edit->setText(documentsFolder());
  };
  connect(edit, &QLineEdit::editingFinished, this, take);
  connect(choose, &QToolButton::clicked, this, [this, edit, take] {
    const QString folder = QFileDialog::getExistingDirectory(this, tr("Folder for files"), documentsFolder());
    if (folder.isEmpty()) return;
    edit->setText(folder);
    take();
  });
  return widget;
}

}  // namespace variometer
