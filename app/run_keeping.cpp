// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/run_keeping.h"

#include <QFileInfo>
#include <QObject>
#include <nlohmann/json.hpp>

#include "widgets/number_text.h"

namespace variometer {
namespace {

bool isCheckpoint(const QString& folder) {
  return !folder.isEmpty() && QFileInfo::exists(folder + QStringLiteral("/variometer/state.json"));
}

}  // namespace

QString newestWeights(const RunHistory& history, std::int64_t* step) {
  const auto& events = history.events();
  for (auto event = events.rbegin(); event != events.rend(); ++event) {
    if (event->kind != "checkpoint") continue;
    const auto detail = nlohmann::json::parse(event->detail, nullptr, /*allow_exceptions=*/false);
    const auto path = detail.is_object() ? detail.find("path") : detail.end();
    if (path == detail.end() || !path->is_string()) continue;
    QString folder = QString::fromStdString(path->get<std::string>());
    if (!isCheckpoint(folder)) continue;
    if (step != nullptr) *step = event->step;
    return folder;
  }
  return {};
}

Keeping keepingOf(const OpenRun& run) {
  Keeping keeping;
  if (!run.record_path.isEmpty() && QFileInfo(run.record_path).isFile()) keeping.record = run.record_path;
  const RunSession::SavedWeights& saved = run.session->savedWeights();
  if (isCheckpoint(saved.folder)) {
    keeping.weights = saved.folder;
    keeping.weights_step = saved.step;
    keeping.weights_current = saved.current;
  }
  return keeping;
}

QString keptSentence(const Keeping& keeping) {
  if (keeping.record.isEmpty() && keeping.weights.isEmpty()) return QObject::tr("Nothing of it is on the disk.");
  const QString folder = QFileInfo(keeping.record.isEmpty() ? keeping.weights : keeping.record).path();
  QStringList parts;
  if (!keeping.record.isEmpty()) parts << QObject::tr("the record %1").arg(QFileInfo(keeping.record).fileName());
  if (!keeping.weights.isEmpty()) {
    const QString shown = keeping.weights.startsWith(folder + u'/') ? keeping.weights.mid(folder.size() + 1) : keeping.weights;
    // A folder of weights beside the record has the record's name and the step's.
    parts << (keeping.record.isEmpty() || shown == keeping.weights
                  ? QObject::tr("the weights after step %1 as %2").arg(step_text(keeping.weights_step), shown)
                  : QObject::tr("the weights after step %1 beside it").arg(step_text(keeping.weights_step)));
  }
  return QObject::tr("Kept in %1: %2.").arg(folder, parts.join(QObject::tr(" and ")));
}

bool savesItself(const OpenRun& run) { return !run.options.checkpoint.empty(); }

QString lossSentence(const OpenRun& run, bool saves) {
  const RunSession& session = *run.session;
  if (!session.isLive() || session.step() == 0) return {};
  const Keeping keeping = keepingOf(run);
  const bool curves = keeping.record.isEmpty() && run.record_path.isEmpty();
  const bool weights = !saves && !keeping.weights_current && session.state() != RunState::failed;
  const QString at = step_text(session.step());
  if (curves && weights) {
    return QObject::tr(
               "%1 is not recorded and its weights are not saved: its curves and its model at step %2 would "
               "be lost.")
        .arg(session.name(), at);
  }
  if (curves) return QObject::tr("%1 is not recorded: its curves up to step %2 would be lost.").arg(session.name(), at);
  if (!weights) return {};
  return keeping.weights.isEmpty()
             ? QObject::tr("The weights of %1 at step %2 are not saved and would be lost.").arg(session.name(), at)
             : QObject::tr("The weights of %1 at step %2 would be lost: those saved last are from step %3.")
                   .arg(session.name(), at, step_text(keeping.weights_step));
}

}  // namespace variometer
