// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QObject>
#include <QSet>
#include <QString>
#include <QTimer>
#include <atomic>
#include <memory>
#include <optional>
#include <thread>
#include <vector>

#include "app/planner.h"
#include "core/base/config.h"
#include "core/train/starting_point.h"

namespace variometer {

/// Finds out, on a thread of its own, what a run that is being put together would be: the model it starts from, values
/// that go with it, memory, time. Answers in parts, as they become known; a new question takes the place of the one
/// being worked on. GUI thread.
class RunStudy : public QObject {
  Q_OBJECT
 public:
  struct Question {
    RunConfig config;
    QString init;        ///< model to start from; empty: a fresh one
    QSet<QString> kept;  ///< keys the user gave a value for: nothing is proposed for them
  };
  struct Answer {
    QString init;                             ///< of the question
    std::shared_ptr<const StartModel> model;  ///< null: none, or `model_problem`
    QString model_problem;
    std::optional<TextLength> text;
    QString text_problem;
    std::vector<Proposal> proposals;
    RunConfig config;  ///< with sizes and proposals taken over
    std::int64_t n_parameter = 0;
    std::optional<RunMemory> memory;
    std::optional<double> seconds;  ///< of an update
    bool complete = false;          ///< nothing more comes
  };

  explicit RunStudy(Planner planner, QObject* parent = nullptr);
  ~RunStudy() override;

  /// A moment after the last call, so that typing does not start a study a key.
  void ask(const Question& question);
  /// Nothing more is wanted; what is being worked on ends soon.
  void cancel();
  bool canAnswer() const { return static_cast<bool>(planner_.memory); }
  bool isWorking() const { return waiting_.isActive() || working_; }

 Q_SIGNALS:
  void answered(const variometer::RunStudy::Answer& answer);

 private:
  void begin();

  Planner planner_;
  Question question_;
  QTimer waiting_;
  bool working_ = false;
  std::int64_t number_ = 0;  ///< of the question being worked on
  std::shared_ptr<std::atomic<bool>> stop_;
  // What does not change is not read again for every key that is typed.
  struct Known;
  std::shared_ptr<Known> known_;
  std::jthread worker_;
};

}  // namespace variometer
