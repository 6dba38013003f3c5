// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/run_model.h"

#include <QDir>
#include <QFileInfo>
#include <QStorageInfo>
#include <QTemporaryDir>
#include <algorithm>
#include <nlohmann/json.hpp>

#include "app/run_session.h"
#include "app/settings.h"
#include "widgets/number_text.h"

namespace variometer {
namespace {

constexpr std::size_t kKept = 2;              // two models can be compared
constexpr std::int64_t kBytesOfAWeight = 12;  // the weight and AdamW's two moments, in float32

QString pathOf(const Event& checkpoint) {
  const auto detail = nlohmann::json::parse(checkpoint.detail, nullptr, /*allow_exceptions=*/false);
  return detail.is_object() ? QString::fromStdString(detail.value("path", "")) : QString();
}

}  // namespace

RunModel::RunModel(QObject* parent) : QObject(parent) {}

RunModel::~RunModel() = default;

QString RunModel::newestCheckpoint(const RunSession& session) {
  const auto& events = session.history().events();
  for (auto event = events.rbegin(); event != events.rend(); ++event) {
    if (event->kind != "checkpoint") continue;
    const QString path = pathOf(*event);
    if (!QFileInfo::exists(path + QStringLiteral("/config.json"))) continue;
    Q_EMIT ready(path, event->step, /*saved=*/true);
    return {};
  }
  return tr("No model of this run was saved, or none is where it was.");
}

QString RunModel::request(RunSession& session) {
  if (!session.isLive() || session.ended()) return newestCheckpoint(session);
  if (ticket_ != 0 && session.isPending(ticket_)) return tr("The model is being saved for it already.");
  if (home_ == nullptr) home_ = std::make_unique<QTemporaryDir>(cacheFolder() + QStringLiteral("/inspect-XXXXXX"));
  const std::int64_t needed = session.history().info().n_parameter * kBytesOfAWeight;
  const std::int64_t free = QStorageInfo(home_->path()).bytesAvailable();
  if (!home_->isValid() || needed > free) {
    return tr("It is saved into %1 for that, which takes %2 bytes; %3 are free.")
        .arg(cacheFolder(), count_text(needed), count_text(free));
  }
  folder_ = home_->filePath(QStringLiteral("saving-%1").arg(++n_));
  disconnect(answer_);
  answer_ = connect(&session, &RunSession::commandSettled, this,
                    [this, &session](std::int64_t ticket, const Command&, const QString& error) {
                      if (ticket != 0 && ticket == ticket_) settled(session, error);
                    });
  Command command;
  command.kind = Command::Kind::checkpoint;
  command.text = folder_.toStdString();
  ticket_ = session.post(std::move(command));
  return ticket_ != 0 ? QString() : tr("The run takes no more commands.");
}

void RunModel::settled(const RunSession& session, const QString& error) {
  disconnect(answer_);
  ticket_ = 0;
  if (!error.isEmpty()) return void(Q_EMIT failed(error));
  // The step is the one the run says it saved; more may have been made since.
  qint64 step = session.step();
  for (const Event& event : session.history().events()) {
    if (event.kind == "checkpoint" && pathOf(event) == folder_) step = event.step;
  }
  QString name = session.name();
  const QString wanted =
      home_->filePath(tr("%1, step %2").arg(name.replace(QLatin1Char('/'), QLatin1Char('-')), step_text(step)));
  QDir(wanted).removeRecursively();  // the same step again
  kept_.erase(std::remove(kept_.begin(), kept_.end(), wanted), kept_.end());
  const QString folder = QDir().rename(folder_, wanted) ? wanted : folder_;
  kept_.push_back(folder);
  for (; kept_.size() > kKept; kept_.pop_front()) QDir(kept_.front()).removeRecursively();
  Q_EMIT ready(folder, step, /*saved=*/false);
}

}  // namespace variometer
