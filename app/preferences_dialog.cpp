// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/preferences_dialog.h"

#include <QCheckBox>
#include <QComboBox>
#include <QDialogButtonBox>
#include <QFormLayout>
#include <QLabel>
#include <QPushButton>
#include <QSpinBox>
#include <QVBoxLayout>

#include "app/autosave_form.h"
#include "app/settings.h"

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

  auto* scale = new QSpinBox(this);
  scale->setRange(80, 200);
  scale->setSingleStep(10);
  scale->setSuffix(QStringLiteral(" %"));
  scale->setKeyboardTracking(false);
  scale->setValue(settings().value(QStringLiteral("scale"), 100).toInt());
  scale->setToolTip(tr("Size of all text; Ctrl + and Ctrl − change it too"));
  connect(scale, &QSpinBox::valueChanged, this, &PreferencesDialog::scaleChosen);
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

  auto* memory = new QSpinBox(this);
  memory->setRange(32, 65536);
  memory->setSingleStep(64);
  memory->setSuffix(tr(" MB"));
  memory->setKeyboardTracking(false);
  memory->setValue(curveMemoryMegabytes());
  memory->setToolTip(
      tr("What the measurements of one run may take in memory. Beyond it older measurements are kept in groups:\n"
         "curves show the smallest and the largest value of each, and the card says so. The record has all of them.\n"
         "Takes effect for runs opened from now on."));
  connect(memory, &QSpinBox::valueChanged, this, [](int value) { setCurveMemoryMegabytes(value); });
  form->addRow(tr("&Memory for curves"), memory);

  for (const auto& [name, folder] :
       {std::pair{tr("Records in"), recordFolder()}, {tr("Settings in"), configFolder()}}) {
    auto* where = new QLabel(folder, this);
    where->setTextInteractionFlags(Qt::TextSelectableByMouse);
    where->setWordWrap(true);
    form->addRow(name, where);
  }

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
  setMinimumWidth(fontMetrics().averageCharWidth() * 70);
}

}  // namespace variometer
