// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/folders.h"

#include <QCoreApplication>
#include <QDir>
#include <QFileInfo>
#include <QStandardPaths>
#include <QTemporaryFile>

#include "app/settings.h"

namespace variometer {
namespace {

QString tr(const char* text) { return QCoreApplication::translate("variometer::Folders", text); }

QString nameOf(FileKind kind) {
  switch (kind) {
    case FileKind::run: return QStringLiteral("runs");
    case FileKind::model: return QStringLiteral("models");
    case FileKind::figure: return QStringLiteral("figures");
    case FileKind::preset: return QStringLiteral("presets");
    case FileKind::text: return QStringLiteral("texts");
  }
  return {};
}

QString standardDocuments() {
  if (const QString named = qEnvironmentVariable("VARIOMETER_DOCUMENTS_DIR"); !named.isEmpty()) return named;
  QString documents = QStandardPaths::writableLocation(QStandardPaths::DocumentsLocation);
  if (documents.isEmpty()) documents = QDir::homePath();
  return documents + QStringLiteral("/Variometer");
}

QString settingOf(FileKind kind) { return QStringLiteral("folders/last_") + nameOf(kind); }

}  // namespace

QString documentsFolder() {
  const QString chosen = settings().value(QStringLiteral("folders/documents")).toString();
  return chosen.isEmpty() ? standardDocuments() : chosen;
}

void setDocumentsFolder(const QString& folder) {
  if (folder.isEmpty() || QDir::cleanPath(folder) == QDir::cleanPath(standardDocuments())) {
    settings().remove(QStringLiteral("folders/documents"));
  } else {
    settings().setValue(QStringLiteral("folders/documents"), QDir::cleanPath(folder));
  }
}

QString folderFor(FileKind kind) {
  // Texts are the user's own: their dialogs begin among the documents.
  if (kind == FileKind::text) return QFileInfo(documentsFolder()).absolutePath();
  return documentsFolder() + QLatin1Char('/') + nameOf(kind);
}

QString whyNotWritable(const QString& folder) {
  if (!QDir().mkpath(folder)) return tr("The folder %1 cannot be made.").arg(folder);
  // Asking the permissions is not enough: a full disk and a file system that is read only say so only when written to.
  QTemporaryFile probe(folder + QStringLiteral("/.variometer-XXXXXX"));
  if (!probe.open()) return tr("Nothing can be written in %1: %2.").arg(folder, probe.errorString());
  return {};
}

QString lastFolder(FileKind kind) {
  const QString last = settings().value(settingOf(kind)).toString();
  return !last.isEmpty() && QFileInfo(last).isDir() ? last : folderFor(kind);
}

void rememberFolder(FileKind kind, const QString& folder) { settings().setValue(settingOf(kind), folder); }

QString askOpenFile(QWidget* parent, FileKind kind, const QString& title, const QString& filter) {
  // Where nothing of the kind was ever kept there is no folder: Qt would take its name for that of a file.
  QString folder = lastFolder(kind);
  while (!QFileInfo(folder).isDir() && folder != QFileInfo(folder).absolutePath()) {
    folder = QFileInfo(folder).absolutePath();
  }
  const QString file = QFileDialog::getOpenFileName(parent, title, folder, filter);
  if (!file.isEmpty()) rememberFolder(kind, QFileInfo(file).absolutePath());
  return file;
}

QString askSaveFile(QWidget* parent, FileKind kind, const QString& title, const QString& name, const QString& filter,
                    QFileDialog::Options options) {
  const QString folder = lastFolder(kind);
  QDir().mkpath(folder);
  const QString file =
      QFileDialog::getSaveFileName(parent, title, folder + QLatin1Char('/') + name, filter, nullptr, options);
  if (!file.isEmpty()) rememberFolder(kind, QFileInfo(file).absolutePath());
  return file;
}

QString askFolder(QWidget* parent, FileKind kind, const QString& title) {
  const QString folder = lastFolder(kind);
  QDir().mkpath(folder);
  const QString chosen = QFileDialog::getExistingDirectory(parent, title, folder);
  if (!chosen.isEmpty()) rememberFolder(kind, chosen);
  return chosen;
}

}  // namespace variometer
