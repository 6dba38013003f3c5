// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QWidget>

#include "app/autosave.h"

class QCheckBox;
class QLineEdit;
class QToolButton;

namespace variometer {

class NumberField;

/// The fields of Autosave: in Preferences, and for one run in New run. Stores nothing. GUI thread.
class AutosaveForm : public QWidget {
  Q_OBJECT
 public:
  explicit AutosaveForm(QWidget* parent = nullptr);

  void setValues(const Autosave& autosave);
  Autosave values() const;
  /// Why weights could not be saved so; empty: they can.
  QString problem() const;

 Q_SIGNALS:
  void edited();

 private:
  void enable();

  QCheckBox* on_;
  NumberField* every_;
  NumberField* keep_;
  QLineEdit* folder_;
  QToolButton* choose_;
};

}  // namespace variometer
