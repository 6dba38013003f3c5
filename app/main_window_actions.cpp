// SPDX-License-Identifier: GPL-3.0-or-later
#include <QAction>
#include <QActionGroup>
#include <QApplication>
#include <QClipboard>
#include <QDesktopServices>
#include <QDockWidget>
#include <QLineEdit>
#include <QListWidget>
#include <QTabBar>
#include <QUrl>

#include "app/card_tabs.h"
#include "app/main_window.h"
#include "app/number_dialog.h"
#include "app/perspectives.h"
#include "app/player.h"
#include "app/settings.h"
#include "widgets/number_text.h"
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
  add("file.model", tr("Start from a &model…"),
      tr("Train on from the weights of a model folder, of a checkpoint or of a .gguf file"), keys({"Ctrl+Shift+O"}),
      "layers", [this] { openModelDialog(); });
  add("file.close", tr("&Close run"),
      tr("Close the run that is shown and its record; what would be lost is asked about"), keys({"Ctrl+W"}), "close",
      [this] {
        if (shown_ != nullptr) closeRunAt(run_tabs_->currentIndex());
      });
  add("file.save", tr("&Save model…"), tr("Save weights, optimizer and state as a folder other programs open too"),
      keys({"Ctrl+S"}), "save", [this] { saveModel(); });
  add("file.export", tr("&Export card…"), tr("Save the chosen card as a figure or as numbers"), keys({"Ctrl+E"}),
      "export", [this] { exportCard(cards_->current()); });
  add("file.command_line", tr("Copy command &line"), tr("The command that repeats this run without a window"),
      keys({"Ctrl+Alt+C"}), "terminal", [this] {
        QApplication::clipboard()->setText(commandLine());
        toast(tr("The command line is on the clipboard: %1").arg(commandLine()));
      });
  add("file.preferences", tr("&Preferences…"), tr("Theme, size of text, recording"), keys({"Ctrl+,"}), "settings",
      [this] { showPreferences(); });
  add("file.quit", tr("&Quit"), tr("Close all runs and leave; what would be lost is asked about"), keys({"Ctrl+Q"}),
      "quit", [this] { close(); });
  add("edit.undo", tr("&Undo"), tr("Take back what was done last to the view, the layout or the model"),
      keys({"Ctrl+Z"}), "undo", [this] { history_->undo(); });
  add("edit.redo", tr("&Redo"), tr("Do again what was taken back"), keys({"Ctrl+Shift+Z", "Ctrl+Y"}), "redo",
      [this] { history_->redo(); });
  add("edit.history", tr("&History"), tr("What was done, by name; a click goes there"), keys({"Ctrl+Shift+H"}),
      "history", [this] {
        history_dock_->show();
        history_dock_->raise();
        history_dock_->widget()->findChild<QListWidget*>()->setFocus();
      });
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
  add("run.run", tr("&Run"), tr("Start, go on or pause; where all updates are made, some more"), keys({"F5"}), "run",
      [this] { runOrPause(); });
  add("run.step", tr("&Step"), tr("One update, then pause"), keys({"F9"}), "step", [this] { stepRun(1); });
  add("run.step_n", tr("Step &N…"), tr("A number of updates of your choice, also beyond the end, then pause"),
      keys({"Shift+F9"}), "step", [this] { askForSteps(); });
  add("run.stop", tr("S&top"), tr("Finish the step in hand, save the weights and rest; F5 goes on"), keys({"Shift+F5"}),
      "stop", [this] { stopRun(); });
  add("run.again", tr("Run again from the st&art"), tr("The same run anew, beside this one, which stays"),
      keys({"Ctrl+Shift+F5"}), "begin", [this] { runAgain(); });
  add("run.continue", tr("&Continue training…"),
      tr("Go on with the record that is shown from its newest weights, as a run of its own"), keys({"Ctrl+F5"}), "run",
      [this] { askToContinue(); });
  add("run.sample", tr("Sample &text now"), tr("Let the model write; the text appears on the Text tab"),
      keys({"Ctrl+T"}), "sample", [this] { sampleNow(); });
  add("run.cancel_sample", tr("&Cancel the text"), tr("End the text that is being written; training goes on"),
      keys({"Ctrl+Alt+T"}), "stop", [this] { post({.kind = Command::Kind::cancel}); });
  add("run.record_hidden", tr("Record &hidden states"),
      tr("Write the probe prompt's hidden states and attention of the next step into the record"), keys({"Ctrl+H"}),
      "record", [this] {
        Command command;
        command.kind = Command::Kind::record_hidden;
        if (post(std::move(command)) != 0) toast(tr("Hidden states of the next step go into the record."));
      });
  add("run.learning_rate", tr("Change &learning rate…"), tr("Another peak learning rate from the next step on"),
      keys({"Ctrl+L"}), "slope", [this] { changeLearningRate(); });
  add("run.way_back", tr("Go &back to a sound state"),
      tr("After a failure: the model as it was while its loss was sound, with a third of the learning rate"),
      keys({"Ctrl+Alt+B"}), "undo", [this] { goBackToSoundState(); });
  add("run.fork", tr("&Fork…"),
      tr("Start a second run that branches off this one at the step shown, one thing changed"), keys({"Ctrl+Shift+F"}),
      "fork", [this] { forkRun(); });
  add("mitigate.undo", tr("&Undo last switch"),
      tr("The model as it was before the last switch, whatever was done to the view since"), keys({"Ctrl+Alt+Z"}),
      "undo", [this] { undoSwitch(); });
  for (const auto& [group, name, key] :
       {std::tuple{"tvr", "TVR", "Alt+1"}, {"kv_bias", "KV bias", "Alt+2"}, {"dyt", "DyT", "Alt+3"}}) {
    actions_->add({QStringLiteral("mitigate.") + QString::fromLatin1(group), QString::fromLatin1(name),
                   tr("Switch %1 on or off at the next step").arg(QString::fromLatin1(name)), keys({key}),
                   QString::fromLatin1(group), true},
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
      keys({"Alt+Left"}), "left", [this] { axis_.previousView(); });
  add("view.next", tr("Ne&xt view"), tr("Again the view that Previous view left"), keys({"Alt+Right"}), "right",
      [this] { axis_.nextView(); });
  add("view.table", tr("Show as &table"), tr("The numbers of the chosen card that are in view, as a table"),
      keys({"Ctrl+Shift+D"}), "table", [this] { showTable(); });
  // Plain keys act in the cards alone: elsewhere they are letters.
  for (const auto& [id, text, tip, key, icon, area] :
       {std::tuple{"view.left_panels", tr("&Left panels"), tr("Show or hide the panels on the left"), "[", "panel_left",
                   Qt::LeftDockWidgetArea},
        {"view.right_panels", tr("&Right panels"), tr("Show or hide the panels on the right"), "]", "panel_right",
         Qt::RightDockWidgetArea}}) {
    cards_->addPlotAction(actions_->add({.id = QString::fromLatin1(id),
                                         .text = text,
                                         .tip = tip,
                                         .keys = keys({key}),
                                         .icon = QString::fromLatin1(icon),
                                         .in_plots = true},
                                        [this, side = area] { toggleDocks(side); }));
  }
  add("view.alone", tr("Show &one card"), tr("The chosen card alone in its tab, or all of them again"),
      keys({"Ctrl+M"}), "fit", [this] { cards_->setAlone(!cards_->alone()); });
  for (const auto& [id, text, key, icon, by] : {std::tuple{"view.next_card", tr("Ne&xt card"), "PgDown", "down", 1},
                                                {"view.previous_card", tr("Pre&vious card"), "PgUp", "up", -1}}) {
    cards_->addPlotAction(actions_->add({.id = QString::fromLatin1(id),
                                         .text = text,
                                         .tip = tr("Card by card through all tabs, as the keys of a presenter do"),
                                         .keys = keys({key}),
                                         .icon = QString::fromLatin1(icon),
                                         .in_plots = true},
                                        [this, by = by] { cards_->stepCard(by); }));
  }
  add(
      "view.fullscreen", tr("Full &screen"), tr("The window without its frame"), keys({"F11"}), "full",
      [this] { toggleFullScreen(); }, true);
  add(
      "view.presentation", tr("P&resentation"),
      tr("For a room: full screen, one card, the switches and the last event, no text below 20 points; Esc leaves"),
      keys({"Shift+F11"}), "present", [this] { togglePresentation(); }, true);
  add("view.larger", tr("&Larger text"), tr("Scale the window's text up"), keys({"Ctrl++", "Ctrl+="}), "larger",
      [this] { setUiScale(settings().value(QStringLiteral("scale"), 100).toInt() + 10); });
  add("view.smaller", tr("S&maller text"), tr("Scale the window's text down"), keys({"Ctrl+-"}), "smaller",
      [this] { setUiScale(settings().value(QStringLiteral("scale"), 100).toInt() - 10); });
  add("view.normal", tr("&Normal text"), tr("The system's text size"), keys({"Ctrl+0"}), "normal",
      [this] { setUiScale(100); });
  add("view.reset_layout", tr("&Reset layout"), tr("Panels and cards back to where they were at first"), {}, "layout",
      [this] { resetLayout(); });
  auto* themes = new QActionGroup(this);
  for (const auto& [name, text, icon] : {std::tuple{"system", tr("As the &system"), "screen"},
                                         {"light", tr("&Light"), "sun"},
                                         {"dark", tr("&Dark"), "moon"},
                                         {"contrast", tr("&High contrast"), "contrast"},
                                         {"print", tr("&Print"), "print"}}) {
    QAction* action = add((std::string("theme.") + name).c_str(), text, tr("Colours of the window and of the cards"),
                          {}, icon, [this, name = QString::fromLatin1(name)] { setThemeNamed(name); }, true);
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

void MainWindow::updateActions() {
  const bool any = shown_ != nullptr;
  const bool live = any && session()->isLive();
  const bool ended = any && session()->ended();
  const bool going = live && !ended && !session()->isStopping();
  const bool observe = perspectives_->is("observe"), inspect = perspectives_->is("inspect");
  const auto set = [this](const char* id, const QString& why_not) {
    actions_->setAvailable(QString::fromLatin1(id), why_not);
  };
  const QString no_run = any ? QString() : tr("No run is open.");
  const QString no_steering = !any     ? no_run
                              : !live  ? tr("A record can be looked at, not changed.")
                              : ended  ? tr("The run has ended.")
                              : !going ? tr("The run is stopping.")
                                       : QString();
  const bool pause = going && session()->state() != RunState::paused;
  const QString no_continuation = !any ? no_run : whyNoContinuation();
  const bool complete = going && session()->complete();
  QAction* go = actions_->require(QStringLiteral("run.run"));
  go->setText(pause          ? tr("&Pause")
              : any && !live ? tr("Continue t&raining…")
              : complete     ? tr("&Run %1 more").arg(step_text(moreSteps()))
                             : tr("&Run"));
  go->setIconText(pause ? tr("Pause") : tr("Run"));  // in the tool bar nothing moves
  set("run.run", !any ? QString() : !live ? no_continuation : no_steering);
  actions_->setIcon(QStringLiteral("run.run"), pause ? QStringLiteral("pause") : QStringLiteral("run"));
  set("run.continue", no_continuation);
  set("run.again", !any    ? no_run
                   : !live ? tr("A record is gone on with (Ctrl+F5), or forked at its first step.")
                           : QString());
  const bool rests = going && (complete || session()->wasStopped()) && session()->savedWeights().current;
  set("run.stop", !no_steering.isEmpty() ? no_steering
                  : rests                ? tr("It rests, and its weights are saved.")
                                         : QString());
  for (const char* id : {"run.step", "run.step_n", "run.sample", "run.learning_rate", "file.save", "mitigate.tvr",
                         "mitigate.kv_bias", "mitigate.dyt"}) {
    set(id, no_steering);
  }
  const bool writing = any && session()->history().last() && session()->history().last()->sampling;
  set("run.cancel_sample", !no_steering.isEmpty() ? no_steering
                           : writing              ? QString()
                                                  : tr("No text is being written."));
  cards_->setSteering(no_steering);
  const bool recorded = any && !shown_->record_path.isEmpty();
  set("run.record_hidden", !no_steering.isEmpty() ? no_steering : recorded ? QString() : tr("It is not recorded."));
  set("file.close", no_run);
  const QString not_observing = any ? (observe ? QString() : tr("Of the Observe perspective (Ctrl+2).")) : no_run;
  for (const char* id :
       {"edit.find", "edit.history", "view.follow", "view.play", "view.alone", "view.next_card", "view.previous_card",
        "view.table", "view.left_panels", "view.right_panels", "view.presentation"}) {
    set(id, not_observing);
  }
  const QString no_card = observe || inspect ? QString() : tr("There is no card in sight.");
  for (const char* id : {"file.export", "edit.copy"}) set(id, no_card);
  set("file.command_line", any || inspect ? QString() : no_run);
  set("perspective.observe", no_run);
  const bool failed = live && session()->state() == RunState::failed;
  const std::optional<WayBack> way_back = failed ? session()->history().last()->way_back : std::nullopt;
  actions_->require(QStringLiteral("run.way_back"))
      ->setText(way_back ? wayBackText(*way_back) : tr("Go &back to a sound state"));
  set("run.way_back", way_back ? QString() : failed ? tr("No earlier state is kept.") : tr("The run has not failed."));
  const bool switched = (going || failed) && session()->lastSwitch() != nullptr;
  const QString no_switch = switched ? QString() : tr("Nothing was switched that can be taken back.");
  const bool undone = going && session()->lastUndone() != nullptr;
  set("mitigate.undo", no_switch);
  const auto* undo = history_->nextUndo();
  const auto* redo = history_->nextRedo();
  const auto is_switch = [](const UndoHistory::Entry* entry) { return entry->kind == UndoHistory::Kind::mitigation; };
  set("edit.undo", undo == nullptr ? tr("Nothing was done yet.") : is_switch(undo) ? no_switch : QString());
  set("edit.redo", redo == nullptr              ? tr("Nothing was taken back.")
                   : is_switch(redo) && !undone ? tr("The run takes no more switches.")
                                                : QString());
  actions_->require(QStringLiteral("edit.undo"))
      ->setText(undo == nullptr ? tr("&Undo") : tr("&Undo: %1").arg(undo->name));
  actions_->require(QStringLiteral("edit.redo"))
      ->setText(redo == nullptr ? tr("&Redo") : tr("&Redo: %1").arg(redo->name));
  set("view.previous", !not_observing.isEmpty() ? not_observing
                       : axis_.canGoBack()      ? QString()
                                                : tr("There is no earlier view."));
  set("view.next", !not_observing.isEmpty() ? not_observing
                   : axis_.canGoForward()   ? QString()
                                            : tr("There is no later view."));
  const QString no_fork = !any                                     ? no_run
                          : !engine_.fork || !session()->canFork() ? tr("This run cannot be forked.")
                          : !recorded                              ? tr("Only a run that is recorded can be forked.")
                          // Forking reads the file here: not before it was read to its end elsewhere.
                          : shown_->rehearsal && !shown_->rehearsal->course()->passed()
                              ? tr("The record has not been read to its end.")
                              : QString();
  set("run.fork", no_fork);
  mitigations_->setForkable(no_fork.isEmpty());
  actions_->require(QStringLiteral("view.play"))
      ->setText(player_->isPlaying() ? tr("Stop &playing") : tr("&Play back"));
  QAction* follow = actions_->require(QStringLiteral("view.follow"));
  follow->setChecked(axis_.following());
  follow->setText(axis_.following() ? tr("&Follow") : tr("&Held"));
  for (const char* group : {"tvr", "kv_bias", "dyt"}) {
    actions_->require(QStringLiteral("mitigate.") + QString::fromLatin1(group))
        ->setChecked(any && mitigations_->section(QString::fromLatin1(group))->toggle()->isChecked());
  }
  updateCardActions(not_observing);
  updatePlotActions();
  updateInspectActions();
}

}  // namespace variometer
