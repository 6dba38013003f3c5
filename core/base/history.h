// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "core/base/run.h"
#include "core/base/snapshot.h"

namespace variometer {

/// The curves of one run, built by appending snapshots in the order they come. Views and exports read from here and
/// from nowhere else, so that a live run and a recorded one look the same. Not thread-safe: the GUI thread (or the
/// command) owns it. A snapshot whose step is not beyond the last (undo, fork) rewinds: later points are dropped first.
class RunHistory {
 public:
  struct Scalars {
    std::vector<double> step, loss, validation_step, validation_loss, learning_rate, grad_norm, tokens_per_second,
        observe_fraction;
  };
  /// Values of one measurement, [tensor] or [layer], per measured step.
  struct WeightRow {
    std::int64_t step;
    std::shared_ptr<const WeightSnapshot> weights;
  };
  struct ActivationRow {
    std::int64_t step;
    std::shared_ptr<const ActivationSnapshot> activation;
  };
  struct Gap {
    std::int64_t after_step;  ///< snapshots are missing behind this step ...
    std::int64_t n_snapshot;  ///< ... this many
  };

  void set_info(RunInfo info) { info_ = std::move(info); }
  const RunInfo& info() const { return info_; }

  void append(const SnapshotPtr& snapshot);
  /// The reader found out that `n` snapshots were lost in all; draws a gap here if that is news.
  void note_dropped(std::int64_t n);
  /// What a reader notes beside the run: it is not in the record, and goes when the run goes back behind it.
  void add_event(Event event);
  void clear();

  const Scalars& scalars() const { return scalars_; }
  const std::vector<WeightRow>& weights() const { return weights_; }
  const std::vector<ActivationRow>& probe() const { return probe_; }
  const std::vector<ActivationRow>& batch() const { return batch_; }
  const std::vector<Event>& events() const { return events_; }
  const std::vector<std::pair<std::int64_t, Sample>>& samples() const { return samples_; }
  const std::vector<Gap>& gaps() const { return gaps_; }
  const SnapshotPtr& last() const { return last_; }
  std::int64_t last_step() const { return last_ ? last_->step : -1; }
  /// Grows with every change; a view that remembers it knows whether it must redraw.
  std::int64_t revision() const { return revision_; }
  /// Grows whenever points already there were dropped or replaced (undo, fork, a measurement repeated while paused,
  /// clear): a view that appends only what is new must then begin again.
  std::int64_t rewinds() const { return rewinds_; }

  /// The newest row at or before `step`; null before the first.
  const ActivationRow* probe_at(std::int64_t step) const;
  const WeightRow* weights_at(std::int64_t step) const;

 private:
  void rewind(std::int64_t step);

  RunInfo info_;
  Scalars scalars_;
  std::vector<WeightRow> weights_;
  std::vector<ActivationRow> probe_, batch_;
  std::vector<Event> events_;
  std::vector<std::pair<std::int64_t, Sample>> samples_;
  std::vector<Gap> gaps_;
  SnapshotPtr last_;
  std::int64_t dropped_ = 0;
  std::int64_t revision_ = 0;
  std::int64_t rewinds_ = 0;
};

}  // namespace variometer
