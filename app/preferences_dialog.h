// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QDialog>

namespace variometer {

/// Theme, text size, recording, where files go. Everything takes effect at once.
class PreferencesDialog : public QDialog {
  Q_OBJECT
 public:
  explicit PreferencesDialog(QWidget* parent = nullptr);

 Q_SIGNALS:
  void themeChosen(const QString& name);
  void scaleChosen(int percent);

 private:
  /// The folder new files go into, to be changed.
  QWidget* documentsRow();
};

}  // namespace variometer
