// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QWidget>
#include <functional>

#include "core/base/command.h"
#include "core/base/config.h"

class QLabel;
class QLineEdit;
class QPushButton;

namespace variometer {

class ConfigForm;

/// The probe prompt and the rule for massive activations, editable while the run goes on.
class ProbePanel : public QWidget {
  Q_OBJECT
 public:
  using Poster = std::function<std::int64_t(Command)>;

  explicit ProbePanel(QWidget* parent = nullptr);
  void setPoster(Poster poster) { poster_ = std::move(poster); }
  void setSteerable(bool steerable, const QString& reason = {});
  void setInForce(const ProbeConfig& probe);
  void commandSettled(std::int64_t ticket, const QString& error);
  QLineEdit* promptEdit() const { return prompt_; }
  QPushButton* applyButton() const { return apply_; }

 private:
  void apply();
  void showState();
  std::vector<Assignment> edits() const;

  Poster poster_;
  RunConfig in_force_;
  bool has_state_ = false;
  bool steerable_ = false;
  std::int64_t pending_ = 0;
  QLineEdit* prompt_;
  ConfigForm* form_;
  QPushButton* apply_;
  QLabel* status_;
};

}  // namespace variometer
