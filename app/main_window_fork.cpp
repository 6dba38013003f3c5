// SPDX-License-Identifier: GPL-3.0-or-later
// Runs that branch off others.
#include <QElapsedTimer>
#include <QEventLoop>
#include <algorithm>

#include "app/background.h"
#include "app/card_table_dialog.h"
#include "app/card_tabs.h"
#include "app/error_dialog.h"
#include "app/fork_dialog.h"
#include "app/main_window.h"
#include "app/number_dialog.h"
#include "app/run_banner.h"
#include "app/run_keeping.h"
#include "app/settings.h"
#include "widgets/card.h"
#include "widgets/number_text.h"

namespace variometer {

QString ForkCourse::verdict() const {
  if (comparison.first_difference > 0) {
    return QObject::tr(
               "The losses differ from those of %1 from update %2 on, before anything was changed (another "
               "machine, or number of threads?): what follows is not the change's doing alone.")
        .arg(of, step_text(comparison.first_difference));
  }
  if (comparison.n_compared == 0) return {};
  return QObject::tr("Twin verified: %1 losses up to the change came out as in %2, bit for bit.")
      .arg(step_text(comparison.n_compared), of);
}

QString ForkCourse::badge() const {
  return comparison.first_difference > 0 ? QObject::tr("⚠ twin differs") : QObject::tr("✓ twin verified");
}

void MainWindow::forkRun(const std::vector<Assignment>& change) {
  if (busy_ || shown_ == nullptr || !engine_.fork || !session()->canFork()) return;
  RunConfig now = shown_->config;
  if (const SnapshotPtr& last = session()->history().last()) now.mitigations = last->mitigations;
  ForkDialog dialog(
      session()->name(), now,
      {.first = session()->history().info().first_step,
       .last = session()->step(),
       .planned = session()->stepsInForce()},
      [this](std::int64_t step) { return session()->learningRateAt(step); }, this);
  // The step shown is the last one both have.
  dialog.setStep(axis_.shownStep() + 1);
  if (!change.empty()) dialog.setChange(change);
  if (dialog.exec() == QDialog::Accepted) startFork(dialog.step(), dialog.change(), dialog.name(), dialog.last());
}

void MainWindow::waitForPause() {
  if (session()->state() != RunState::running) return;
  post({.kind = Command::Kind::pause});
  QElapsedTimer clock;
  clock.start();
  while (session()->state() == RunState::running && clock.elapsed() < 20000) {
    QEventLoop loop;
    QTimer::singleShot(20, &loop, &QEventLoop::quit);
    loop.exec(QEventLoop::ExcludeUserInputEvents);
    session()->tick();
  }
}

bool MainWindow::startFork(std::int64_t step, const std::vector<Assignment>& change, const QString& name,
                           std::int64_t last) {
  if (busy_ || shown_ == nullptr || !engine_.fork) return false;
  return branchOff({.record = shown_->record_path.toStdString(), .step = step, .change = change, .n_step = last}, name,
                   /*continues=*/false);
}

QString MainWindow::whyNoContinuation() const {
  if (shown_ == nullptr) return tr("No run is open.");
  if (session()->isLive()) return tr("This run is still here: F5 goes on with it.");
  if (!engine_.fork || !session()->canFork()) return tr("This record cannot be gone on with.");
  if (shown_->rehearsal && !shown_->rehearsal->course()->passed()) {
    return tr("The record has not been read to its end.");
  }
  if (!session()->ended()) return tr("It is still being written by another program.");
  if (newestWeights(session()->history()).isEmpty()) {
    return tr(
        "None of the weights this record names is on the disk any more, or none was saved. Fork at its first step "
        "runs it again.");
  }
  return {};
}

void MainWindow::askToContinue() {
  if (busy_ || !whyNoContinuation().isEmpty()) return;
  std::int64_t saved = 0;
  newestWeights(session()->history(), &saved);
  const std::int64_t made = session()->step();
  const std::int64_t planned = session()->stepsInForce() - made;
  QString text =
      tr("%1 updates are made; the newest weights are those after step %2.").arg(step_text(made), step_text(saved));
  if (saved < made) text += tr(" The updates behind it are run again first.");
  const auto more = askNumber(
      this, {.title = tr("Continue training"),
             .label = text + tr("\nUpdates to add:"),
             .value = static_cast<double>(std::clamp<std::int64_t>(planned > 0 ? planned : moreSteps(), 1, kMostSteps)),
             .least = 1,
             .most = kMostSteps});
  if (more) continueRecord(static_cast<std::int64_t>(*more));
}

bool MainWindow::continueRecord(std::int64_t more) {
  if (busy_ || !whyNoContinuation().isEmpty()) return false;
  const std::int64_t made = session()->step();
  return branchOff({.record = shown_->record_path.toStdString(), .step = made + 1, .change = {}, .n_step = made + more},
                   session()->name(), /*continues=*/true);
}

bool MainWindow::branchOff(const ForkRequest& request, const QString& name, bool continues) {
  const QString of = session()->name();
  ForkPlan plan;
  try {
    const Busy busy(busy_);
    waitForPause();  // what is in hand goes into the record then
    plan = in_background([this, &request] { return engine_.fork(request); });
  } catch (const std::exception& error) {
    const QString what = continues ? tr("The run could not be gone on with.") : tr("The run could not be forked.");
    const QString safe =
        session()->isLive() ? tr("Nothing was changed; %1 can go on with F5.").arg(of) : tr("Nothing was changed.");
    showError(this, {what, QString::fromUtf8(error.what()), safe});
    return false;
  }
  plan.live.name = name.toStdString();
  if (!startRun(plan.config, plan.live)) return false;
  shown_->fork = ForkCourse{.step = request.step, .of = of, .losses = plan.losses};
  const QString from = plan.checkpoint.empty()
                           ? tr("from the start")
                           : tr("from the checkpoint after %1 updates").arg(step_text(plan.first_step));
  const QString done = continues ? tr("Goes on %1").arg(from) : tr("Forked %1").arg(from);
  toast(!plan.losses.empty() ? tr("%1: updates %2 to %3 are run again first.")
                                   .arg(done, step_text(plan.first_step + 1), step_text(plan.losses.rbegin()->first))
                             : done + QLatin1Char('.'));
  return true;
}

void MainWindow::watchFork(OpenRun& run, const Snapshot& snapshot) {
  ForkCourse& fork = *run.fork;
  if (fork.told) return;
  fork.comparison.see(fork.losses, snapshot);
  if (!fork.complete(snapshot)) return;
  fork.told = true;
  if (&run != shown_) return;
  const QString verdict = fork.verdict();
  const bool differs = fork.comparison.first_difference > 0;
  if (!verdict.isEmpty()) {
    banner_->say(verdict.toHtmlEscaped(), differs ? RunBanner::Tone::trouble : RunBanner::Tone::news);
  }
  updateStatusBar();
  updateRunTabs();
}

void MainWindow::showTable() {
  Card* card = cards_->current();
  if (shown_ == nullptr || card == nullptr) return;
  auto* table = new CardTableDialog(*card, this);
  table->setAttribute(Qt::WA_DeleteOnClose);
  table->show();
}

}  // namespace variometer
