// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/run_closer.h"

#include <QApplication>
#include <QEventLoop>
#include <QTimer>

#include "app/question.h"
#include "app/run_keeping.h"
#include "widgets/number_text.h"

namespace variometer {

RunCloser::RunCloser(QWidget* window, Save save) : window_(window), save_(std::move(save)) {}

void RunCloser::waitUntil(RunSession& session, const std::function<bool()>& done) {
  QApplication::setOverrideCursor(Qt::BusyCursor);
  for (session.tick(); !done() && !session.ended(); session.tick()) {
    QEventLoop loop;
    QTimer::singleShot(20, &loop, &QEventLoop::quit);
    loop.exec(QEventLoop::ExcludeUserInputEvents);
  }
  QApplication::restoreOverrideCursor();
}

QString RunCloser::bringToRest(OpenRun& run) {
  RunSession& session = *run.session;
  if (session.ended() || (session.state() == RunState::paused && session.savedWeights().current)) return {};
  session.post({.kind = Command::Kind::stop, .assignments = {}, .text = {}});
  waitUntil(session, [&session] { return !session.isStopping(); });
  const SnapshotPtr& last = session.history().last();
  const bool saved = session.savedWeights().current || session.ended() || session.step() == 0;
  return saved || last == nullptr ? QString() : QString::fromStdString(last->message);
}

bool RunCloser::giveUp(OpenRun& run, const QString& loss, const QString& why) const {
  const Keeping keeping = keepingOf(run);
  const bool model = !keeping.weights_current && run.session->state() != RunState::failed;
  Question question{.title = QObject::tr("Close this run?"),
                    .text = why.isEmpty() ? loss : loss + QLatin1Char('\n') + why,
                    .detail = keptSentence(keeping),
                    .answers = {QObject::tr("Cancel"), QObject::tr("Close without saving")}};
  if (model) question.answers << QObject::tr("Save the model…");
  question.preferred = model ? 2 : 0;
  const int answer = ask(window_, question);
  return answer == 1 || (answer == 2 && save_(run));
}

bool RunCloser::prepare(OpenRun& run) {
  RunSession& session = *run.session;
  if (!session.isLive()) return true;
  const bool saves = savesItself(run);
  if (!lossSentence(run, saves).isEmpty()) {
    // What is asked about must not change meanwhile.
    const bool was_running = session.state() == RunState::running;
    if (was_running) {
      session.post({.kind = Command::Kind::pause, .assignments = {}, .text = {}});
      waitUntil(session, [&session] { return session.state() != RunState::running; });
    }
    if (!giveUp(run, lossSentence(run, saves), {})) {
      if (was_running && !session.ended()) session.post({.kind = Command::Kind::run, .assignments = {}, .text = {}});
      return false;
    }
  }
  if (!saves) return true;
  const QString why = bringToRest(run);
  if (session.savedWeights().current) return true;
  const QString loss = lossSentence(run, /*saves=*/false);
  return loss.isEmpty() || giveUp(run, loss, why);
}

bool RunCloser::askToQuit(const std::vector<std::unique_ptr<OpenRun>>& runs) const {
  QStringList training;
  for (const auto& run : runs) {
    if (!run->session->isLive() || run->session->state() != RunState::running) continue;
    training << QObject::tr("%1 is training, at step %2.").arg(run->session->name(), step_text(run->session->step()));
  }
  if (training.isEmpty()) return true;
  return ask(window_, {.title = QObject::tr("Quit?"),
                       .text = training.join(QLatin1Char('\n')),
                       .detail = QObject::tr("It stops at the step in hand. Its record is kept, and its weights are "
                                             "saved beside it unless that was switched off; Continue training goes "
                                             "on from there."),
                       .answers = {QObject::tr("Cancel"), QObject::tr("Stop and quit")},
                       .preferred = 1}) == 1;
}

}  // namespace variometer
