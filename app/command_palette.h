// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QDialog>
#include <vector>

class QAction;
class QLineEdit;
class QListWidget;

namespace variometer {

/// Every command by a few letters: what starts with them first, then what contains them in order.
class CommandPalette : public QDialog {
  Q_OBJECT
 public:
  CommandPalette(const std::vector<QAction*>& actions, QWidget* parent);
  void popUp();
  QLineEdit* edit() const { return edit_; }
  QListWidget* list() const { return list_; }

 protected:
  bool eventFilter(QObject* watched, QEvent* event) override;

 private:
  void filter(const QString& text);
  void runCurrent();

  std::vector<QAction*> actions_;
  QLineEdit* edit_;
  QListWidget* list_;
};

/// How well `text` answers what was typed; 0: not at all.
int paletteScore(const QString& typed, const QString& text);

}  // namespace variometer
