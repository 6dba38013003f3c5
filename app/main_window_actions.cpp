// SPDX-License-Identifier: GPL-3.0-or-later
#include <QAction>
#include <QActionGroup>
#include <QApplication>
#include <QClipboard>
#include <QComboBox>
#include <QDesktopServices>
#include <QDockWidget>
#include <QInputDialog>
#include <QLabel>
#include <QLineEdit>
#include <QMenu>
#include <QMenuBar>
#include <QTabBar>
#include <QToolBar>
#include <QToolButton>
#include <QUrl>

#include "app/card_tabs.h"
#include "app/main_window.h"
#include "app/perspectives.h"
#include "app/player.h"
#include "app/settings.h"
#include "widgets/panel_mitigation.h"
#include "widgets/panel_switch.h"
#include "widgets/panel_tree.h"

namespace variometer {
namespace {

QList<QKeySequence> keys(std::initializer_list<const char*> names) {
  QList<QKeySequence> all;
  for (const char* name : names) all << QKeySequence(QString::fromLatin1(name));
  return all;
}

}  // namespace

void MainWindow::buildFileActions() {
  const auto add = [this](const char* id, const QString& text, const QString& tip, QList<QKeySequence> shortcuts,
                          const char* icon, std::function<void()> run) {
    return actions_->add({QString::fromLatin1(id), text, tip, std::move(shortcuts), QString::fromLatin1(icon)},
                         std::move(run));
  };
  add("file.new", tr("&New run…"), tr("Choose model, data and training, and start"), keys({"Ctrl+N"}), "new",
      [this] { newRun(); });
  add("file.open", tr("&Open run…"), tr("Look at a record, finished or still being written"), keys({"Ctrl+O"}), "open",
      [this] { openRecordDialog(); });
  add("file.model", tr("Start from a &model…"), tr("Train on from the weights of a Hugging Face folder"),
      keys({"Ctrl+Shift+O"}), "layers", [this] { openModelDialog(); });
  add("file.close", tr("&Close run"), tr("End the run that is shown and close its record"), keys({"Ctrl+W"}), "close",
      [this] {
        if (shown_ != nullptr) closeRunAt(run_tabs_->currentIndex());
      });
  add("file.save", tr("&Save model…"), tr("Save weights, optimizer and state as a folder other programs open too"),
      keys({"Ctrl+S"}), "save", [this] { checkpointNow(); });
  add("file.export", tr("&Export card…"), tr("Save the chosen card as a figure or as numbers"), keys({"Ctrl+E"}),
      "export", [this] { exportCard(cards_->current()); });
  add("file.command_line", tr("Copy command &line"), tr("The command that repeats this run without a window"),
      keys({"Ctrl+Alt+C"}), "terminal", [this] {
        QApplication::clipboard()->setText(commandLine());
        toast(tr("Copied: %1").arg(commandLine()));
      });
  add("file.preferences", tr("&Preferences…"), tr("Theme, size of text, recording"), keys({"Ctrl+,"}), "settings",
      [this] { showPreferences(); });
  add("file.quit", tr("&Quit"), tr("End the run, close its record and leave"), keys({"Ctrl+Q"}), "quit",
      [this] { close(); });
  add("edit.undo", tr("&Undo switch"), tr("Take the model back to before the last switch"), keys({"Ctrl+Z"}), "undo",
      [this] { undoSwitch(); });
  add("edit.redo", tr("&Redo switch"), tr("Apply the switch again that was taken back, at the next step"),
      keys({"Ctrl+Shift+Z", "Ctrl+Y"}), "redo", [this] { redoSwitch(); });
  add("edit.copy", tr("&Copy image and data"), tr("The chosen card as a picture and as a table"), keys({"Ctrl+C"}),
      "image", [this] { copyCardImage(); });
  add("edit.find", tr("&Find tensor"), tr("Find a tensor in the model tree"), keys({"Ctrl+F"}), "find", [this] {
    model_dock_->show();
    model_dock_->raise();
    model_->findBox()->setFocus();
    model_->findBox()->selectAll();
  });
  add("edit.palette", tr("Command &palette…"), tr("Find any command by typing"), keys({"Ctrl+K", "Ctrl+Shift+P"}),
      "find", [this] { showPalette(); });
}

void MainWindow::buildRunActions() {
  const auto add = [this](const char* id, const QString& text, const QString& tip, QList<QKeySequence> shortcuts,
                          const char* icon, std::function<void()> run) {
    return actions_->add({QString::fromLatin1(id), text, tip, std::move(shortcuts), QString::fromLatin1(icon)},
                         std::move(run));
  };
  add("run.run", tr("&Run"), tr("Start, go on or pause"), keys({"F5"}), "run", [this] { runOrPause(); });
  add("run.step", tr("&Step"), tr("One update, then pause"), keys({"F9"}), "step", [this] { stepRun(1); });
  add("run.step_n", tr("Step &N…"), tr("Some updates, then pause"), keys({"Shift+F9"}), "step", [this] {
    bool ok = false;
    const int n =
        QInputDialog::getInt(this, tr("Step N"), tr("Updates to make before pausing:"), 10, 1, 1000000, 1, &ok);
    if (ok) stepRun(n);
  });
  add("run.stop", tr("S&top"), tr("Finish the step in hand, close the record and end"), keys({"Shift+F5"}), "stop",
      [this] { stopRun(); });
  add("run.sample", tr("Sample &text now"), tr("Let the model write; the text appears on the Text tab"),
      keys({"Ctrl+T"}), "sample", [this] { sampleNow(); });
  add("run.record_hidden", tr("Record &hidden states"),
      tr("Write the probe prompt's hidden states and attention of the next step into the record"), keys({"Ctrl+H"}),
      "record", [this] {
        Command command;
        command.kind = Command::Kind::record_hidden;
        if (post(std::move(command)) != 0) toast(tr("Hidden states of the next step go into the record."));
      });
  add("run.learning_rate", tr("Change &learning rate…"), tr("Another peak learning rate from the next step on"),
      keys({"Ctrl+L"}), "", [this] { changeLearningRate(); });
  add("run.fork", tr("&Fork…"),
      tr("Start a second run that branches off this one at the step shown, one thing changed"), keys({"Ctrl+Shift+F"}),
      "fork", [this] { forkRun(); });
  for (const auto& [group, name, key] :
       {std::tuple{"tvr", "TVR", "Alt+1"}, {"kv_bias", "KV bias", "Alt+2"}, {"dyt", "DyT", "Alt+3"}}) {
    actions_->add(
        {QStringLiteral("mitigate.") + QString::fromLatin1(group), QString::fromLatin1(name),
         tr("Switch %1 on or off at the next step").arg(QString::fromLatin1(name)), keys({key}), QString(), true},
        [this, group = QString::fromLatin1(group)] {
          mitigation_dock_->show();
          mitigation_dock_->raise();
          mitigations_->section(group)->toggle()->click();
          updateActions();
        });
  }
}

void MainWindow::buildViewActions() {
  const auto add = [this](const char* id, const QString& text, const QString& tip, QList<QKeySequence> shortcuts,
                          const char* icon, std::function<void()> run, bool checkable = false) {
    return actions_->add(
        {QString::fromLatin1(id), text, tip, std::move(shortcuts), QString::fromLatin1(icon), checkable},
        std::move(run));
  };
  add(
      "view.follow", tr("&Follow"), tr("All cards follow the newest step; off: hold what is shown. Training goes on"),
      keys({"F8"}), "follow", [this] { axis_.toggleFollow(); }, true);
  add("view.play", tr("&Play back"), tr("Show all cards step by step from the cursor on; training goes on"),
      keys({"Ctrl+Space"}), "run", [this] { player_->toggle(); });
  add("view.previous", tr("Pre&vious view"), tr("Back to the view before the last zoom, pan or scrub"),
      keys({"Alt+Left"}), "", [this] { axis_.previousView(); });
  add("view.next", tr("Ne&xt view"), tr("Again the view that Previous view left"), keys({"Alt+Right"}), "",
      [this] { axis_.nextView(); });
  add("view.table", tr("Show as &table"), tr("The numbers of the chosen card that are in view, as a table"),
      keys({"Ctrl+Shift+D"}), "", [this] { showTable(); });
  // Plain keys act in the cards alone: elsewhere they are letters.
  for (const auto& [id, text, tip, key, area] :
       {std::tuple{"view.left_panels", tr("&Left panels"), tr("Show or hide the panels on the left"), "[",
                   Qt::LeftDockWidgetArea},
        {"view.right_panels", tr("&Right panels"), tr("Show or hide the panels on the right"), "]",
         Qt::RightDockWidgetArea}}) {
    cards_->addPlotAction(add(id, text, tip, keys({key}), "", [this, side = area] { toggleDocks(side); }));
  }
  add("view.alone", tr("Show &one card"), tr("The chosen card alone in its tab, or all of them again"),
      keys({"Ctrl+M"}), "fit", [this] { cards_->toggleAlone(); });
  add(
      "view.fullscreen", tr("Full &screen"), tr("The window without its frame"), keys({"F11"}), "full",
      [this] { toggleFullScreen(); }, true);
  add("view.larger", tr("&Larger text"), tr("Scale the window's text up"), keys({"Ctrl++", "Ctrl+="}), "",
      [this] { setUiScale(settings().value(QStringLiteral("scale"), 100).toInt() + 10); });
  add("view.smaller", tr("S&maller text"), tr("Scale the window's text down"), keys({"Ctrl+-"}), "",
      [this] { setUiScale(settings().value(QStringLiteral("scale"), 100).toInt() - 10); });
  add("view.normal", tr("&Normal text"), tr("The system's text size"), keys({"Ctrl+0"}), "",
      [this] { setUiScale(100); });
  add("view.reset_layout", tr("&Reset layout"), tr("Panels and cards back to where they were at first"), {}, "layout",
      [this] { resetLayout(); });
  auto* themes = new QActionGroup(this);
  for (const auto& [name, text] : {std::pair{"system", tr("As the &system")},
                                   {"light", tr("&Light")},
                                   {"dark", tr("&Dark")},
                                   {"print", tr("&Print")}}) {
    QAction* action = add((std::string("theme.") + name).c_str(), text, tr("Colours of the window and of the cards"),
                          {}, "", [this, name = QString::fromLatin1(name)] { setThemeNamed(name); }, true);
    themes->addAction(action);
    action->setChecked(settings().value(QStringLiteral("theme"), QStringLiteral("system")).toString() ==
                       QLatin1String(name));
  }
  add("view.theme", tr("Light or dark"), tr("Change between the light and the dark theme"), keys({"Ctrl+Shift+T"}),
      "theme", [this] {
        setThemeNamed(palette().color(QPalette::Window).lightness() < 128 ? QStringLiteral("light")
                                                                          : QStringLiteral("dark"));
      });
  add("help.keys", tr("&Keys"), tr("Every shortcut, and what the mouse does in a plot"), keys({"F1", "?"}), "keys",
      [this] { showKeys(); });
  add("help.folder", tr("Open &records folder"), tr("The folder in which runs are recorded"), {}, "open",
      [] { QDesktopServices::openUrl(QUrl::fromLocalFile(recordFolder())); });
  add("help.about", tr("&About Variometer"), tr("Version, licence, papers"), {}, "info", [this] { showAbout(); });
}

void MainWindow::buildMenus() {
  const auto menu = [this](const QString& title, std::initializer_list<const char*> ids) {
    QMenu* m = menuBar()->addMenu(title);
    m->setToolTipsVisible(true);
    for (const char* id : ids) {
      if (*id == '\0') {
        m->addSeparator();
      } else {
        m->addAction(actions_->require(QString::fromLatin1(id)));
      }
    }
    return m;
  };
  QMenu* file = menu(tr("&File"), {"file.new", "file.open", "file.model"});
  recent_menu_ = file->addMenu(tr("Open &recent"));
  recent_menu_->setToolTipsVisible(true);
  connect(recent_menu_, &QMenu::aboutToShow, this, [this] {
    recent_menu_->clear();
    for (const RecentRun& run : recentRuns()) {
      QAction* action = recent_menu_->addAction(tr("%1, step %2").arg(run.name).arg(run.step));
      action->setToolTip(run.path);
      connect(action, &QAction::triggered, this, [this, path = run.path] { openPath(path); });
    }
    if (recent_menu_->isEmpty()) recent_menu_->addAction(tr("No runs yet"))->setEnabled(false);
  });
  for (const char* id :
       {"file.close", "", "file.save", "file.export", "file.command_line", "", "file.preferences", "", "file.quit"}) {
    *id == '\0' ? (void)file->addSeparator() : file->addAction(actions_->require(QString::fromLatin1(id)));
  }
  menu(tr("&Edit"), {"edit.undo", "edit.redo", "", "edit.copy", "edit.find", "edit.palette"});
  QMenu* view = menu(tr("&View"), {});
  for (QAction* action : perspectives_->actions()) view->addAction(action);
  view->addSeparator();
  view->addAction(actions_->require(QStringLiteral("view.follow")));
  view->addAction(actions_->require(QStringLiteral("view.play")));
  for (const char* id : {"view.previous", "view.next", "view.table"}) {
    view->addAction(actions_->require(QString::fromLatin1(id)));
  }
  connect(&axis_, &StepAxis::viewsChanged, this, &MainWindow::updateActions);
  view->addSeparator();
  QMenu* docks = view->addMenu(tr("&Panels"));
  for (QDockWidget* dock : {model_dock_, mitigation_dock_, probe_dock_, events_dock_}) {
    docks->addAction(dock->toggleViewAction());
    dock->toggleViewAction()->setToolTip(tr("Show or hide the panel"));
  }
  docks->addSeparator();
  for (const char* id : {"view.left_panels", "view.right_panels"}) {
    docks->addAction(actions_->require(QString::fromLatin1(id)));
  }
  QMenu* themes = view->addMenu(tr("&Theme"));
  for (const char* id : {"theme.system", "theme.light", "theme.dark", "theme.print"}) {
    themes->addAction(actions_->require(QString::fromLatin1(id)));
  }
  view->addSeparator();
  for (const char* id :
       {"view.alone", "view.fullscreen", "", "view.larger", "view.smaller", "view.normal", "", "view.reset_layout"}) {
    *id == '\0' ? (void)view->addSeparator() : view->addAction(actions_->require(QString::fromLatin1(id)));
  }
  menu(tr("&Run"), {"run.run", "run.step", "run.step_n", "run.stop", "", "run.sample", "run.record_hidden", "",
                    "run.learning_rate", "run.fork"});
  menu(tr("&Mitigate"), {"mitigate.tvr", "mitigate.kv_bias", "mitigate.dyt"});
  menu(tr("&Help"), {"help.keys", "help.folder", "", "help.about"});
  menuBar()->setNativeMenuBar(false);  // a menu bar outside the window would take the perspectives' bar with it
  menuBar()->setCornerWidget(perspectives_->makeBar(menuBar()));
}

void MainWindow::buildToolBar() {
  tool_bar_ = addToolBar(tr("Run"));
  tool_bar_->setObjectName(QStringLiteral("toolbar.run"));
  tool_bar_->setMovable(false);
  tool_bar_->setToolButtonStyle(Qt::ToolButtonTextBesideIcon);
  tool_bar_->setIconSize({18, 18});
  tool_bar_->toggleViewAction()->setVisible(false);
  const auto add = [this](const char* id) { tool_bar_->addAction(actions_->require(QString::fromLatin1(id))); };
  for (const char* id : {"run.run", "run.step", "run.stop"}) add(id);
  tool_bar_->addSeparator();
  for (const char* id : {"edit.undo", "edit.redo", "run.sample", "file.save", "file.command_line"}) add(id);
  // Text where a word helps, icons alone for the rest: the bar fits 1280 pixels.
  for (const char* id : {"file.command_line", "edit.undo", "edit.redo"}) {
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

void MainWindow::updateActions() {
  const bool any = shown_ != nullptr;
  const bool live = any && session()->isLive();
  const bool going = live && !session()->ended() && !session()->isStopping();
  const bool paused = any && session()->state() == RunState::paused;
  QAction* run = actions_->require(QStringLiteral("run.run"));
  const bool again = live && session()->ended();
  const bool pause = going && !paused;
  run->setText(pause ? tr("&Pause") : again ? tr("&Run again") : tr("&Run"));
  run->setEnabled(!any || again || going);
  actions_->setIcon(QStringLiteral("run.run"), pause ? QStringLiteral("pause") : QStringLiteral("run"));
  for (const char* id :
       {"run.step", "run.step_n", "run.stop", "run.sample", "run.record_hidden", "run.learning_rate", "file.save"}) {
    actions_->require(QString::fromLatin1(id))->setEnabled(going);
  }
  if (!any || shown_->record_path.isEmpty()) actions_->require(QStringLiteral("run.record_hidden"))->setEnabled(false);
  actions_->require(QStringLiteral("file.close"))->setEnabled(any);
  const bool inspect = perspectives_->is("inspect");
  for (const char* id :
       {"edit.find", "view.follow", "view.alone", "view.table", "view.left_panels", "view.right_panels"}) {
    actions_->require(QString::fromLatin1(id))->setEnabled(any && !inspect);
  }
  for (const char* id : {"file.export", "file.command_line", "edit.copy"}) {
    actions_->require(QString::fromLatin1(id))->setEnabled(any || inspect);
  }
  perspectives_->action(QStringLiteral("observe"))->setEnabled(any);
  const bool failed = live && session()->state() == RunState::failed;
  actions_->require(QStringLiteral("edit.undo"))->setEnabled((going || failed) && session()->lastSwitch() != nullptr);
  actions_->require(QStringLiteral("edit.redo"))->setEnabled(going && session()->lastUndone() != nullptr);
  actions_->require(QStringLiteral("view.previous"))->setEnabled(any && axis_.canGoBack());
  actions_->require(QStringLiteral("view.next"))->setEnabled(any && axis_.canGoForward());
  const bool fork = any && engine_.fork && session()->canFork() && !shown_->record_path.isEmpty();
  actions_->require(QStringLiteral("run.fork"))->setEnabled(fork);
  mitigations_->setForkable(fork);
  QAction* play = actions_->require(QStringLiteral("view.play"));
  play->setEnabled(any);
  play->setText(player_->isPlaying() ? tr("Stop &playing") : tr("&Play back"));
  QAction* follow = actions_->require(QStringLiteral("view.follow"));
  follow->setChecked(axis_.following());
  follow->setText(axis_.following() ? tr("&Follow") : tr("&Held"));
  for (const char* group : {"tvr", "kv_bias", "dyt"}) {
    QAction* action = actions_->require(QStringLiteral("mitigate.") + QString::fromLatin1(group));
    action->setEnabled(going);
    action->setChecked(any && mitigations_->section(QString::fromLatin1(group))->toggle()->isChecked());
  }
}

}  // namespace variometer
