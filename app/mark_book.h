// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QObject>
#include <QString>
#include <functional>
#include <vector>

#include "core/base/marks.h"

class QWidget;

namespace variometer {

class RunSession;
class UndoHistory;

/// The user's remarks on the run that is shown: added, changed, removed, each a step that can be undone. Where a remark
/// goes is the session's (RunSession::mark). GUI thread.
class MarkBook : public QObject {
  Q_OBJECT
 public:
  using Session = std::function<RunSession*()>;
  /// `session`: of the run that is shown, or null.
  MarkBook(UndoHistory* history, Session session, QWidget* window);

  // The text is asked for in a dialog.
  void askToAdd(std::int64_t step);
  void askToEdit(const RunMark& mark);

  void add(const RunMark& mark);
  void edit(const RunMark& mark, const QString& text);
  void remove(const RunMark& mark);
  /// Another run is shown.
  void forget();

 Q_SIGNALS:
  void told(const QString& what);

 private:
  /// An empty text: there is none.
  struct Edit {
    RunMark before, after;
  };
  bool apply(const RunMark& before, const RunMark& after);
  void make(const Edit& edit, const QString& name);
  bool undo();
  bool redo();

  UndoHistory* history_;
  Session session_;
  QWidget* window_;
  std::vector<Edit> done_, undone_;
};

}  // namespace variometer
