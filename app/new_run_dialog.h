// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QDialog>
#include <optional>

#include "app/run_study.h"
#include "core/base/config.h"
#include "core/base/preset.h"
#include "core/train/live_run.h"

class QLabel;
class QPushButton;

namespace variometer {

class ConfigForm;
class RunKeepingPart;
class RunSourcePart;
class NewRunTabs;

/// Everything a run is made of: what it begins with (RunSourcePart), every key in groups (NewRunTabs), where it is kept
/// (RunKeepingPart), and below what it will take. What does not fit together is said while it is typed; Start is only
/// offered when it does.
class NewRunDialog : public QDialog {
  Q_OBJECT
 public:
  /// `study` looks at models and measures (null: none, the form then knows sizes only by what is typed). It outlives
  /// the dialog, so that closing it waits for nothing.
  explicit NewRunDialog(QWidget* parent = nullptr, RunStudy* study = nullptr);
  ~NewRunDialog() override;

  void setConfig(const RunConfig& config);
  void setPreset(const RunPreset& preset);
  /// Weights to start from (a Hugging Face folder or a .gguf file); empty: a fresh model.
  void setInit(const QString& folder);
  RunConfig config() const;
  LiveOptions options() const;
  /// All of it, as `variometer train` takes it.
  RunPreset preset() const;

  ConfigForm* form(const QString& group) const;
  RunSourcePart* source() const { return source_; }
  NewRunTabs* tabs() const { return tabs_; }
  RunKeepingPart* keeping() const { return keeping_; }
  QPushButton* startButton() const { return start_; }
  QPushButton* saveButton() const { return save_; }
  QLabel* verdict() const { return verdict_; }

 private:
  void chooseDemo(int index);
  void choosePresetFile(const QString& path);
  void savePreset();
  void check();
  void study();
  void takeAnswer(const RunStudy::Answer& answer);
  void proposeForWidth(const RunConfig& config);
  /// Says it at its field and takes Start away; empty: says what the run takes.
  void showVerdict(const QString& problem, bool at_field);
  QString estimate() const;

  RunStudy* const study_;
  RunSourcePart* source_;
  NewRunTabs* tabs_;
  RunKeepingPart* keeping_;
  QLabel* verdict_;
  QPushButton* start_ = nullptr;
  QPushButton* save_ = nullptr;
  RunConfig base_;             ///< what the form was filled with
  RunConfig asked_for_;        ///< what the last question was about
  bool waiting_ = false;       ///< for a model to be looked at
  std::optional<RunStudy::Answer> answer_;
};

}  // namespace variometer
