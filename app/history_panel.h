// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QWidget>

class QListWidget;

namespace variometer {

class UndoHistory;

/// What was done to the view, the layout and the model, oldest on top, by name; what was taken back is grey. A click or
/// Enter goes to just after that step. GUI thread.
class HistoryPanel : public QWidget {
  Q_OBJECT
 public:
  explicit HistoryPanel(UndoHistory* history, QWidget* parent = nullptr);
  QListWidget* list() const { return list_; }

 protected:
  void changeEvent(QEvent* event) override;
  void showEvent(QShowEvent* event) override;

 private:
  void showEntries();

  UndoHistory* history_;
  QListWidget* list_;
};

}  // namespace variometer
