// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QHash>
#include <QStringList>
#include <QWidget>
#include <vector>

#include "core/base/command.h"
#include "core/base/config.h"

class QFormLayout;
class QLabel;

namespace variometer {

/// Editors for some keys of a RunConfig, one a row: a box for yes or no, a list where only some words are allowed, a
/// number or a line of text elsewhere. Each has the key's help as its tooltip. Used by the mitigation panel and by the
/// New run dialog; knows no run.
class ConfigForm : public QWidget {
  Q_OBJECT
 public:
  enum class Labels { shown, none };
  ConfigForm(const QStringList& keys, QWidget* parent = nullptr, Labels labels = Labels::shown);

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
  /// What is typed into a field and cannot be its value, as "key: why"; empty: everything shown is a value.
  QString typedProblem() const;
  /// The keys' values cannot be changed here; `reason` says why, in their tooltips. An empty reason frees them.
  void setFixed(const QStringList& keys, const QString& reason);
  /// A remark under a field, say where its value comes from; an empty one takes it away.
  void setNote(const QString& key, const QString& note);
  QString note(const QString& key) const;
  /// Says under the field at fault what is wrong with it: the first key of this form that `message` names. An empty
  /// message takes it away. False when the message names none of them.
  bool showProblem(const QString& message);
  /// Replaces the last part of a tooltip, say by a formula and a unit.
  void addToolTip(const QString& key, const QString& more);

 Q_SIGNALS:
  void edited(const QString& key);

 private:
  QWidget* makeEditor(const QString& key, const QString& kind);
  int rowOf(const QString& key) const;

  QStringList keys_;
  QHash<QString, QWidget*> editors_;
  QHash<QString, QString> tips_;  ///< tooltips of the editors, without a reason
  QHash<QString, QLabel*> notes_;
  QFormLayout* layout_;
  QLabel* problem_ = nullptr;
};

/// The words a key allows; empty: anything.
QStringList allowedWords(const QString& key);
/// "tvr.target_std" -> "Target std" (core/base/field_labels.h).
QString fieldLabel(const QString& key);

}  // namespace variometer
