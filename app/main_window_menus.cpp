// SPDX-License-Identifier: GPL-3.0-or-later
// Where the commands stand: menus and tool bar.
#include <QAction>
#include <QComboBox>
#include <QDockWidget>
#include <QLabel>
#include <QMenu>
#include <QMenuBar>
#include <QToolBar>
#include <QToolButton>

#include "app/card_tabs.h"
#include "app/main_window.h"
#include "app/perspectives.h"
#include "app/settings.h"
#include "widgets/card_factory.h"

namespace variometer {

void MainWindow::buildMenus() {
  using Ids = std::initializer_list<const char*>;
  // An empty id is a separator.
  const auto fill = [this](QMenu* menu, Ids ids) {
    menu->setToolTipsVisible(true);
    for (const char* id : ids) {
      *id == '\0' ? (void)menu->addSeparator() : menu->addAction(actions_->require(QString::fromLatin1(id)));
    }
    return menu;
  };
  const auto menu = [this, &fill](const QString& title, Ids ids) { return fill(menuBar()->addMenu(title), ids); };
  const auto submenu = [&fill](QMenu* in, const QString& title, Ids ids) { return fill(in->addMenu(title), ids); };

  QMenu* file = menu(tr("&File"), {"file.new", "file.open", "file.model"});
  recent_menu_ = submenu(file, tr("Open &recent"), {});
  connect(recent_menu_, &QMenu::aboutToShow, this, [this] {
    recent_menu_->clear();
    for (const RecentRun& run : recentRuns()) {
      QAction* action = recent_menu_->addAction(run.model ? tr("%1, inspected").arg(run.name)
                                                          : tr("%1, step %2").arg(run.name).arg(run.step));
      action->setToolTip(run.path);
      connect(action, &QAction::triggered, this, [this, path = run.path] { openRecent(path); });
    }
    if (!recent_menu_->isEmpty()) return;
    QAction* none = recent_menu_->addAction(tr("No runs yet"));
    none->setToolTip(tr("Runs that were recorded or opened are listed here"));
    none->setEnabled(false);
  });
  fill(file,
       {"file.close", "", "file.save", "file.export", "file.command_line", "", "file.preferences", "", "file.quit"});
  menu(tr("&Edit"), {"edit.undo", "edit.redo", "edit.history", "", "edit.copy", "edit.find", "edit.palette"});

  QMenu* view = menu(tr("&View"), {});
  for (QAction* action : perspectives_->actions()) view->addAction(action);
  fill(view, {"", "view.follow", "view.play", "view.previous", "view.next", ""});
  submenu(view, tr("A&xes"), {"view.fit", "view.fit_x", "view.fit_y", "", "view.log_x", "view.log_y", "", "view.tie"});
  fill(view, {"view.cursors", "view.pin", "view.marker", "view.smoothing", "view.table"});
  submenu(view, tr("Colour &map"),
          {"colours.own", "colours.viridis", "colours.cividis", "colours.magma", "colours.grey"});
  QMenu* cards =
      submenu(view, tr("&Cards and tabs"), {"card.left", "card.right", "card.up", "card.down", "card.remove"});
  QMenu* more = submenu(cards, tr("&Add card"), {});
  for (const QString& name : card_names()) more->addAction(actions_->require(QStringLiteral("card.add.") + name));
  fill(cards, {"series.add", "series.split", "", "tab.add", "tab.rename", "tab.remove"});
  submenu(cards, tr("A&rrange"), {"tab.columns.1", "tab.columns.2", "tab.columns.3", "tab.columns.4"});
  buildCardButtons();
  view->addSeparator();
  QMenu* docks = submenu(view, tr("&Panels"), {});
  for (QDockWidget* dock : docks_) {
    docks->addAction(dock->toggleViewAction());
    dock->toggleViewAction()->setToolTip(tr("Show or hide the panel"));
  }
  fill(docks, {"", "view.left_panels", "view.right_panels"});
  submenu(view, tr("&Theme"), {"theme.system", "theme.light", "theme.dark", "theme.contrast", "theme.print"});
  fill(view, {"", "view.alone", "view.next_card", "view.previous_card", "view.fullscreen", "view.presentation", "",
              "view.larger", "view.smaller", "view.normal", "", "view.reset_layout"});

  menu(tr("&Run"),
       {"run.run", "run.step", "run.step_n", "run.stop", "", "run.again", "run.continue", "run.fork", "run.way_back", "",
        "run.sample", "run.cancel_sample", "run.record_hidden", "run.learning_rate", "", "inspect.run"});
  menu(tr("&Mitigate"), {"mitigate.tvr", "mitigate.kv_bias", "mitigate.dyt", "", "mitigate.undo"});

  QMenu* inspect = menu(tr("&Inspect"), {"inspect.open", "inspect.run", "inspect.stored", "inspect.train", "inspect.prompt", ""});
  submenu(inspect, tr("&Layer"), {"inspect.layer_before", "inspect.layer_after", "inspect.layer_go"});
  submenu(inspect, tr("&Head"), {"inspect.head_before", "inspect.head_after"});
  submenu(inspect, tr("&Show"), {"inspect.magnitude", "inspect.signed", "inspect.ratio", "inspect.difference"});
  submenu(inspect, tr("&Compare"), {"inspect.one", "inspect.bos", "inspect.models", "inspect.pinned", "", "view.pin"});
  fill(inspect, {"", "inspect.massive"});
  submenu(inspect, tr("&Test this cell"), {"inspect.zero", "inspect.mean"});

  menu(tr("&Help"), {"help.keys", "help.folder", "", "help.about"});
  // What can be done with the chosen card is looked up when someone looks.
  for (QMenu* each : menuBar()->findChildren<QMenu*>()) {
    connect(each, &QMenu::aboutToShow, this, &MainWindow::updateActions);
  }
  connect(&axis_, &StepAxis::viewsChanged, this, &MainWindow::updateActions);
  menuBar()->setNativeMenuBar(false);  // a menu bar outside the window would take the perspectives' bar with it
  menuBar()->setCornerWidget(perspectives_->makeBar(menuBar()));
}

void MainWindow::buildToolBar() {
  tool_bar_ = addToolBar(tr("Run"));
  tool_bar_->setObjectName(QStringLiteral("toolbar.run"));
  tool_bar_->setMovable(false);
  tool_bar_->setToolButtonStyle(Qt::ToolButtonTextBesideIcon);
  tool_bar_->toggleViewAction()->setVisible(false);
  const auto add = [this](const char* id) { tool_bar_->addAction(actions_->require(QString::fromLatin1(id))); };
  for (const char* id : {"run.run", "run.step", "run.stop"}) add(id);
  tool_bar_->addSeparator();
  for (const char* id :
       {"edit.undo", "edit.redo", "run.sample", "file.save", "run.fork", "file.export", "file.command_line"}) {
    add(id);
  }
  // Text where a word helps, icons alone for the rest: the bar fits 1280 pixels.
  for (const char* id : {"file.command_line", "run.fork", "file.export", "edit.undo", "edit.redo"}) {
    if (auto* button =
            qobject_cast<QToolButton*>(tool_bar_->widgetForAction(actions_->require(QString::fromLatin1(id))))) {
      button->setToolButtonStyle(Qt::ToolButtonIconOnly);
    }
  }
  tool_bar_->addSeparator();
  add("view.follow");
  auto* label = new QLabel(tr(" Smooth "), tool_bar_);
  smoothing_ = new QComboBox(tool_bar_);
  smoothing_->setObjectName(QStringLiteral("smoothing"));
  smoothing_->setToolTip(
      tr("Exponential moving average over steps; the raw line stays visible at a quarter of its strength"));
  smoothing_->setAccessibleName(tr("Smoothing"));
  for (const auto& [text, weight] : {std::pair{tr("off"), 0.0},
                                     {QStringLiteral("EMA 0.9"), 0.9},
                                     {QStringLiteral("EMA 0.97"), 0.97},
                                     {QStringLiteral("EMA 0.99"), 0.99}}) {
    smoothing_->addItem(text, weight);
  }
  label->setBuddy(smoothing_);
  connect(smoothing_, &QComboBox::currentIndexChanged, this, [this] {
    cards_->setSmoothing(smoothing_->currentData().toDouble());
    settings().setValue(QStringLiteral("smoothing"), smoothing_->currentData());
  });
  tool_bar_->addWidget(label);
  tool_bar_->addWidget(smoothing_);
  const int remembered = smoothing_->findData(settings().value(QStringLiteral("smoothing"), 0.9).toDouble());
  smoothing_->setCurrentIndex(remembered < 0 ? 1 : remembered);
  cards_->setSmoothing(smoothing_->currentData().toDouble());
  auto* space = new QWidget(tool_bar_);
  space->setSizePolicy(QSizePolicy::Expanding, QSizePolicy::Preferred);
  tool_bar_->addWidget(space);
  add("view.theme");
  add("edit.palette");
  for (const char* id : {"view.theme", "edit.palette"}) {
    if (auto* button =
            qobject_cast<QToolButton*>(tool_bar_->widgetForAction(actions_->require(QString::fromLatin1(id))))) {
      button->setToolButtonStyle(Qt::ToolButtonIconOnly);
    }
  }
}

}  // namespace variometer
