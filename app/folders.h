// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QFileDialog>
#include <QString>

class QWidget;

namespace variometer {

/// What a user keeps or opens. Each kind has a folder for new files and remembers where its dialogs were last.
enum class FileKind { run, model, figure, preset, text };

/// The folder all others lie in, which users see: VARIOMETER_DOCUMENTS_DIR, else "Variometer" in the XDG documents
/// folder, unless Preferences name another.
QString documentsFolder();
/// An empty path: the standard one again.
void setDocumentsFolder(const QString& folder);
/// Where new files of a kind go: runs, models, figures and presets in the documents folder. Not made here.
QString folderFor(FileKind kind);
/// Makes the folder if need be. Why nothing can be written in it; empty: something can.
QString whyNotWritable(const QString& folder);

/// The one way to ask for files: begins where the last dialog of the kind was, else in folderFor, and remembers.
/// Empty: none was chosen.
QString askOpenFile(QWidget* parent, FileKind kind, const QString& title, const QString& filter);
QString askSaveFile(QWidget* parent, FileKind kind, const QString& title, const QString& name, const QString& filter,
                    QFileDialog::Options options = {});
QString askFolder(QWidget* parent, FileKind kind, const QString& title);
/// Where the next dialog of the kind begins.
QString lastFolder(FileKind kind);
void rememberFolder(FileKind kind, const QString& folder);

}  // namespace variometer
