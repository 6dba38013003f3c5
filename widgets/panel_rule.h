// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QWidget>

#include "core/base/config.h"

class QCheckBox;
class QLabel;
class QToolButton;

namespace variometer {

class NumberField;

/// The rule that decides what is massive, always in sight and open to change: two thresholds, or for small models the
/// ratio alone. Tells every change at once.
class RulePanel : public QWidget {
  Q_OBJECT
 public:
  explicit RulePanel(QWidget* parent = nullptr);

  /// Of `rule` only the thresholds count. Says nothing back.
  void setRule(const ProbeConfig& rule);
  const ProbeConfig& rule() const { return rule_; }
  NumberField* absoluteBox() const { return absolute_; }
  NumberField* ratioBox() const { return ratio_; }
  QCheckBox* ratioOnlyBox() const { return ratio_only_; }
  QToolButton* resetButton() const { return reset_; }

 Q_SIGNALS:
  void ruleChanged();

 private:
  void showRule();
  void tell();

  ProbeConfig rule_;
  QLabel* and_;
  NumberField* absolute_;
  NumberField* ratio_;
  QCheckBox* ratio_only_;
  QToolButton* reset_;
};

/// Whether the thresholds are the papers'.
bool is_standard_rule(const ProbeConfig& rule);

}  // namespace variometer
