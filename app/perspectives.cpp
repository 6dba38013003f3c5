// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/perspectives.h"

#include <QActionGroup>
#include <QHBoxLayout>
#include <QStackedWidget>
#include <QToolButton>
#include <stdexcept>

#include "app/actions.h"

namespace variometer {

Perspectives::Perspectives(QStackedWidget* stack, ActionBook* actions)
    : QObject(stack), stack_(stack), book_(actions), group_(new QActionGroup(this)) {}

void Perspectives::add(const QString& id, const QString& text, const QString& tip, const QString& icon, QWidget* page) {
  stack_->addWidget(page);
  const QKeySequence key(QStringLiteral("Ctrl+%1").arg(entries_.size() + 1));
  QAction* action = book_->add({QStringLiteral("perspective.") + id, text, tip, {key}, icon, true},
                               [this, id] { Q_EMIT requested(id); });
  group_->addAction(action);
  entries_.push_back({id, page, action});
  all_.push_back(action);
}

void Perspectives::show(const QString& id) {
  const Entry& entry = require(id);
  entry.action->setChecked(true);
  stack_->setCurrentWidget(entry.page);
  Q_EMIT changed(id);
}

QString Perspectives::current() const {
  for (const Entry& entry : entries_) {
    if (entry.page == stack_->currentWidget()) return entry.id;
  }
  return {};
}

QAction* Perspectives::action(const QString& id) const { return require(id).action; }
QWidget* Perspectives::page(const QString& id) const { return require(id).page; }

QWidget* Perspectives::makeBar(QWidget* parent) const {
  auto* bar = new QWidget(parent);
  bar->setObjectName(QStringLiteral("perspectives"));
  auto* row = new QHBoxLayout(bar);
  row->setContentsMargins(0, 1, 6, 1);
  row->setSpacing(2);
  for (QAction* action : all_) {
    auto* button = new QToolButton(bar);
    button->setDefaultAction(action);
    button->setToolButtonStyle(Qt::ToolButtonTextOnly);
    button->setAutoRaise(true);
    button->setFocusPolicy(Qt::TabFocus);
    row->addWidget(button);
  }
  return bar;
}

const Perspectives::Entry& Perspectives::require(const QString& id) const {
  for (const Entry& entry : entries_) {
    if (entry.id == id) return entry;
  }
  throw std::logic_error("no perspective " + id.toStdString());
}

}  // namespace variometer
