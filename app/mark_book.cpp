// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/mark_book.h"

#include <QInputDialog>
#include <QLineEdit>
#include <utility>

#include "app/error_dialog.h"
#include "app/run_session.h"
#include "app/undo_history.h"
#include "widgets/number_text.h"

namespace variometer {

MarkBook::MarkBook(UndoHistory* history, Session session, QWidget* window)
    : QObject(window), history_(history), session_(std::move(session)), window_(window) {
  history_->setOwner(UndoHistory::Kind::mark, {[this] { return undo(); }, [this] { return redo(); }});
}

void MarkBook::askToAdd(std::int64_t step) {
  const RunSession* session = session_();
  if (session == nullptr) return;
  const auto n = marks_of(session->history().events()).size();
  bool ok = false;
  const QString text = QInputDialog::getText(window_, tr("Add marker"), tr("At step %1:").arg(step_text(step)),
                                             QLineEdit::Normal, tr("mark %1").arg(n + 1), &ok);
  if (ok) add({step, text.trimmed().toStdString()});
}

void MarkBook::askToEdit(const RunMark& mark) {
  bool ok = false;
  const QString text = QInputDialog::getText(window_, tr("Edit marker"), tr("At step %1:").arg(step_text(mark.step)),
                                             QLineEdit::Normal, QString::fromStdString(mark.text), &ok);
  if (ok) edit(mark, text.trimmed());
}

void MarkBook::add(const RunMark& mark) {
  if (!mark.text.empty()) make({{mark.step, {}}, mark}, tr("Add marker"));
}

void MarkBook::edit(const RunMark& mark, const QString& text) {
  if (text.isEmpty() || text == QString::fromStdString(mark.text)) return;
  make({mark, {mark.step, text.toStdString()}}, tr("Edit marker"));
}

void MarkBook::remove(const RunMark& mark) { make({mark, {mark.step, {}}}, tr("Remove marker")); }

void MarkBook::forget() {
  done_.clear();
  undone_.clear();
  history_->clear(UndoHistory::Kind::mark);
}

void MarkBook::make(const Edit& edit, const QString& name) {
  if (!apply(edit.before, edit.after)) return;
  done_.push_back(edit);
  undone_.clear();
  const std::string& text = edit.after.text.empty() ? edit.before.text : edit.after.text;
  history_->pushed(UndoHistory::Kind::mark, tr("%1: %2").arg(name, QString::fromStdString(text)));
}

bool MarkBook::apply(const RunMark& before, const RunMark& after) {
  RunSession* session = session_();
  if (session == nullptr) return false;
  try {
    const RunSession::MarkPlace place = session->mark(after, QString::fromStdString(before.text));
    const QString done =
        after.text.empty()
            ? tr("Marker removed at step %1: %2").arg(step_text(after.step), QString::fromStdString(before.text))
            : tr("Marked step %1: %2").arg(step_text(after.step), QString::fromStdString(after.text));
    switch (place) {
      case RunSession::MarkPlace::record: Q_EMIT told(tr("%1, in the record").arg(done)); break;
      case RunSession::MarkPlace::beside: Q_EMIT told(tr("%1, in a file beside the record").arg(done)); break;
      case RunSession::MarkPlace::window:
        Q_EMIT told(tr("%1 (in this window only: the run is not recorded)").arg(done));
    }
    return true;
  } catch (const std::exception& error) {
    showError(window_, {tr("The marker was not kept."), QString::fromUtf8(error.what()),
                        tr("The run and its record are not touched.")});
    return false;
  }
}

bool MarkBook::undo() {
  if (done_.empty() || !apply(done_.back().after, done_.back().before)) return false;
  undone_.push_back(done_.back());
  done_.pop_back();
  history_->undone(UndoHistory::Kind::mark);
  return true;
}

bool MarkBook::redo() {
  if (undone_.empty() || !apply(undone_.back().before, undone_.back().after)) return false;
  done_.push_back(undone_.back());
  undone_.pop_back();
  history_->redone(UndoHistory::Kind::mark);
  return true;
}

}  // namespace variometer
