// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/panel_events.h"

#include <QAction>
#include <QHeaderView>
#include <QTreeWidget>
#include <QVBoxLayout>

#include "widgets/event_text.h"

namespace variometer {
namespace {

constexpr int kMostRows = 2000;  // a TVR run has thousands; the record keeps them all
constexpr int kStepRole = Qt::UserRole, kMarkRole = Qt::UserRole + 1;

QTreeWidgetItem* row_of(const Event& event, const QString& kind, const QString& text) {
  auto* item = new QTreeWidgetItem({QString::number(event.step), kind, text});
  item->setTextAlignment(0, Qt::AlignRight | Qt::AlignVCenter);
  item->setData(0, kStepRole, static_cast<qlonglong>(event.step));
  item->setToolTip(2, text);
  return item;
}

}  // namespace

EventsPanel::EventsPanel(QWidget* parent) : QWidget(parent) {
  auto* layout = new QVBoxLayout(this);
  layout->setContentsMargins(0, 0, 0, 0);
  list_ = new QTreeWidget(this);
  list_->setHeaderLabels({tr("Step"), tr("Event"), tr("What")});
  list_->setUniformRowHeights(true);
  list_->setIndentation(14);
  list_->setAccessibleName(tr("Events"));
  list_->setToolTip(tr("Click an event to see the cards at its step"));
  list_->header()->setSectionResizeMode(0, QHeaderView::ResizeToContents);
  list_->header()->setSectionResizeMode(1, QHeaderView::ResizeToContents);
  layout->addWidget(list_);
  const auto go = [this](QTreeWidgetItem* item) { Q_EMIT stepActivated(item->data(0, kStepRole).toLongLong()); };
  connect(list_, &QTreeWidget::itemClicked, this, go);
  connect(list_, &QTreeWidget::itemActivated, this, go);
  const auto action = [this](const QString& text, const QString& tip, QKeySequence key) {
    auto* made = new QAction(text, list_);
    made->setToolTip(tip);
    made->setShortcut(key);
    made->setShortcutContext(Qt::WidgetShortcut);
    made->setEnabled(false);
    list_->addAction(made);
    return made;
  };
  edit_ = action(tr("Edit marker…"), tr("Another text for the chosen remark"), Qt::Key_F2);
  remove_ = action(tr("Remove marker"), tr("The chosen remark, off the curves and out of the list"), Qt::Key_Delete);
  list_->setContextMenuPolicy(Qt::ActionsContextMenu);
  connect(list_, &QTreeWidget::currentItemChanged, this, [this] {
    for (QAction* each : {edit_, remove_}) each->setEnabled(chosenMark().has_value());
  });
  connect(edit_, &QAction::triggered, this, [this] {
    if (const auto mark = chosenMark()) Q_EMIT markEditRequested(*mark);
  });
  connect(remove_, &QAction::triggered, this, [this] {
    if (const auto mark = chosenMark()) Q_EMIT markRemoveRequested(*mark);
  });
}

std::optional<RunMark> EventsPanel::chosenMark() const {
  const QTreeWidgetItem* item = list_->currentItem();
  const QVariant text = item == nullptr ? QVariant() : item->data(0, kMarkRole);
  if (!text.isValid()) return {};
  return RunMark{item->data(0, kStepRole).toLongLong(), text.toString().toStdString()};
}

void EventsPanel::showEvents(const RunHistory& history) {
  const std::vector<Event>& events = history.events();
  // A rewind takes events away, or changes them: begin anew.
  if (history.rewinds() != rewinds_ || events.size() < n_shown_) clear();
  rewinds_ = history.rewinds();
  if (n_shown_ == events.size()) return;
  for (; n_shown_ < events.size(); ++n_shown_) add(events[n_shown_]);
  bool cut = false;
  while (list_->topLevelItemCount() > kMostRows) {
    delete list_->takeTopLevelItem(list_->topLevelItemCount() - 1);
    cut = true;
  }
  if (cut && !std::exchange(cut_, true)) {
    list_->setHeaderLabels(
        {tr("Step"), tr("Event"), tr("What (the newest %1 rows; the record has all)").arg(kMostRows)});
  }
}

void EventsPanel::add(const Event& event) {
  const EventStory::Told told = story_.tell(event);
  const QString kind = QString::fromStdString(event_kind_words(event));
  if (QTreeWidgetItem* check = list_->topLevelItem(0); told.joins_previous && check != nullptr) {
    // The second of a check makes the first one of several.
    if (check->childCount() == 0) check->addChild(row_of(first_of_check_, kind, event_sentence(first_of_check_)));
    check->addChild(row_of(event, kind, event_sentence(event)));
    const auto n = static_cast<std::size_t>(check->childCount());
    check->setText(2, QString::fromStdString(rescaling_words(first_of_check_, n)));
    check->setToolTip(2, check->text(2));
    return;
  }
  if (event.kind == "rescale") first_of_check_ = event;
  QTreeWidgetItem* item = row_of(event, kind, event_sentence(event));
  if (told.remark) item->setData(0, kMarkRole, event_mark(event));
  list_->insertTopLevelItem(0, item);
}

void EventsPanel::clear() {
  list_->clear();
  list_->setHeaderLabels({tr("Step"), tr("Event"), tr("What")});
  story_ = {};
  n_shown_ = 0;
  cut_ = false;
}

int EventsPanel::count() const { return list_->topLevelItemCount(); }

}  // namespace variometer
