// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/error_dialog.h"

#include <QClipboard>
#include <QGuiApplication>
#include <QMessageBox>
#include <QPushButton>

namespace variometer {
namespace {

QString& lastText() {
  static QString text;
  return text;
}

}  // namespace

void showError(QWidget* parent, const ErrorText& text) {
  const QString details =
      text.details.isEmpty() ? QStringLiteral("%1\n%2\n%3").arg(text.what, text.why, text.safe) : text.details;
  lastText() = details;
  auto* box = new QMessageBox(QMessageBox::Warning, QObject::tr("Variometer"), text.what, QMessageBox::Ok, parent);
  box->setTextFormat(Qt::PlainText);
  box->setInformativeText(text.safe.isEmpty() ? text.why : text.why + QStringLiteral("\n\n") + text.safe);
  auto* copy = box->addButton(QObject::tr("Copy details"), QMessageBox::ActionRole);
  copy->setToolTip(QObject::tr("Put the whole message on the clipboard"));
  // The button copies and leaves the dialog open.
  copy->disconnect();
  QObject::connect(copy, &QPushButton::clicked, box, [details] { QGuiApplication::clipboard()->setText(details); });
  box->setAttribute(Qt::WA_DeleteOnClose);
  box->open();
}

QString lastErrorShown() { return lastText(); }

}  // namespace variometer
