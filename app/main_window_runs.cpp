// SPDX-License-Identifier: GPL-3.0-or-later
// The runs that are open: added, shown, closed.
#include <QDateTime>
#include <QDockWidget>
#include <QFileInfo>
#include <QSignalBlocker>
#include <QTabBar>
#include <algorithm>
#include <cmath>

#include "app/background.h"
#include "app/card_tabs.h"
#include "app/main_window.h"
#include "app/perspectives.h"
#include "app/player.h"
#include "app/presentation.h"
#include "app/run_banner.h"
#include "app/run_keeping.h"
#include "app/settings.h"
#include "core/base/freed_memory.h"
#include "widgets/panel_events.h"
#include "widgets/panel_mitigation.h"
#include "widgets/panel_probe.h"
#include "widgets/panel_tree.h"
#include "widgets/sparkline.h"

namespace variometer {

RecentRun MainWindow::recentOf(const OpenRun& run) {
  const RunSession& session = *run.session;
  Sparkline loss;
  for (const double value : session.history().scalars().loss) loss.add(static_cast<float>(value));
  RecentRun recent{run.record_path, session.name(), session.step(), QDateTime::currentDateTime()};
  for (const Sparkline::Range& range : loss.ranges()) {
    if (range.low <= range.high) recent.curve << range.low << range.high;
  }
  recent.origin = run.origin;
  if (run.origin == run.record_path) return recent;
  // A demo: its card on the start page shows what came of it.
  const auto& rows = session.history().probe();
  const std::size_t stride = std::max<std::size_t>(1, rows.size() / 64);
  for (std::size_t i = 0; i < rows.size(); i += stride) {
    double largest = 0;
    for (const LayerActivation& layer : rows[i].activation->layers) {
      if (!layer.top.empty()) largest = std::max(largest, std::abs(static_cast<double>(layer.top.front().value)));
    }
    recent.largest << QPointF(static_cast<double>(rows[i].step), largest);
  }
  return recent;
}

int MainWindow::pauseOthers() {
  int n = 0;
  for (const auto& run : runs_) {
    if (!run->session->isLive() || run->session->state() != RunState::running) continue;
    Command pause;
    pause.kind = Command::Kind::pause;
    run->session->post(std::move(pause));
    ++n;
  }
  return n;
}

OpenRun& MainWindow::add(std::unique_ptr<OpenRun> opened) {
  OpenRun& run = *runs_.emplace_back(std::move(opened));
  RunSession* session = run.session.get();
  session->setRecord(run.record_path);
  connect(session, &RunSession::stateChanged, this, [this, &run] { onState(run); });
  connect(session, &RunSession::rested, this, [this, &run] { onRested(run); });
  // The rest is for the eye.
  const auto shown = [this, &run] { return shown_ == &run; };
  connect(session, &RunSession::infoKnown, this, [this, &run, shown] {
    if (!run.session->isLive()) run.config = run.session->history().info().config;
    updateRunTabs();
    if (!shown()) return;
    model_->setInfo(run.session->history().info());
    updateTitle();
  });
  connect(session, &RunSession::historyChanged, this, [this, shown] { dirty_ |= shown(); });
  connect(session, &RunSession::snapshotArrived, this, [this, &run, shown](const SnapshotPtr& snapshot) {
    if (run.fork) watchFork(run, *snapshot);
    if (shown()) onSnapshot(snapshot);
  });
  connect(session, &RunSession::commandSettled, this,
          [this, shown](std::int64_t ticket, const Command& command, const QString& error) {
            if (shown()) onSettled(ticket, command, error);
          });
  connect(session, &RunSession::previewArrived, this, [this, shown](const Preview& preview) {
    if (shown()) mitigations_->showPreview(preview);
  });
  connect(session, &RunSession::frameArrived, this, [this, shown](const FramePtr& frame) {
    if (shown()) cards_->setFrame(frame);
    if (shown() && presentation_ != nullptr) presentation_->setFrame(frame);
  });
  return run;
}

void MainWindow::showRun(OpenRun* run) {
  player_->pause();
  if (shown_ != nullptr) {
    shown_->steps = axis_.state();
    shown_->views = cards_->views();
  }
  shown_ = run;
  dirty_ = true;
  banner_->hide();
  axis_.setEvents({});
  axis_.setState({});
  axis_.setExtent(0, 0);
  model_->clear();
  events_->clear();
  mitigations_->reset();
  showHistoryOfRun();
  updateRunTabs();
  if (presentation_ != nullptr) presentation_->setSession(run == nullptr ? nullptr : run->session.get());
  if (run == nullptr) {
    cards_->setHistory(nullptr);
    timer_.stop();
    return;
  }
  const RunSession& session = *run->session;
  const QString reason = !session.isLive() ? tr("This is a record: what happened can be looked at, not changed.")
                         : session.ended() ? tr("The run has ended.")
                                           : QString();
  mitigations_->setSteerable(reason.isEmpty(), reason);
  probe_->setSteerable(reason.isEmpty(), reason);
  cards_->setHistory(&session.history());
  showExtent();
  axis_.setState(run->steps);
  cards_->setViews(run->views);
  if (session.frame()) cards_->setFrame(session.frame());
  if (session.has_info()) model_->setInfo(session.history().info());
  if (const SnapshotPtr& last = session.history().last()) {
    mitigations_->setInForce(last->mitigations, last->step);
    probe_->setInForce(last->probe_config);
  }
  if (const auto& weights = session.history().weights(); !weights.empty()) {
    const RunInfo& info = session.history().info();
    mitigations_->setSpread(info.config.model, spread_of(info.tensors, *weights.back().weights));
  }
  showStateBanner();
  showPerspective(QStringLiteral("observe"));
  mitigation_dock_->raise();
  timer_.start();
  updateTitle();
  updateStatusBar();
}

void MainWindow::updateRunTabs() {
  const QSignalBlocker quiet(run_tabs_);
  while (run_tabs_->count() > static_cast<int>(runs_.size())) run_tabs_->removeTab(run_tabs_->count() - 1);
  while (run_tabs_->count() < static_cast<int>(runs_.size())) run_tabs_->addTab(QString());
  for (int i = 0; i < run_tabs_->count(); ++i) {
    const OpenRun& run = *runs_[static_cast<std::size_t>(i)];
    const QString word = run.session->isLive() ? run.session->stateWord() : tr("record");
    QString name = run.session->name();
    run_tabs_->setTabText(i, tr("%1 · %2").arg(name.replace(QLatin1Char('&'), QStringLiteral("&&")), word));
    QString tip = run.record_path.isEmpty() ? tr("not recorded") : run.record_path;
    if (run.fork && run.fork->told) tip += QLatin1Char('\n') + run.fork->verdict();
    run_tabs_->setTabToolTip(i, tip);
    if (&run == shown_) run_tabs_->setCurrentIndex(i);
  }
  run_tabs_->setVisible(runs_.size() > 1);
}

void MainWindow::showRunAt(int i) {
  if (i < 0 || i >= static_cast<int>(runs_.size())) return;
  if (runs_[static_cast<std::size_t>(i)].get() != shown_) showRun(runs_[static_cast<std::size_t>(i)].get());
}

QString MainWindow::lossOnClose() const {
  return shown_ == nullptr ? QString() : lossSentence(*shown_, savesItself(*shown_));
}

bool MainWindow::saveModelOf(OpenRun& run) {
  if (&run != shown_) showRun(&run);
  const std::int64_t ticket = saveModel();
  if (ticket == 0) return false;
  RunCloser::waitUntil(*run.session, [&] { return !run.session->isPending(ticket); });
  return run.session->savedWeights().current;
}

bool MainWindow::closeRunAt(int i) {
  if (busy_ || i < 0 || i >= static_cast<int>(runs_.size())) return false;
  {
    const Busy busy(busy_);
    if (!closer_.prepare(*runs_[static_cast<std::size_t>(i)])) return false;
  }
  const OpenRun& closed = *runs_[static_cast<std::size_t>(i)];
  const QString said = closed.session->isLive() && closed.session->step() > 0
                           ? tr("Closed %1. %2").arg(closed.session->name(), keptSentence(keepingOf(closed)))
                           : QString();
  std::vector<std::unique_ptr<OpenRun>> ended;
  ended.push_back(std::move(runs_[static_cast<std::size_t>(i)]));
  runs_.erase(runs_.begin() + i);
  if (ended.front().get() == shown_) {
    showRun(runs_.empty() ? nullptr : runs_[std::min(static_cast<std::size_t>(i), runs_.size() - 1)].get());
    if (runs_.empty()) showStart();
  }
  updateRunTabs();
  endRuns(std::move(ended));
  if (perspectives_->is("start")) refreshStartPage();
  if (!said.isEmpty()) toast(said);
  return true;
}

void MainWindow::endRuns(std::vector<std::unique_ptr<OpenRun>> runs) {
  if (runs.empty()) return;
  std::vector<std::unique_ptr<Run>> engines;
  for (const auto& run : runs) engines.push_back(run->session->release());
  const Busy busy(busy_);
  // Each finishes the step in hand and closes its record.
  in_background([&engines] { engines.clear(); });
  for (const auto& run : runs) {
    if (run->session->isLive()) removeJournal(run->record_path);
    if (!run->record_path.isEmpty() && QFileInfo::exists(run->record_path)) {
      rememberRun(recentOf(*run));
    }
  }
  runs.clear();  // with their histories
  return_freed_memory();
  if (measured_rate_ > 0) settings().setValue(QStringLiteral("measured_rate"), measured_rate_);
}

}  // namespace variometer
