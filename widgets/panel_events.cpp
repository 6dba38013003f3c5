// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/panel_events.h"

#include <QHeaderView>
#include <QTreeWidget>
#include <QVBoxLayout>

#include "widgets/event_text.h"

namespace variometer {
EventsPanel::EventsPanel(QWidget* parent) : QWidget(parent) {
  auto* layout = new QVBoxLayout(this);
  layout->setContentsMargins(0, 0, 0, 0);
  list_ = new QTreeWidget(this);
  list_->setHeaderLabels({tr("Step"), tr("Event"), tr("What")});
  list_->setRootIsDecorated(false);
  list_->setUniformRowHeights(true);
  list_->setAccessibleName(tr("Events"));
  list_->setToolTip(tr("Click an event to see the cards at its step"));
  list_->header()->setSectionResizeMode(0, QHeaderView::ResizeToContents);
  list_->header()->setSectionResizeMode(1, QHeaderView::ResizeToContents);
  layout->addWidget(list_);
  const auto go = [this](QTreeWidgetItem* item) { Q_EMIT stepActivated(item->data(0, Qt::UserRole).toLongLong()); };
  connect(list_, &QTreeWidget::itemClicked, this, go);
  connect(list_, &QTreeWidget::itemActivated, this, go);
}

void EventsPanel::showEvents(const RunHistory& history) {
  const std::vector<Event>& events = history.events();
  // A rewind takes events away: begin anew.
  if (events.size() < n_shown_ || (n_shown_ > 0 && events[n_shown_ - 1].step != last_shown_)) clear();
  for (; n_shown_ < events.size(); ++n_shown_) {
    const Event& event = events[n_shown_];
    auto* item =
        new QTreeWidgetItem({QString::number(event.step), QString::fromStdString(event.kind), event_sentence(event)});
    item->setTextAlignment(0, Qt::AlignRight | Qt::AlignVCenter);
    item->setData(0, Qt::UserRole, static_cast<qlonglong>(event.step));
    item->setToolTip(2, item->text(2));
    list_->insertTopLevelItem(0, item);
    last_shown_ = event.step;
  }
  constexpr int kMostRows = 2000;  // a TVR run logs thousands; the record keeps them all
  while (list_->topLevelItemCount() > kMostRows) delete list_->takeTopLevelItem(list_->topLevelItemCount() - 1);
}

void EventsPanel::clear() {
  list_->clear();
  n_shown_ = 0;
  last_shown_ = -1;
}

int EventsPanel::count() const { return list_->topLevelItemCount(); }

}  // namespace variometer
