// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QDialog>
#include <vector>

class QAction;
class QLineEdit;
class QListWidget;

namespace variometer {

/// Every command by a few letters, by a word of its tooltip or by another word for it (app/action_words.h): what can be
/// done comes before what cannot, which says why.
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
/// The same for a command: its text, its other words and its tooltip.
int paletteScore(const QString& typed, const QAction& action);

}  // namespace variometer
