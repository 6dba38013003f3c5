// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/number_dialog.h"

#include <QDialog>
#include <QDialogButtonBox>
#include <QLabel>
#include <QPushButton>
#include <QVBoxLayout>

#include "widgets/theme.h"

namespace variometer {

std::optional<double> askNumber(QWidget* parent, const NumberQuestion& question) {
  QDialog dialog(parent);
  dialog.setWindowTitle(question.title);
  auto* layout = new QVBoxLayout(&dialog);
  auto* label = new QLabel(question.label, &dialog);
  auto* field = new NumberField(question.kind, &dialog);
  field->setRange(question.least, question.most);
  field->setValue(question.value);
  label->setBuddy(field);
  field->setAccessibleName(question.label);
  auto* problem = new QLabel(QStringLiteral(" "), &dialog);  // its place is kept, nothing moves when it speaks
  problem->setObjectName(QStringLiteral("problem"));
  QPalette colours = problem->palette();
  colours.setColor(QPalette::WindowText, theme_of(dialog).error);
  problem->setPalette(colours);
  auto* buttons = new QDialogButtonBox(QDialogButtonBox::Ok | QDialogButtonBox::Cancel, &dialog);
  for (QWidget* widget : {static_cast<QWidget*>(label), static_cast<QWidget*>(field), static_cast<QWidget*>(problem),
                          static_cast<QWidget*>(buttons)}) {
    layout->addWidget(widget);
  }
  dialog.setMinimumWidth(dialog.fontMetrics().averageCharWidth() * 60);
  QObject::connect(buttons, &QDialogButtonBox::accepted, &dialog, &QDialog::accept);
  QObject::connect(buttons, &QDialogButtonBox::rejected, &dialog, &QDialog::reject);
  QObject::connect(field, &NumberField::problemChanged, &dialog, [problem, buttons](const QString& why) {
    problem->setText(why.isEmpty() ? QStringLiteral(" ") : why);
    buttons->button(QDialogButtonBox::Ok)->setEnabled(why.isEmpty());
  });
  field->setFocus();
  field->selectAll();
  if (dialog.exec() != QDialog::Accepted) return std::nullopt;
  return field->value();
}

}  // namespace variometer
