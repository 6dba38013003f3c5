// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/model_chooser.h"

#include <QCoreApplication>
#include <QFileInfo>

#include "app/folders.h"

namespace variometer {
namespace {

QString tr(const char* text) { return QCoreApplication::translate("variometer::ModelChooser", text); }

}  // namespace

QString askForModel(QWidget* parent, const QString& title) {
  // Qt's dialog knows files or folders, not both: a folder is chosen by a file in it.
  const QString file = askOpenFile(
      parent, FileKind::model, title,
      tr("Models: .gguf, or a folder's config.json or .safetensors (*.gguf config.json *.safetensors)"));
  return file.isEmpty() ? QString() : modelPath(file);
}

QString modelPath(const QString& path) {
  const QFileInfo info(path);
  const bool of_a_folder =
      info.suffix().toLower() == QLatin1String("safetensors") || info.fileName() == QLatin1String("config.json");
  return info.isFile() && of_a_folder ? info.absolutePath() : path;
}

QString modelProblem(const QString& path) {
  const QFileInfo info(path);
  if (!info.exists()) return tr("There is no such file or folder.");
  if (info.isDir()) {
    if (QFileInfo(path + QStringLiteral("/config.json")).isFile()) return {};
    return tr("There is no config.json in this folder.");
  }
  if (info.suffix().toLower() == QLatin1String("gguf")) return {};
  return tr("A model is a folder with a config.json, or a .gguf file.");
}

}  // namespace variometer
