// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QDialog>
#include <vector>

#include "core/base/config.h"
#include "core/train/live_run.h"

class QCheckBox;
class QComboBox;
class QLabel;
class QLineEdit;
class QPushButton;
class QTabWidget;

namespace variometer {

class ConfigForm;

/// Everything a run is made of: a preset to begin with, a text, every key in groups, a record. What does not fit
/// together is said while it is typed; Start is only offered when it does.
class NewRunDialog : public QDialog {
  Q_OBJECT
 public:
  explicit NewRunDialog(QWidget* parent = nullptr);

  void setConfig(const RunConfig& config);
  /// Weights to start from (a Hugging Face folder or a .gguf file); empty: a fresh model.
  void setInit(const QString& folder);
  RunConfig config() const;
  LiveOptions options() const;
  ConfigForm* form(const QString& group) const;
  QPushButton* startButton() const { return start_; }
  QLabel* verdict() const { return verdict_; }

 private:
  void choosePreset(int index);
  void check();
  /// Says it under the field it is about, and marks the tab the field is on; what names no field goes below.
  void showProblem(const QString& problem, QLabel* beside);

  QComboBox* presets_ = nullptr;
  QLineEdit* name_ = nullptr;
  QLineEdit* corpus_ = nullptr;
  QLineEdit* init_ = nullptr;
  QCheckBox* record_ = nullptr;
  QLineEdit* record_path_ = nullptr;
  QLabel* corpus_problem_ = nullptr;
  QLabel* init_problem_ = nullptr;
  QLabel* record_problem_ = nullptr;
  QTabWidget* tabs_ = nullptr;
  std::vector<std::pair<QString, ConfigForm*>> forms_;
  QLabel* verdict_ = nullptr;
  QPushButton* start_ = nullptr;
  RunConfig base_;
};

}  // namespace variometer
