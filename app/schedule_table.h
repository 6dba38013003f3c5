// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QWidget>
#include <memory>
#include <vector>

#include "core/base/timed_switch.h"

class QLabel;
class QPushButton;
class QVBoxLayout;

namespace variometer {

/// Switches at chosen updates (`--at STEP:key=value`), a row each: before which update, what, which value. Says under
/// the table what does not fit, as it is typed.
class ScheduleTable : public QWidget {
  Q_OBJECT
 public:
  explicit ScheduleTable(QWidget* parent = nullptr);
  ~ScheduleTable() override;

  void setSwitches(const std::vector<TimedSwitch>& switches);
  std::vector<TimedSwitch> switches() const;
  /// The first thing that does not fit in a run of that config; marks it. Empty: all fits.
  QString check(const RunConfig& config);
  QPushButton* addButton() const { return add_; }
  int rowCount() const { return static_cast<int>(rows_.size()); }

 Q_SIGNALS:
  void edited();

 private:
  struct Row;
  void addRow(const TimedSwitch& one);
  void removeRow(Row* row);
  void showValueEditor(Row& row, const QString& value);

  std::vector<std::unique_ptr<Row>> rows_;
  QVBoxLayout* column_;
  QLabel* empty_;
  QLabel* problem_;
  QPushButton* add_;
};

}  // namespace variometer
