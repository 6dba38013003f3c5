// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QByteArray>
#include <QString>
#include <functional>
#include <vector>

namespace variometer {

class UndoHistory;

/// The layouts of the window, each kept whole: the owner of UndoHistory's kind `layout`. Told after every change, it
/// remembers what was there before. GUI thread.
class LayoutSteps {
 public:
  LayoutSteps(UndoHistory* history, std::function<QByteArray()> take, std::function<void(const QByteArray&)> restore);

  /// What is there now is where the next step begins; nothing was done.
  void settle();
  /// The user did `what`. Nothing where the layout is as it was.
  void note(const QString& what);
  bool undo();
  bool redo();

 private:
  bool swap(std::vector<QByteArray>& from, std::vector<QByteArray>& to);

  UndoHistory* history_;
  std::function<QByteArray()> take_;
  std::function<void(const QByteArray&)> restore_;
  QByteArray now_;
  std::vector<QByteArray> before_, after_;
};

}  // namespace variometer
