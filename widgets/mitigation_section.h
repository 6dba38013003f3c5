// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QWidget>
#include <functional>
#include <optional>
#include <vector>

#include "core/base/command.h"
#include "core/base/config.h"
#include "core/base/snapshot.h"
#include "core/base/tvr_target.h"

class QLabel;
class QPushButton;

namespace variometer {

class ConfigForm;
class Switch;

/// One of the three mitigations: a switch that stays pending until the run says it took effect, its parameters, a
/// preview in numbers, and an honest line on what it does to the model. Talks to the run only through `setPoster`.
class MitigationSection : public QWidget {
  Q_OBJECT
 public:
  /// Posts a command and returns its ticket; 0: it could not be posted.
  using Poster = std::function<std::int64_t(Command)>;

  /// `group` is "tvr", "kv_bias" or "dyt".
  MitigationSection(const QString& group, QWidget* parent = nullptr);

  void setPoster(Poster poster) { poster_ = std::move(poster); }
  /// Not steerable: everything is off limits, and `reason` says why as a tooltip.
  void setSteerable(bool steerable, const QString& reason);
  /// What the newest snapshot says is in force. Edits in progress are kept.
  void setInForce(const Mitigations& mitigations, std::int64_t step);
  /// How widely the weights are spread now. TVR, as long as it is off and nobody chose a target, proposes one that goes
  /// with it, and says why; the others need not know.
  void setSpread(const ModelConfig& model, const WeightSpread& spread);
  void commandSettled(std::int64_t ticket, const Command& command, const QString& error, std::int64_t step);
  void showPreview(const Preview& preview);
  /// Forgets what was pending (another run).
  void reset();
  /// Whether a second run can branch off.
  void setForkable(bool forkable);

  Switch* toggle() const { return switch_; }
  ConfigForm* form() const { return form_; }
  QPushButton* previewButton() const { return preview_button_; }
  QPushButton* applyButton() const { return apply_button_; }
  QPushButton* forkButton() const { return fork_button_; }
  QLabel* stateLabel() const { return state_label_; }
  /// What a preview measured, or why a command was refused; the panel gives it its place.
  QLabel* resultLabel() const { return result_label_; }

 Q_SIGNALS:
  /// In a second run: what the switch, or the edited parameters, would change.
  void forkRequested(const std::vector<variometer::Assignment>& change);
  /// resultLabel() says something new.
  void resultShown();

 protected:
  void changeEvent(QEvent* event) override;

 private:
  bool enabledInForce() const;
  std::vector<Assignment> proposal() const;
  void flip(bool on);
  void proposeTarget();
  void setTargetNote(const QString& note);
  void sizeButtons();
  void showResult(const QString& html);
  void applyEdits();
  void preview();
  void showState();
  std::vector<Assignment> edits() const;

  QString group_;
  Poster poster_;
  RunConfig in_force_;
  ModelConfig model_;
  WeightSpread spread_;
  bool target_touched_ = false;
  bool has_state_ = false;
  bool steerable_ = false;
  std::int64_t since_step_ = -1;
  std::int64_t pending_switch_ = 0;   // ticket
  std::int64_t pending_edits_ = 0;    // ticket
  std::int64_t pending_preview_ = 0;  // ticket
  Switch* switch_;
  QLabel* state_label_;
  ConfigForm* form_;
  QPushButton* preview_button_ = nullptr;
  QPushButton* apply_button_ = nullptr;
  QPushButton* fork_button_ = nullptr;
  QLabel* result_label_;
};

}  // namespace variometer
