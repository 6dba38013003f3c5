// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QHash>
#include <QObject>
#include <QString>
#include <QStringList>
#include <memory>
#include <optional>
#include <string>

#include "core/base/history.h"
#include "core/base/marks.h"
#include "core/base/run.h"

namespace variometer {

/// One run on the GUI's side: owns it and its history, drains it when told to (`tick`, every 33 ms), posts commands
/// with tickets and remembers which are still pending. The only owner of the Run; views read `history`. GUI thread.
class RunSession : public QObject {
  Q_OBJECT
 public:
  RunSession(std::unique_ptr<Run> run, QString name, QObject* parent = nullptr);
  ~RunSession() override;

  void tick();
  /// Goes on from where it rests: up to the updates it is to make or, where all are made, `more` beyond.
  void goOn(std::int64_t more);
  /// Makes `n` updates, also beyond those it was to make, and rests.
  void step(std::int64_t n);
  /// Gives the command a ticket, posts it and returns the ticket; 0 for a run that cannot be steered.
  std::int64_t post(Command command);

  /// Where a remark is kept: among the events of a run that takes them, in a file beside the record of one that has
  /// ended (core/base/marks_file.h), or nowhere but here.
  enum class MarkPlace { record, beside, window };
  /// A remark at a step that was made, in place of the one there that says `was`; without a text it removes that one.
  /// Throws Error where it cannot be written.
  MarkPlace mark(const RunMark& mark, const QString& was = {});
  /// The run's file; empty: it is not recorded.
  void setRecord(const QString& path) { record_ = path; }

  const RunHistory& history() const { return history_; }
  const FramePtr& frame() const { return frame_; }
  QString name() const { return name_; }
  RunState state() const { return state_; }
  bool ended() const;
  bool isLive() const { return abilities_.steer; }
  /// Another run can branch off from its record.
  bool canFork() const { return abilities_.fork; }
  bool has_info() const { return has_info_; }
  std::int64_t step() const { return history_.last() ? history_.last()->step : 0; }
  /// Updates the run is to make: as it began, or as it was set last.
  std::int64_t stepsInForce() const;
  /// It rests with all of them made.
  bool complete() const { return has_info_ && state_ == RunState::paused && step() >= stepsInForce(); }
  /// It rests because it was told to stop.
  bool wasStopped() const { return stopped_ && state_ == RunState::paused; }
  /// What it is doing, in a word.
  QString stateWord() const;

  /// The weights that were saved last, by whom they were; step < 0: none.
  struct SavedWeights {
    std::int64_t step = -1;
    QString folder;
    bool current = false;  ///< nothing has changed since
  };
  const SavedWeights& savedWeights() const { return saved_; }
  QString message() const { return message_; }
  /// Updates per second over the last two seconds; 0 when it stands still.
  double stepsPerSecond() const { return steps_per_second_; }
  /// Tokens of one update; 0 until it is known what the run is.
  std::int64_t tokensPerStep() const;
  bool isPending(std::int64_t ticket) const { return pending_.contains(ticket); }
  int pendingCount() const { return static_cast<int>(pending_.size()); }
  /// A stop was asked for.
  bool isStopping() const { return stopping_; }

  /// What was set, in the order it took effect; what was undone is no longer there.
  struct Change {
    std::int64_t step;  ///< the update it came before
    Command command;
    bool is_switch;  ///< of a mitigation: undo can go back to before it
  };
  const std::vector<Change>& changes() const { return changes_; }
  /// Sets something of a mitigation: the state before it is kept.
  static bool isSwitch(const Command& command);
  /// The peak learning rate (train.learning_rate) in force at update `step`: as the run began, or as it was set
  /// last by then.
  double learningRateAt(std::int64_t step) const;
  /// Null when there is nothing to undo.
  const Change* lastSwitch() const;
  /// The switch that was undone last and may be applied again; null: none, or another switch came since.
  const Command* lastUndone() const { return undone_.empty() ? nullptr : &undone_.back(); }
  /// All that may be; the one to be applied again first is the last.
  const std::vector<Command>& undoneSwitches() const { return undone_; }
  /// Gives the run away, for whoever wants to end it on another thread; only what was drained is left here.
  std::unique_ptr<Run> release() { return std::move(run_); }

 Q_SIGNALS:
  void infoKnown();
  void snapshotArrived(const variometer::SnapshotPtr& snapshot);
  /// After a tick that brought something new.
  void historyChanged();
  void frameArrived(const variometer::FramePtr& frame);
  void stateChanged(variometer::RunState state);
  /// It came to rest: all updates made, or stopped.
  void rested();
  /// `error` is empty when the command took effect.
  void commandSettled(std::int64_t ticket, const variometer::Command& command, const QString& error);
  void previewArrived(const variometer::Preview& preview);

 private:
  void take(const SnapshotPtr& snapshot);
  void takeChange(const Applied& applied);
  void noteSaved(const Snapshot& snapshot);
  /// The value the key was set to last, at or before update `step`.
  std::optional<std::string> setLast(const char* key, std::int64_t step) const;
  void measureRate();
  void readMarks();

  std::unique_ptr<Run> run_;
  Run::Abilities abilities_;
  QString name_, record_;
  bool marks_read_ = false;  // those beside the record
  RunHistory history_;
  FramePtr frame_;
  RunState state_ = RunState::initialising;
  QString message_;
  bool has_info_ = false;
  bool stopping_ = false;
  bool stopped_ = false;
  SavedWeights saved_;
  std::int64_t next_ticket_ = 1;
  QHash<std::int64_t, Command> pending_;
  std::vector<Change> changes_;
  std::vector<Command> undone_;  // the one to be applied again first is the last
  double steps_per_second_ = 0;
  struct Mark {
    qint64 milliseconds;
    std::int64_t step;
  };
  std::vector<Mark> marks_;
};

}  // namespace variometer
