// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QObject>
#include <QString>
#include <functional>
#include <optional>
#include <vector>

namespace variometer {

/// What was done to the window and to the run, in order: views, layouts, mitigations, remarks, 200 of them. Each kind
/// has an owner who keeps its states and takes the last of them back; this is the one list over all, and the order
/// Ctrl+Z follows. A kind may also be taken back by itself (Backspace, of views): its entry is then undone among others
/// that are not. GUI thread.
class UndoHistory : public QObject {
  Q_OBJECT
 public:
  enum class Kind { view, layout, mitigation, mark };
  struct Entry {
    Kind kind;
    QString name;
    bool done = true;
  };
  static constexpr std::size_t kLevels = 200;

  explicit UndoHistory(QObject* parent = nullptr) : QObject(parent) {}

  /// How the owner takes back the last step of the kind that is done, and makes the first again that is not. It says
  /// so by undone() or redone(), then or later; false: it will not.
  struct Owner {
    std::function<bool()> undo, redo;
  };
  void setOwner(Kind kind, Owner owner);

  // What owners say.
  /// Something was done. What is undone of the kind is forgotten.
  void pushed(Kind kind, const QString& name);
  void undone(Kind kind);
  void redone(Kind kind);
  void clear(Kind kind);

  const std::vector<Entry>& entries() const { return entries_; }
  std::size_t count(Kind kind, bool done) const;
  /// Null: there is none.
  const Entry* nextUndo() const;
  const Entry* nextRedo() const;
  void undo();
  void redo();
  /// Until the first `n` entries are done and no other. Where an owner takes its time it goes on when he is done.
  void goTo(std::size_t n);
  /// What was asked of an owner came to nothing: goTo ends where it is.
  void giveUp() { goal_.reset(); }

 Q_SIGNALS:
  void changed();

 private:
  std::optional<std::size_t> lastDone() const;
  std::optional<std::size_t> firstUndone() const;
  bool ask(std::size_t entry);
  void advance();

  std::vector<Entry> entries_;
  Owner owners_[4];  // by Kind
  std::optional<std::size_t> goal_;
  bool advancing_ = false;
};

}  // namespace variometer
