// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QWidget>

#include "core/base/history.h"

class QTreeWidget;

namespace variometer {

/// What happened in a run, newest on top: step, kind and a sentence. A click asks to go there.
class EventsPanel : public QWidget {
  Q_OBJECT
 public:
  explicit EventsPanel(QWidget* parent = nullptr);

  void showEvents(const RunHistory& history);
  void clear();
  int count() const;

 Q_SIGNALS:
  void stepActivated(qint64 step);

 private:
  QTreeWidget* list_;
  std::size_t n_shown_ = 0;
  std::int64_t last_shown_ = -1;
};

}  // namespace variometer
