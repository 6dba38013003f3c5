// SPDX-License-Identifier: GPL-3.0-or-later
#include <QApplication>
#include <QDockWidget>
#include <QFileInfo>
#include <QInputDialog>
#include <QLabel>
#include <QMessageBox>
#include <QPushButton>
#include <QStackedWidget>
#include <QToolBar>

#include "app/card_tabs.h"
#include "app/error_dialog.h"
#include "app/main_window.h"
#include "app/perspectives.h"
#include "app/presets.h"
#include "app/settings.h"
#include "core/base/config_fields.h"
#include "core/base/error.h"
#include "widgets/event_text.h"
#include "widgets/panel_events.h"
#include "widgets/panel_icons.h"
#include "widgets/panel_mitigation.h"
#include "widgets/panel_probe.h"
#include "widgets/panel_tree.h"
#include "widgets/start_page.h"
#include "widgets/theme.h"

namespace variometer {

bool MainWindow::startDemo(const QString& id) {
  for (const Preset& preset : demoPresets()) {
    if (preset.id != id) continue;
    try {
      const RunConfig config = config_from_toml(preset.text.toStdString(), preset.id.toStdString() + ".toml");
      LiveOptions options;
      options.name = preset.title.toStdString();
      return startRun(config, options, QStringLiteral("samples/%1.toml").arg(preset.id));
    } catch (const std::exception& error) {
      showError(this,
                {tr("The demo could not be started."), QString::fromUtf8(error.what()), tr("Nothing was changed.")});
      return false;
    }
  }
  return false;
}

bool MainWindow::startRun(const RunConfig& config, LiveOptions options, const QString& preset_path) {
  if (!mayLeaveRun()) return false;
  leaveRun();
  const bool automatic = settings().value(QStringLiteral("record"), true).toBool();
  const QString name = QString::fromStdString(options.name);
  if (options.record.empty() && automatic) options.record = freshRecordPath(name).toStdString();
  try {
    std::unique_ptr<Run> run = engine_.start(config, options);
    config_ = config;
    options_ = options;
    preset_path_ = preset_path;
    record_path_ = QString::fromStdString(options.record.string());
    if (!record_path_.isEmpty()) writeJournal({record_path_, name, 0});
    attach(std::make_unique<RunSession>(std::move(run), name));
    return true;
  } catch (const std::exception& error) {
    showError(this, {tr("The run could not be started."), QString::fromUtf8(error.what()),
                     tr("Nothing was changed on disk.")});
    showStart();
    return false;
  }
}

void MainWindow::attach(std::unique_ptr<RunSession> session) {
  session_ = std::move(session);
  dirty_ = true;
  banner_->hide();
  axis_.setEvents({});
  axis_.setCursor(std::nullopt);
  axis_.setReference(std::nullopt);
  axis_.setExtent(0, 0);
  axis_.follow();
  model_->clear();
  events_->clear();
  mitigations_->reset();
  const bool live = session_->isLive();
  const QString reason = live ? QString() : tr("This is a record: what happened can be looked at, not changed.");
  mitigations_->setSteerable(live, reason);
  probe_->setSteerable(live, reason);
  cards_->setHistory(&session_->history());
  connect(session_.get(), &RunSession::infoKnown, this, [this] {
    if (!session_->isLive()) config_ = session_->history().info().config;
    model_->setInfo(session_->history().info());
  });
  connect(session_.get(), &RunSession::historyChanged, this, [this] { dirty_ = true; });
  connect(session_.get(), &RunSession::snapshotArrived, this, &MainWindow::onSnapshot);
  connect(session_.get(), &RunSession::commandSettled, this, &MainWindow::onSettled);
  connect(session_.get(), &RunSession::previewArrived, mitigations_, &MitigationPanel::showPreview);
  connect(session_.get(), &RunSession::stateChanged, this, &MainWindow::onState);
  connect(session_.get(), &RunSession::frameArrived, cards_, &CardTabs::setFrame);
  showPerspective(QStringLiteral("observe"));
  mitigation_dock_->raise();
  timer_.start();
  updateTitle();
  updateStatusBar();
}

QString MainWindow::lossOnClose() const {
  if (!session_ || !session_->isLive() || session_->ended()) return {};
  if (!record_path_.isEmpty() || session_->step() == 0) return {};
  return tr("This run is not being recorded: its curves and its model at step %1 would be lost.").arg(session_->step());
}

bool MainWindow::mayLeaveRun() {
  const QString loss = lossOnClose();
  if (loss.isEmpty()) return true;
  QMessageBox box(QMessageBox::Question, tr("End this run?"), loss, QMessageBox::Cancel, this);
  auto* end = box.addButton(tr("End the run"), QMessageBox::DestructiveRole);
  auto* save = box.addButton(tr("Save the model …"), QMessageBox::AcceptRole);
  box.setDefaultButton(QMessageBox::Cancel);
  box.exec();
  if (box.clickedButton() == save) checkpointNow();
  return box.clickedButton() == end;
}

void MainWindow::leaveRun() {
  if (!session_) return;
  const QString path = record_path_;
  const QString name = session_->name();
  const std::int64_t step = session_->step();
  const bool live = session_->isLive();
  QApplication::setOverrideCursor(Qt::WaitCursor);
  timer_.stop();
  cards_->setHistory(nullptr);
  session_.reset();  // finishes the step in hand, closes the record
  QApplication::restoreOverrideCursor();
  if (live) removeJournal();
  if (measured_rate_ > 0) settings().setValue(QStringLiteral("measured_rate"), measured_rate_);
  if (!path.isEmpty() && QFileInfo::exists(path)) rememberRun({path, name, step, QDateTime::currentDateTime()});
  record_path_.clear();
  preset_path_.clear();
  options_ = {};
}

void MainWindow::showStart() { showPerspective(QStringLiteral("start")); }

void MainWindow::showPerspective(const QString& id) {
  // The panels and the tool bar are Observe's.
  const bool was_observing = tool_bar_->isVisibleTo(this) && perspectives_->is("observe");
  const bool observe = id == QLatin1String("observe");
  for (QDockWidget* dock : {model_dock_, mitigation_dock_, probe_dock_, events_dock_}) {
    const QString key = dock->objectName() + QStringLiteral(".shown");
    if (was_observing && !observe) settings().setValue(key, !dock->isHidden());
    if (!was_observing || !observe) dock->setVisible(observe && settings().value(key, true).toBool());
    dock->toggleViewAction()->setEnabled(observe);
  }
  tool_bar_->setVisible(observe);
  perspectives_->show(id);
  if (id == QLatin1String("start")) refreshStartPage();
  if (observe && session_) dirty_ = true;  // what came while it was not looked at
  updateActions();
  updateTitle();
  updateStatusBar();
}

std::int64_t MainWindow::post(Command command) {
  if (!session_ || session_->ended()) return 0;
  return session_->post(std::move(command));
}

void MainWindow::runOrPause() {
  if (!session_) {
    if (!demoPresets().empty()) startDemo(demoPresets().front().id);
    return;
  }
  if (session_->ended()) {
    if (!session_->isLive()) return;
    LiveOptions again = options_;
    again.record.clear();
    startRun(config_, again, preset_path_);
    return;
  }
  Command command;
  command.kind = session_->state() == RunState::paused ? Command::Kind::run : Command::Kind::pause;
  post(std::move(command));
}

void MainWindow::stepRun(std::int64_t count) {
  Command command;
  command.kind = Command::Kind::step;
  command.count = count;
  post(std::move(command));
}

void MainWindow::stopRun() {
  Command command;
  command.kind = Command::Kind::stop;
  post(std::move(command));
  updateActions();
}

void MainWindow::undoSwitch() {
  if (!session_ || session_->lastSwitch() == nullptr) return;
  const RunSession::Change change = *session_->lastSwitch();
  const std::int64_t lost = session_->step() - (change.step - 1);
  if (lost > 0) {
    QMessageBox box(QMessageBox::Question, tr("Undo the switch?"),
                    tr("The model goes back to step %1, before the switch.").arg(change.step - 1), QMessageBox::Cancel,
                    this);
    box.setInformativeText(tr("This discards %n step(s) of training.", nullptr, static_cast<int>(lost)));
    auto* undo = box.addButton(tr("Go back to step %1").arg(change.step - 1), QMessageBox::AcceptRole);
    box.setDefaultButton(undo);
    box.exec();
    if (box.clickedButton() != undo) return;
  }
  Command command;
  command.kind = Command::Kind::restore;
  command.count = change.step;
  post(std::move(command));
}

void MainWindow::sampleNow() {
  Command command;
  command.kind = Command::Kind::sample;
  if (post(std::move(command)) != 0) toast(tr("Text will be drawn at the next step."));
}

void MainWindow::onSnapshot(const SnapshotPtr& snapshot) {
  mitigations_->setInForce(snapshot->mitigations, snapshot->step);
  probe_->setInForce(snapshot->probe_config);
  for (const Event& event : snapshot->events) {
    if (event.kind == "alarm" || event.kind == "thinned") toast(event_sentence(event));
  }
  // A pause the run took by itself, for want of disk space say.
  if (!snapshot->message.empty() && snapshot->state == RunState::paused) {
    showBanner(tr("<b>Paused at step %1.</b> %2")
                   .arg(snapshot->step)
                   .arg(QString::fromStdString(snapshot->message).toHtmlEscaped()),
               /*failed=*/true);
  }
}

void MainWindow::onSettled(std::int64_t ticket, const Command& command, const QString& error) {
  const std::int64_t step = session_->step();
  mitigations_->commandSettled(ticket, command, error, step);
  probe_->commandSettled(ticket, error);
  updateActions();
  if (!error.isEmpty()) {
    if (ticket != 0) toast(tr("Refused: %1").arg(error));
    return;
  }
  switch (command.kind) {
    case Command::Kind::set: {
      const Event event{step, "set", to_json(command).dump()};
      toast(tr("%1, from step %2.").arg(event_sentence(event)).arg(step) +
            (session_->lastSwitch() == nullptr ? QString() : tr(" Undo with Ctrl+Z.")));
      break;
    }
    case Command::Kind::checkpoint: toast(tr("Saved: %1").arg(QString::fromStdString(command.text))); break;
    case Command::Kind::restore: toast(tr("Back at step %1.").arg(step)); break;
    default: break;
  }
}

void MainWindow::onState(RunState state) {
  updateActions();
  updateTitle();
  updateStatusBar();
  const std::int64_t step = session_->step();
  if (state == RunState::running) banner_->hide();
  if (state == RunState::failed) {
    const QString kept = record_path_.isEmpty() ? tr("It was not being recorded.")
                                                : tr("Kept: the record up to this step, %1").arg(record_path_);
    showBanner(tr("<b>The run failed at step %1.</b> %2 %3")
                   .arg(step)
                   .arg(session_->message().toHtmlEscaped(), kept.toHtmlEscaped()),
               /*failed=*/true);
  } else if (state == RunState::finished || state == RunState::stopped) {
    const QString end = state == RunState::finished ? tr("Finished after %1 steps.") : tr("Stopped after %1 steps.");
    showBanner(
        end.arg(step) +
            (record_path_.isEmpty() || !session_->isLive() ? QString() : tr(" Recorded in %1").arg(record_path_)),
        /*failed=*/false);
    if (!session_->isLive()) banner_->hide();
  }
  if (session_->ended() && session_->isLive()) {
    removeJournal();
    const QString reason = tr("The run has ended. Run it again with F5.");
    mitigations_->setSteerable(false, reason);
    probe_->setSteerable(false, reason);
    if (!record_path_.isEmpty()) rememberRun({record_path_, session_->name(), step, QDateTime::currentDateTime()});
  }
}

void MainWindow::showBanner(const QString& text, bool failed) {
  const Theme& colours = theme_of(*this);
  banner_icon_->setPixmap(
      themedIcon(failed ? QStringLiteral("warning") : QStringLiteral("info"), failed ? colours.error : colours.accent)
          .pixmap(18, 18));
  banner_text_->setText(text);
  banner_->show();
}

}  // namespace variometer
