// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QDialog>
#include <functional>
#include <vector>

#include "core/base/command.h"
#include "core/base/config.h"

class QComboBox;
class QLabel;
class QLineEdit;
class QPushButton;

namespace variometer {

class NumberField;

/// Continue a recorded run from a step with one thing changed (design: ui d.4): which step, which change, which name.
/// Does not fork: the window asks it and starts the run. GUI thread.
class ForkDialog : public QDialog {
  Q_OBJECT
 public:
  /// The peak learning rate in force at an update.
  using LearningRate = std::function<double(std::int64_t step)>;

  /// Of the run that is forked: updates before its first, made in all, and to be made in all.
  struct Steps {
    std::int64_t first = 0, last = 0, planned = 0;
  };

  /// What can be chosen depends on what is in force in `config`. Half of `learning_rate` at the step is proposed;
  /// without it, half of the config's.
  ForkDialog(const QString& run, const RunConfig& config, const Steps& steps, LearningRate learning_rate = {},
             QWidget* parent = nullptr);

  void setStep(std::int64_t step);
  /// Proposes this change; it has to be one of living fields.
  void setChange(const std::vector<Assignment>& change);

  /// The change takes effect before this update.
  std::int64_t step() const;
  /// Updates the fork makes in all; never before the change.
  std::int64_t last() const;
  /// Empty: the same run again.
  std::vector<Assignment> change() const;
  QString name() const;

  QComboBox* choice() const { return choice_; }
  QLineEdit* assignments() const { return assignments_; }
  QPushButton* forkButton() const { return fork_; }
  QLabel* problem() const { return problem_; }
  NumberField* stepBox() const { return step_; }
  NumberField* lastBox() const { return last_; }
  QLabel* note() const { return note_; }

 private:
  void check();
  void proposeLearningRate();
  void proposeLast();

  const RunConfig config_;
  const Steps steps_;
  const LearningRate learning_rate_;
  NumberField* step_;
  NumberField* last_;
  QLabel* note_;
  QComboBox* choice_;
  QLineEdit* assignments_;
  QLineEdit* name_;
  QLabel* problem_;
  QPushButton* fork_;
};

/// "tvr.enabled=true tvr.target_std=0.05", quoted where a value needs it; what ForkDialog shows and reads.
QString assignmentsText(const std::vector<Assignment>& assignments);
/// Throws Error(usage).
std::vector<Assignment> assignmentsFromText(const QString& text);

}  // namespace variometer
