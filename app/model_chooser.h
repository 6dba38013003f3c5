// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QString>

class QWidget;

namespace variometer {

/// Asks for a model: a .gguf file, or any file of a model folder, which stands for the folder. Empty: none was chosen.
QString askForModel(QWidget* parent, const QString& title);
/// What a path that was chosen, dropped or typed means as a model: the .gguf file itself; of a folder, its config.json
/// or one of its .safetensors files, the folder. Anything else as it is.
QString modelPath(const QString& path);
/// Why there is no model at `path` (one of modelPath); empty: there seems to be one.
QString modelProblem(const QString& path);

}  // namespace variometer
