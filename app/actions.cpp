// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/actions.h"

#include <QWidget>
#include <stdexcept>

#include "widgets/panel_icons.h"

namespace variometer {

ActionBook::ActionBook(QWidget* window) : QObject(window), window_(window) {}

QAction* ActionBook::add(const Spec& spec, std::function<void()> run) {
  auto* action = new QAction(spec.text, this);
  action->setObjectName(spec.id);
  action->setCheckable(spec.checkable);
  action->setShortcuts(spec.keys);
  const QString keys = spec.keys.isEmpty() ? QString() : spec.keys.front().toString(QKeySequence::NativeText);
  // A key of the plots is the window's in name only.
  if (spec.in_plots) action->setShortcutContext(Qt::WidgetShortcut);
  tips_.insert(spec.id, keys.isEmpty()  ? spec.tip
                        : spec.in_plots ? tr("%1 (%2 in a plot)").arg(spec.tip, keys)
                                        : QStringLiteral("%1 (%2)").arg(spec.tip, keys));
  action->setToolTip(tips_.value(spec.id));
  action->setStatusTip({});
  // In a menu the sign of what can be checked is the check mark.
  if (spec.checkable) action->setIconVisibleInMenu(false);
  if (!spec.icon.isEmpty()) {
    icons_.insert(spec.id, spec.icon);
    action->setIcon(themedIcon(spec.icon));
  }
  if (run) connect(action, &QAction::triggered, this, [run = std::move(run)] { run(); });
  window_->addAction(action);
  by_id_.insert(spec.id, action);
  actions_.push_back(action);
  return action;
}

QAction* ActionBook::require(const QString& id) const {
  QAction* action = by_id_.value(id);
  if (action == nullptr) throw std::logic_error("no action " + id.toStdString());
  return action;
}

void ActionBook::setIcon(const QString& id, const QString& icon) {
  if (icons_.value(id) == icon) return;
  icons_.insert(id, icon);
  require(id)->setIcon(themedIcon(icon));
}

void ActionBook::setAvailable(const QString& id, const QString& why_not) {
  QAction* action = require(id);
  action->setEnabled(why_not.isEmpty());
  action->setToolTip(why_not.isEmpty() ? tips_.value(id) : tips_.value(id) + QLatin1Char('\n') + why_not);
}

void ActionBook::retheme() {
  for (auto it = icons_.cbegin(); it != icons_.cend(); ++it) by_id_.value(it.key())->setIcon(themedIcon(it.value()));
}

QString plainText(const QAction& action) {
  QString text = action.text();
  text.remove(QLatin1Char('&'));
  return text;
}

}  // namespace variometer
