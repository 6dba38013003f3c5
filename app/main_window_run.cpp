// SPDX-License-Identifier: GPL-3.0-or-later
#include <QApplication>
#include <QDockWidget>
#include <QFileInfo>
#include <QLabel>
#include <QMessageBox>
#include <QPushButton>
#include <QStatusBar>
#include <QToolBar>
#include <limits>
#include <utility>

#include "app/background.h"
#include "app/card_tabs.h"
#include "app/error_dialog.h"
#include "app/main_window.h"
#include "app/number_dialog.h"
#include "app/panel_room.h"
#include "app/perspectives.h"
#include "app/player.h"
#include "app/presets.h"
#include "app/record_place.h"
#include "app/run_banner.h"
#include "app/run_keeping.h"
#include "app/settings.h"
#include "core/base/config_fields.h"
#include "core/base/error.h"
#include "core/base/json_text.h"
#include "widgets/card.h"
#include "widgets/event_text.h"
#include "widgets/number_text.h"
#include "widgets/panel_events.h"
#include "widgets/panel_icons.h"
#include "widgets/panel_mitigation.h"
#include "widgets/panel_probe.h"
#include "widgets/panel_tree.h"
#include "widgets/start_page.h"
#include "widgets/theme.h"
#include "widgets/typed_number.h"

namespace variometer {

bool MainWindow::startDemo(const QString& id) {
  for (const Preset& preset : demoPresets()) {
    if (preset.id != id) continue;
    try {
      const RunConfig config = config_from_toml(preset.text.toStdString(), preset.id.toStdString() + ".toml");
      LiveOptions options;
      options.name = preset.title.toStdString();
      const bool started = startRun(config, options, QStringLiteral("samples/%1.toml").arg(preset.id));
      if (started) shown_->origin = preset.id;
      return started;
    } catch (const std::exception& error) {
      showError(this,
                {tr("The demo could not be started."), QString::fromUtf8(error.what()), tr("Nothing was changed.")});
      return false;
    }
  }
  return false;
}

bool MainWindow::startRun(const RunConfig& config, LiveOptions options, const QString& preset_path,
                          const Autosave& autosave) {
  if (busy_) return false;
  const QString name = QString::fromStdString(options.name);
  if (!settleRecord(this, options)) return false;
  options.rests = true;
  applyAutosave(autosave, options);
  auto run = std::make_unique<OpenRun>();
  run->config = config;
  run->options = options;
  run->autosave = autosave;
  run->preset_path = preset_path;
  run->record_path = QString::fromStdString(options.record.string());
  run->origin = run->record_path;
  toast(tr("Starting: %1").arg(name));
  const Busy busy(busy_);
  try {
    // Reads the text and may have to load the engine first.
    run->session = std::make_unique<RunSession>(
        in_background([this, &config, &options] { return engine_.start(config, options); }), name);
  } catch (const std::exception& error) {
    showError(this, {tr("The run could not be started."), QString::fromUtf8(error.what()),
                     runs_.empty() ? tr("Nothing was changed on disk.")
                                   : tr("Nothing was changed; the run that is shown goes on.")});
    return false;
  }
  if (!run->record_path.isEmpty()) writeJournal({run->record_path, name, 0});
  const int n_paused = pauseOthers();
  showRun(&add(std::move(run)));
  statusBar()->clearMessage();
  if (n_paused > 0) toast(tr("The run before is paused; its tab goes on with F5."));
  return true;
}

void MainWindow::showStart() { showPerspective(QStringLiteral("start")); }

void MainWindow::showPerspective(const QString& id) {
  // The panels and the tool bar are Observe's.
  const bool was_observing = tool_bar_->isVisibleTo(this) && perspectives_->is("observe");
  const bool observe = id == QLatin1String("observe");
  for (QDockWidget* dock : docks_) {
    const QString key = dock->objectName() + QStringLiteral(".shown");
    if (was_observing && !observe) settings().setValue(key, !dock->isHidden() || room_->hid(dock));
    if (!was_observing || !observe) {
      dock->setVisible(observe && settings().value(key, true).toBool() && !room_->hid(dock));
    }
    dock->toggleViewAction()->setEnabled(observe);
  }
  tool_bar_->setVisible(observe);
  perspectives_->show(id);
  // Plain keys act in the cards; not where someone is typing.
  if (observe && !was_observing && cards_->current() != nullptr) cards_->current()->setFocus(Qt::OtherFocusReason);
  room_->fit();
  settleLayout();
  if (id == QLatin1String("start")) refreshStartPage();
  dirty_ |= observe;  // what came while it was not looked at
  updateActions();
  updateTitle();
  updateStatusBar();
}

std::int64_t MainWindow::post(Command command) {
  if (shown_ == nullptr) return 0;
  // A failed run waits for the last switch to be taken back.
  const bool rescue = session()->state() == RunState::failed && command.kind == Command::Kind::restore;
  if (session()->ended() && !rescue) return 0;
  return session()->post(std::move(command));
}

void MainWindow::runOrPause() {
  if (shown_ == nullptr) {
    if (!demoPresets().empty()) startDemo(demoPresets().front().id);
    return;
  }
  if (!session()->isLive()) return askToContinue();
  if (session()->state() == RunState::paused) {
    session()->goOn(moreSteps());
  } else if (!session()->ended()) {
    post({.kind = Command::Kind::pause, .assignments = {}, .text = {}});
  }
}

void MainWindow::stepRun(std::int64_t count) {
  if (shown_ != nullptr && session()->isLive() && !session()->ended()) session()->step(count);
}

void MainWindow::askForSteps() {
  if (shown_ == nullptr) return;
  const bool complete = session()->complete();
  const auto chosen =
      askNumber(this, {.title = tr("Step N"),
                       .label = complete
                                    ? tr("All %1 updates are made. How many more?").arg(step_text(session()->stepsInForce()))
                                    : tr("Updates to make before pausing:"),
                       .value = static_cast<double>(complete ? moreSteps() : 10),
                       .least = 1,
                       .most = kMostSteps});
  if (!chosen) return;
  const int n = static_cast<int>(*chosen);
  if (complete) setMoreSteps(n);
  stepRun(n);
}

void MainWindow::runAgain() {
  if (shown_ == nullptr || !session()->isLive()) return;
  LiveOptions again = shown_->options;
  again.record.clear();
  if (shown_->autosave.on) again.checkpoint.clear();  // of the other run
  const QString origin = shown_->origin;
  if (startRun(RunConfig(shown_->config), again, shown_->preset_path, shown_->autosave)) shown_->origin = origin;
}

void MainWindow::stopRun() {
  Command command;
  command.kind = Command::Kind::stop;
  post(std::move(command));
  updateActions();
}

bool MainWindow::undoSwitch() {
  if (shown_ == nullptr || session()->lastSwitch() == nullptr) return false;
  // What is asked about must not change meanwhile.
  const bool was_running = session()->state() == RunState::running;
  waitForPause();
  if (shown_ == nullptr || session()->lastSwitch() == nullptr) return false;
  const RunSession::Change change = *session()->lastSwitch();
  const std::int64_t lost = session()->step() - (change.step - 1);
  const bool sure = lost <= 0 || askToUndo(change.step - 1, lost);
  if (sure) post({.kind = Command::Kind::restore, .assignments = {}, .count = change.step, .text = {}});
  if (was_running) post({.kind = Command::Kind::run, .assignments = {}, .text = {}});
  return sure;
}

bool MainWindow::askToUndo(std::int64_t step, std::int64_t lost) {
  QMessageBox box(QMessageBox::Question, tr("Undo the switch?"),
                  tr("The model goes back to step %1, before the switch.").arg(step_text(step)), QMessageBox::Cancel,
                  this);
  box.setInformativeText(lost == 1 ? tr("This discards 1 step of training.")
                                   : tr("This discards %1 steps of training.").arg(step_text(lost)));
  auto* undo = box.addButton(tr("Go back to step %1").arg(step_text(step)), QMessageBox::AcceptRole);
  box.setDefaultButton(undo);
  box.exec();
  return box.clickedButton() == undo;
}

bool MainWindow::redoSwitch() {
  if (shown_ == nullptr || session()->lastUndone() == nullptr) return false;
  Command command;
  command.assignments = session()->lastUndone()->assignments;
  return post(std::move(command)) != 0;
}

void MainWindow::sampleNow() {
  Command command;
  command.kind = Command::Kind::sample;
  if (post(std::move(command)) != 0) toast(tr("Text will be drawn at the next step."));
}

QString MainWindow::wayBackText(const WayBack& way_back) {
  return tr("Go &back to update %1 with learning rate %2")
      .arg(way_back.step)
      .arg(QString::number(way_back.learning_rate, 'g', 3));
}

void MainWindow::goBackToSoundState() {
  if (shown_ == nullptr || session()->state() != RunState::failed || !session()->history().last()->way_back) return;
  const WayBack back = *session()->history().last()->way_back;
  Command command;
  command.kind = Command::Kind::restore;
  command.count = back.step + 1;
  command.assignments = {{"train.learning_rate", QString::number(back.learning_rate, 'g', 17).toStdString()},
                         {"train.min_learning_rate", QString::number(back.min_learning_rate, 'g', 17).toStdString()}};
  post(std::move(command));
}

void MainWindow::showSampling(const std::optional<Sampling>& sampling) {
  if (sampling) {
    // A few seconds: it goes by itself where the run is closed meanwhile.
    statusBar()->showMessage(tr("The model writes: %1 of %2 tokens; training waits. Ctrl+Alt+T cancels.")
                                 .arg(sampling->n_token)
                                 .arg(sampling->n_most),
                             5000);
  } else if (was_sampling_) {
    statusBar()->clearMessage();
  }
  if (std::exchange(was_sampling_, sampling.has_value()) != sampling.has_value()) updateActions();
}

void MainWindow::changeLearningRate() {
  if (shown_ == nullptr) return;
  const double now = session()->learningRateAt(std::numeric_limits<std::int64_t>::max());
  const auto rate = askNumber(
      this, {.title = tr("Learning rate"),
             .label = tr("Peak learning rate from the next step on; warm-up and decay keep their shape:"),
             .value = now,
             .kind = NumberField::Kind::real});
  if (!rate || *rate == now) return;
  const QString text = number_as_typed(*rate);
  Command command;
  command.kind = Command::Kind::set;
  command.assignments = {{"train.learning_rate", text.toStdString()}};
  if (post(std::move(command)) != 0) toast(tr("Learning rate %1 from the next step on.").arg(text));
}

void MainWindow::onSnapshot(const SnapshotPtr& snapshot) {
  mitigations_->setInForce(snapshot->mitigations, snapshot->step);
  if (const RunInfo& info = session()->history().info(); snapshot->weights && !info.tensors.empty()) {
    mitigations_->setSpread(info.config.model, spread_of(info.tensors, *snapshot->weights));
  }
  probe_->setInForce(snapshot->probe_config);
  for (const Event& event : session()->isLive() ? snapshot->events : std::vector<Event>{}) {
    // Not what TVR does to the loss at every check; the list of events has it.
    if (event.kind == "alarm" && !event_mark(event).isEmpty()) toast(event_sentence(event));
  }
  if (!snapshot->message.empty() && snapshot->state == RunState::paused) showStateBanner();
  showSampling(snapshot->sampling);
}

void MainWindow::onSettled(std::int64_t ticket, const Command& command, const QString& error) {
  const std::int64_t step = session()->step();
  mitigations_->commandSettled(ticket, command, error, step);
  probe_->commandSettled(ticket, error);
  updateActions();
  if (!error.isEmpty()) {
    history_->giveUp();
    if (ticket != 0) toast(tr("Refused: %1").arg(error));
    return;
  }
  noteSwitches(command);
  switch (command.kind) {
    case Command::Kind::set: {
      const Event event{step, "set", json_text(to_json(command))};
      toast(tr("%1, from step %2.").arg(event_sentence(event)).arg(step) +
            (RunSession::isSwitch(command) ? tr(" Undo with Ctrl+Z.") : QString()));
      break;
    }
    case Command::Kind::checkpoint: toast(tr("Saved: %1").arg(QString::fromStdString(command.text))); break;
    case Command::Kind::restore: toast(tr("Back at step %1. Redo with Ctrl+Shift+Z.").arg(step)); break;
    default: break;
  }
}

void MainWindow::onRested(OpenRun& run) {
  if (!run.record_path.isEmpty()) rememberRun(recentOf(run));
  onState(run);
}

void MainWindow::onState(OpenRun& run) {
  const RunSession& session = *run.session;
  updateRunTabs();
  if (session.ended() && session.isLive()) {
    // A failed run may still be undone, so that its record is open yet.
    if (session.state() != RunState::failed) removeJournal(run.record_path);
    if (!run.record_path.isEmpty()) {
      rememberRun(recentOf(run));
    }
  }
  if (&run != shown_) return;
  updateActions();
  updateTitle();
  updateStatusBar();
  banner_->hide();
  showStateBanner();
  if (!session.isLive()) return;
  const QString reason = session.ended() ? tr("The run has ended.") : QString();
  mitigations_->setSteerable(reason.isEmpty(), reason);
  probe_->setSteerable(reason.isEmpty(), reason);
}

void MainWindow::showStateBanner() {
  using Tone = RunBanner::Tone;
  const RunSession& session = *shown_->session;
  const QString step = step_text(session.step());
  const SnapshotPtr& last = session.history().last();
  const auto action = [this](const char* id) { return actions_->require(QLatin1String(id)); };
  // A message of the run may name the record itself.
  const auto kept = [&] {
    const bool said = !shown_->record_path.isEmpty() && session.message().contains(shown_->record_path);
    return said ? QString() : keptSentence(keepingOf(*shown_)).toHtmlEscaped();
  };
  if (!session.isLive()) {
    if (session.state() == RunState::failed) {
      banner_->say(tr("<b>The run failed at step %1.</b> %2").arg(step, session.message().toHtmlEscaped()),
                   Tone::trouble);
    }
    return;
  }
  const QString why = last ? QString::fromStdString(last->message).toHtmlEscaped() : QString();
  if (session.complete() || session.wasStopped()) {
    QString text =
        (session.complete() ? tr("<b>Finished: all %1 updates are made.</b>") : tr("<b>Stopped after %1 updates.</b>"))
            .arg(step);
    text += QStringLiteral(" ") + tr("The model is still here.") + QStringLiteral(" ") + kept();
    if (!session.savedWeights().current) {
      text += QStringLiteral(" ") + tr("Its weights at this step are not on the disk yet: Save model (Ctrl+S).");
    }
    if (!why.isEmpty()) text += QStringLiteral(" ") + why;
    QList<QAction*> offers{action("run.run")};
    if (session.complete()) offers << action("run.step_n");
    banner_->say(text, why.isEmpty() ? Tone::news : Tone::trouble, offers << action("file.save"));
  } else if (session.state() == RunState::paused && !why.isEmpty()) {
    // A pause the run took by itself, for want of disk space say.
    banner_->say(tr("<b>Paused at step %1.</b> %2").arg(step, why), Tone::trouble);
  } else if (session.state() == RunState::failed) {
    QList<QAction*> offers;
    if (last && last->way_back) offers << action("run.way_back");
    if (session.lastSwitch() != nullptr) offers << action("mitigate.undo");
    banner_->say(tr("<b>The run failed at step %1.</b> %2 %3").arg(step, session.message().toHtmlEscaped(), kept()),
                 Tone::trouble, offers << action("run.again"));
  } else if (session.ended()) {
    banner_->say(tr("<b>The run ended after %1 updates.</b> %2").arg(step, kept()), Tone::news, {action("run.again")});
  }
}

}  // namespace variometer
