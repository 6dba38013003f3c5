// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QWidget>
#include <optional>

#include "core/base/event_story.h"
#include "core/base/history.h"
#include "core/base/marks.h"

class QAction;
class QTreeWidget;
class QTreeWidgetItem;

namespace variometer {

/// What happened in a run, newest on top: step, kind and a sentence. What TVR rescaled at one check is one row that can
/// be unfolded. A click asks to go there; the user's own remarks can be changed and removed.
class EventsPanel : public QWidget {
  Q_OBJECT
 public:
  explicit EventsPanel(QWidget* parent = nullptr);

  void showEvents(const RunHistory& history);
  void clear();
  /// Rows, folded ones not counted.
  int count() const;
  QTreeWidget* list() const { return list_; }
  QAction* editAction() const { return edit_; }
  QAction* removeAction() const { return remove_; }

 Q_SIGNALS:
  void stepActivated(qint64 step);
  void markEditRequested(const variometer::RunMark& mark);
  void markRemoveRequested(const variometer::RunMark& mark);

 private:
  void add(const Event& event);
  std::optional<RunMark> chosenMark() const;

  QTreeWidget* list_;
  QAction *edit_, *remove_;
  EventStory story_;
  Event first_of_check_;
  std::size_t n_shown_ = 0;
  std::int64_t rewinds_ = -1;
  bool cut_ = false;
};

}  // namespace variometer
