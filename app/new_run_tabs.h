// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QSet>
#include <QTabWidget>
#include <utility>
#include <vector>

#include "core/base/config.h"
#include "core/train/starting_point.h"

class QLabel;

namespace variometer {

class ConfigForm;
class ScheduleTable;

/// Every key of a run in groups, a tab each, and the schedule of switches. Knows which values the user gave, which come
/// from the model the run starts from, and which were proposed.
class NewRunTabs : public QTabWidget {
  Q_OBJECT
 public:
  explicit NewRunTabs(QWidget* parent = nullptr);

  /// Shows them all, as given by nobody.
  void setValues(const RunConfig& config);
  void writeTo(RunConfig& config) const;
  ConfigForm* form(const QString& group) const;
  ScheduleTable* schedule() const { return schedule_; }
  /// Keys the user changed since setValues.
  const QSet<QString>& touched() const { return touched_; }
  void touch(const QString& key) { touched_.insert(key); }

  /// Sizes are the model's and fixed, proposals are shown with their reasons.
  void takeModel(const StartModel& model, const RunConfig& config, const std::vector<Proposal>& proposals);
  /// Free again, with these values where nobody gave another.
  void leaveModel(const RunConfig& before);
  void showProposal(const Proposal& proposal);
  void takeBackProposal(const QString& key);

  /// Text that is no number in one of the fields; empty: none.
  QString typedProblem() const;
  /// Says it under the field it names, and marks the tab; false when it names none.
  bool showProblem(const QString& problem);
  void markSchedule(bool problem);

 Q_SIGNALS:
  void edited();

 private:
  void addForms(const QString& title, const QStringList& groups);

  std::vector<std::pair<QString, ConfigForm*>> forms_;
  ScheduleTable* schedule_;
  QLabel* sizes_note_ = nullptr;
  QSet<QString> touched_;
  QSet<QString> proposed_;
};

}  // namespace variometer
