// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QObject>
#include <QString>
#include <cstdint>
#include <deque>
#include <memory>

class QTemporaryDir;

namespace variometer {

class RunSession;

/// The model of a run as it is just now, as a folder for Inspect: a run that goes on saves it between two updates into
/// a temporary folder, of which the two newest are kept until the program ends; of a record it is the newest checkpoint
/// that is still there. GUI thread.
class RunModel : public QObject {
  Q_OBJECT
 public:
  explicit RunModel(QObject* parent = nullptr);
  ~RunModel() override;

  /// Asks for it; ready() or failed() answers. Why it cannot be had at all; empty: it was asked for.
  QString request(RunSession& session);

 Q_SIGNALS:
  /// `step`: after that many updates the weights were like that. `saved`: it is a checkpoint of the run's own, older
  /// maybe than what is shown.
  void ready(const QString& folder, qint64 step, bool saved);
  void failed(const QString& why);

 private:
  void settled(const RunSession& session, const QString& error);
  QString newestCheckpoint(const RunSession& session);

  std::unique_ptr<QTemporaryDir> home_;
  std::deque<QString> kept_;
  QString folder_;
  std::int64_t ticket_ = 0;
  QMetaObject::Connection answer_;
  int n_ = 0;
};

}  // namespace variometer
