// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/history_panel.h"

#include <QEvent>
#include <QListWidget>
#include <QVBoxLayout>

#include "app/undo_history.h"
#include "widgets/panel_icons.h"
#include "widgets/theme.h"

namespace variometer {

HistoryPanel::HistoryPanel(UndoHistory* history, QWidget* parent)
    : QWidget(parent), history_(history), list_(new QListWidget(this)) {
  auto* layout = new QVBoxLayout(this);
  layout->setContentsMargins(0, 0, 0, 0);
  layout->addWidget(list_);
  list_->setAccessibleName(tr("History"));
  list_->setToolTip(tr("Click a step to go back to just after it, or forward to it"));
  list_->setUniformItemSizes(true);
  // Later: going there makes the list anew.
  const auto go = [this](const QListWidgetItem* item) {
    const auto n = static_cast<std::size_t>(list_->row(item));
    QMetaObject::invokeMethod(
        this, [this, n] { history_->goTo(n); }, Qt::QueuedConnection);
  };
  connect(list_, &QListWidget::itemClicked, this, go);
  connect(list_, &QListWidget::itemActivated, this, go);
  connect(history_, &UndoHistory::changed, this, &HistoryPanel::showEntries);
}

void HistoryPanel::showEvent(QShowEvent* event) {
  QWidget::showEvent(event);
  showEntries();
}

void HistoryPanel::showEntries() {
  if (!isVisible()) return;
  const Theme& theme = theme_of(*this);
  list_->clear();
  list_->addItem(new QListWidgetItem(themedIcon(QStringLiteral("begin")), tr("As it began")));
  int now = 0;
  for (const UndoHistory::Entry& entry : history_->entries()) {
    using Kind = UndoHistory::Kind;
    const QString icon = entry.kind == Kind::view     ? QStringLiteral("fit")
                         : entry.kind == Kind::layout ? QStringLiteral("layout")
                         : entry.kind == Kind::mark   ? QStringLiteral("flag")
                                                      : QStringLiteral("apply");
    auto* item = new QListWidgetItem(themedIcon(icon), entry.name, list_);
    if (entry.done) {
      now = list_->count() - 1;
    } else {
      QFont italic = font();
      italic.setItalic(true);
      item->setFont(italic);
      item->setForeground(theme.muted);
      item->setToolTip(tr("Taken back"));
    }
  }
  list_->setCurrentRow(now);
  list_->scrollToItem(list_->item(now));
}

void HistoryPanel::changeEvent(QEvent* event) {
  QWidget::changeEvent(event);
  if (event->type() == QEvent::PaletteChange) showEntries();
}

}  // namespace variometer
