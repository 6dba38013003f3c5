// SPDX-License-Identifier: GPL-3.0-or-later
// Runs that branch off others.
#include <QElapsedTimer>
#include <QEventLoop>

#include "app/background.h"
#include "app/card_table_dialog.h"
#include "app/card_tabs.h"
#include "app/error_dialog.h"
#include "app/fork_dialog.h"
#include "app/main_window.h"
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

void MainWindow::forkRun(const std::vector<Assignment>& change) {
  if (busy_ || shown_ == nullptr || !engine_.fork || !session()->canFork()) return;
  RunConfig now = shown_->config;
  if (const SnapshotPtr& last = session()->history().last()) now.mitigations = last->mitigations;
  ForkDialog dialog(
      session()->name(), now, session()->history().info().first_step, session()->step(),
      [this](std::int64_t step) { return session()->learningRateAt(step); }, this);
  // The step shown is the last one both have.
  dialog.setStep(axis_.shownStep() + 1);
  if (!change.empty()) dialog.setChange(change);
  if (dialog.exec() == QDialog::Accepted) startFork(dialog.step(), dialog.change(), dialog.name());
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

bool MainWindow::startFork(std::int64_t step, const std::vector<Assignment>& change, const QString& name) {
  if (busy_ || shown_ == nullptr || !engine_.fork) return false;
  const QString of = session()->name();
  const ForkRequest request{.record = shown_->record_path.toStdString(), .step = step, .change = change, .n_step = {}};
  ForkPlan plan;
  try {
    const Busy busy(busy_);
    waitForPause();  // what is in hand goes into the record then
    plan = in_background([this, &request] { return engine_.fork(request); });
  } catch (const std::exception& error) {
    showError(this, {tr("The run could not be forked."), QString::fromUtf8(error.what()),
                     tr("Nothing was changed; %1 can go on with F5.").arg(of)});
    return false;
  }
  plan.live.name = name.toStdString();
  if (!startRun(plan.config, plan.live)) return false;
  shown_->fork = ForkCourse{.step = step, .of = of, .losses = plan.losses};
  const QString from = plan.checkpoint.empty()
                           ? tr("from the start")
                           : tr("from the checkpoint after %1 updates").arg(step_text(plan.first_step));
  toast(plan.first_step + 1 < step ? tr("Forked %1: updates %2 to %3 are run again first.")
                                         .arg(from, step_text(plan.first_step + 1), step_text(step - 1))
                                   : tr("Forked %1.").arg(from));
  return true;
}

void MainWindow::watchFork(OpenRun& run, const Snapshot& snapshot) {
  ForkCourse& fork = *run.fork;
  if (fork.told) return;
  fork.comparison.see(fork.losses, snapshot);
  if (!fork.complete(snapshot)) return;
  fork.told = true;
  const QString verdict = fork.verdict();
  if (!verdict.isEmpty() && &run == shown_) showBanner(verdict.toHtmlEscaped(), fork.comparison.first_difference > 0);
}

void MainWindow::showTable() {
  Card* card = cards_->current();
  if (shown_ == nullptr || card == nullptr) return;
  auto* table = new CardTableDialog(*card, this);
  table->setAttribute(Qt::WA_DeleteOnClose);
  table->show();
}

}  // namespace variometer
