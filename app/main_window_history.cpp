// SPDX-License-Identifier: GPL-3.0-or-later
// Undo over views, layouts and mitigations; what the window's layout is.
#include <QDataStream>
#include <QDockWidget>
#include <QIODevice>
#include <QTimer>
#include <algorithm>
#include <utility>

#include "app/card_tabs.h"
#include "app/history_panel.h"
#include "app/main_window.h"
#include "app/mark_book.h"
#include "app/perspectives.h"
#include "core/base/json_text.h"
#include "widgets/event_text.h"

namespace variometer {

void MainWindow::buildHistory() {
  using Kind = UndoHistory::Kind;
  layouts_ = std::make_unique<LayoutSteps>(
      history_, [this] { return takeLayout(); }, [this](const QByteArray& bytes) { giveLayout(bytes); });
  history_->setOwner(Kind::view, {[this] {
                                    axis_.previousView();
                                    return true;
                                  },
                                  [this] {
                                    axis_.nextView();
                                    return true;
                                  }});
  connect(&axis_, &StepAxis::viewPushed, this, [this](const QString& what) { history_->pushed(Kind::view, what); });
  connect(&axis_, &StepAxis::viewUndone, this, [this] { history_->undone(Kind::view); });
  connect(&axis_, &StepAxis::viewRedone, this, [this] { history_->redone(Kind::view); });
  history_->setOwner(Kind::mitigation, {[this] { return undoSwitch(); }, [this] { return redoSwitch(); }});
  connect(history_, &UndoHistory::changed, this, &MainWindow::updateActions);

  connect(cards_, &CardTabs::layoutAboutToChange, this, [this] { layouts_->settle(); });
  connect(cards_, &CardTabs::layoutChanged, this, [this](const QString& what) {
    layouts_->note(what);
    updateActions();
  });
  for (QDockWidget* dock : docks_) {
    connect(dock, &QDockWidget::dockLocationChanged, this, &MainWindow::watchDocks);
    connect(dock, &QDockWidget::topLevelChanged, this, &MainWindow::watchDocks);
    connect(dock, &QDockWidget::visibilityChanged, this, &MainWindow::watchDocks);
  }
}

/// Which panels are where; what of them is on top does not count.
QString MainWindow::docksText() const {
  QString text;
  for (QDockWidget* dock : docks_) {
    text += QStringLiteral("%1%2%3 ")
                .arg(dock->isHidden())
                .arg(dock->isFloating())
                .arg(static_cast<int>(dockWidgetArea(dock)));
  }
  return text;
}

void MainWindow::watchDocks() {
  // Later: Qt says it in pieces, and the window moves them itself when another perspective is shown.
  QTimer::singleShot(0, this, [this] {
    if (!perspectives_->is("observe") || closing_) return;
    const QString now = docksText();
    if (std::exchange(docks_now_, now) != now) layouts_->note(tr("Panels"));
  });
}

/// The layout is what it is: what follows is compared with it.
void MainWindow::settleLayout() {
  if (layouts_ == nullptr || !perspectives_->is("observe")) return;
  docks_now_ = docksText();
  layouts_->settle();
}

QByteArray MainWindow::takeLayout() const {
  QByteArray bytes;
  QDataStream stream(&bytes, QIODevice::WriteOnly);
  stream << cards_->saveLayout() << saveState();
  return bytes;
}

void MainWindow::giveLayout(const QByteArray& bytes) {
  if (!perspectives_->is("observe") && shown_ != nullptr) showPerspective(QStringLiteral("observe"));
  QDataStream stream(bytes);
  QByteArray cards, docks;
  stream >> cards >> docks;
  cards_->restoreLayout(cards);
  if (perspectives_->is("observe")) restoreState(docks);
  docks_now_ = docksText();
}

/// A command was settled: what of it can be taken back.
void MainWindow::noteSwitches(const Command& command) {
  using Kind = UndoHistory::Kind;
  const auto& changes = session()->changes();
  const auto n_switch = static_cast<std::size_t>(
      std::count_if(changes.begin(), changes.end(), [](const RunSession::Change& change) { return change.is_switch; }));
  if (command.kind == Command::Kind::set && RunSession::isSwitch(command)) {
    const bool again = history_->count(Kind::mitigation, /*done=*/false) > session()->undoneSwitches().size();
    again ? history_->redone(Kind::mitigation)
          : history_->pushed(Kind::mitigation, switchName(command, changes.back().step));
  } else if (command.kind == Command::Kind::restore) {
    while (history_->count(Kind::mitigation, /*done=*/true) > n_switch) history_->undone(Kind::mitigation);
  }
}

QString MainWindow::switchName(const Command& command, std::int64_t step) {
  return tr("%1, from step %2").arg(event_sentence({step, "set", json_text(to_json(command))})).arg(step);
}

/// Views and switches are of the run that is shown; layouts are of the window.
void MainWindow::showHistoryOfRun() {
  using Kind = UndoHistory::Kind;
  axis_.clearViews();
  history_->clear(Kind::view);
  history_->clear(Kind::mitigation);
  marks_->forget();
  if (shown_ == nullptr) return;
  for (const RunSession::Change& change : session()->changes()) {
    if (change.is_switch) history_->pushed(Kind::mitigation, switchName(change.command, change.step));
  }
  const auto& undone = session()->undoneSwitches();
  for (auto command = undone.rbegin(); command != undone.rend(); ++command) {
    history_->pushed(Kind::mitigation, event_sentence({0, "set", json_text(to_json(*command))}));
  }
  for (std::size_t i = 0; i < undone.size(); ++i) history_->undone(Kind::mitigation);
}

}  // namespace variometer
