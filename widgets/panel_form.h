// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QDoubleSpinBox>
#include <QHash>
#include <QStringList>
#include <QWidget>
#include <vector>

#include "core/base/command.h"
#include "core/base/config.h"

class QFormLayout;
class QLabel;

namespace variometer {

/// A number with as many digits as it needs ("0.01", "1e-08"), always with a point, whatever the system's language.
/// Arrow keys change the leading digit.
class NumberBox : public QDoubleSpinBox {
  Q_OBJECT
 public:
  explicit NumberBox(QWidget* parent = nullptr);
  QString textFromValue(double value) const override;
  double valueFromText(const QString& text) const override;
  QValidator::State validate(QString& text, int& position) const override;
};

/// Editors for some keys of a RunConfig, one a row: a box for yes or no, a list where only some words are allowed, a
/// number or a line of text elsewhere. Each has the key's help as its tooltip. Used by the mitigation panel and by the
/// New run dialog; knows no run.
class ConfigForm : public QWidget {
  Q_OBJECT
 public:
  ConfigForm(const QStringList& keys, QWidget* parent = nullptr);

  QStringList keys() const { return keys_; }
  /// Shows the values of `config`; edits not taken over yet are forgotten.
  void setValues(const RunConfig& config);
  /// Writes what is shown into `config`.
  void writeTo(RunConfig& config) const;
  /// key=value of everything that differs from `config`.
  std::vector<Assignment> changesFrom(const RunConfig& config) const;
  QString text(const QString& key) const;
  void setText(const QString& key, const QString& value);
  QWidget* editor(const QString& key) const { return editors_.value(key); }
  /// Says under the field at fault what is wrong with it: the first key of this form that `message` names. An empty
  /// message takes it away. False when the message names none of them.
  bool showProblem(const QString& message);
  /// Replaces the last part of a tooltip, say by a formula and a unit.
  void addToolTip(const QString& key, const QString& more);

 Q_SIGNALS:
  void edited(const QString& key);

 private:
  QWidget* makeEditor(const QString& key, const QString& kind);

  QStringList keys_;
  QHash<QString, QWidget*> editors_;
  QFormLayout* layout_;
  QLabel* problem_ = nullptr;
};

/// The words a key allows; empty: anything.
QStringList allowedWords(const QString& key);
/// "target_std" -> "target std".
QString fieldLabel(const QString& key);

}  // namespace variometer
