// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QWidget>
#include <functional>

class QComboBox;
class QFormLayout;
class QLabel;
class QLineEdit;

namespace variometer {

class ProblemLabel;

/// The top of the New run form: what to begin with, the run's name, the text, the model it starts from.
class RunSourcePart : public QWidget {
  Q_OBJECT
 public:
  explicit RunSourcePart(QWidget* parent = nullptr);

  QString name() const;
  void setName(const QString& name);
  /// Proposed as long as nobody typed another.
  void proposeName(const QString& name);
  QString corpus() const;
  void setCorpus(const QString& path);
  /// As a model's path (modelPath); empty: a fresh model.
  QString init() const;
  void setInit(const QString& path);
  /// What was found out about the model, under its field.
  void setModelNote(const QString& note);
  /// The demos and the presets in the presets folder, by name.
  void listPresets();

  /// Why text or model cannot serve, said at its field; as far as their paths tell.
  bool sayProblems();
  void sayModelProblem(const QString& problem);
  void sayTextProblem(const QString& problem);

 Q_SIGNALS:
  void edited();
  /// Index of demoPresets(); -1: the defaults.
  void demoChosen(int index);
  void presetFileChosen(const QString& path);

 private:
  struct PathRow {
    QLineEdit* edit;
    ProblemLabel* problem;
  };
  PathRow addPathRow(QFormLayout* form, const QString& label, const QString& placeholder, const QString& tip,
                     std::function<QString()> choose);
  void presetActivated(int index);

  QComboBox* presets_;
  QLineEdit* name_;
  bool name_typed_ = false;
  PathRow corpus_{}, init_{};
  QLabel* model_note_;
};

}  // namespace variometer
