// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "core/base/run.h"
#include "core/base/snapshot.h"
#include "core/base/thinned_rows.h"

namespace variometer {

/// The curves of one run, built by appending snapshots in the order they come. Views and exports read from here and
/// from nowhere else, so that a live run and a recorded one look the same. Not thread-safe: the GUI thread (or the
/// command) owns it. A snapshot whose step is not beyond the last (undo, fork) rewinds: later points are dropped first.
///
/// With a budget the memory is bounded: older measurements are put into groups (ThinnedRows), of which lines still show
/// the smallest and the largest value. What was left out is in the record, and `grouped_before` says where.
class RunHistory {
 public:
  struct Scalars {
    std::vector<double> step, loss, validation_step, validation_loss, learning_rate, grad_norm, tokens_per_second,
        observe_fraction;
  };
  /// What one run may take in memory.
  struct Budget {
    std::int64_t bytes = 0;         ///< of measurements of weights and activations together; 0: no limit
    std::int64_t n_row = 16384;     ///< measurements of each kind
    std::int64_t n_scalar = 32768;  ///< updates whose scalars are kept one by one
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

  /// From now on, and at once for what is there.
  void set_budget(const Budget& budget);
  const Budget& budget() const { return budget_; }
  /// Bytes of the measurements of weights and activations.
  std::int64_t bytes() const;
  /// Measurements before this step are in groups of `group_size`; 0: none is.
  std::int64_t grouped_before() const;
  std::int64_t group_size() const;

  void append(const SnapshotPtr& snapshot);
  /// The reader found out that `n` snapshots were lost in all; draws a gap here if that is news.
  void note_dropped(std::int64_t n);
  /// What a reader notes beside the run: it is not in the record, and goes when the run goes back behind it.
  void add_event(Event event);
  void clear();

  /// Real measurements: of older ones one of each group, then all of the newest.
  const Scalars& scalars() const { return scalars_; }
  const std::vector<WeightRow>& weights() const { return weights_.rows(); }
  const std::vector<ActivationRow>& probe() const { return probe_.rows(); }
  const std::vector<ActivationRow>& batch() const { return batch_.rows(); }
  /// The same for lines: of each group the smallest and the largest values, then the newest measurements.
  const ThinnedRows<WeightRow>& weight_points() const { return weights_; }
  const ThinnedRows<ActivationRow>& probe_points() const { return probe_; }
  /// Of the first `scalar_groups().step.size() / 2` entries of `scalars()`: first step of the group with its smallest
  /// values, last step with its largest.
  const Scalars& scalar_groups() const { return scalar_groups_; }
  /// The mean of each group over what is finite, and how many updates stand behind it.
  const Scalars& scalar_group_means() const { return scalar_means_; }
  const std::vector<std::int64_t>& scalar_group_sizes() const { return scalar_sizes_; }
  const std::vector<Event>& events() const { return events_; }
  const std::vector<std::pair<std::int64_t, Sample>>& samples() const { return samples_; }
  const std::vector<Gap>& gaps() const { return gaps_; }
  const SnapshotPtr& last() const { return last_; }
  std::int64_t last_step() const { return last_ ? last_->step : -1; }
  /// Grows with every change; a view that remembers it knows whether it must redraw.
  std::int64_t revision() const { return revision_; }
  /// Grows whenever points already there were dropped or replaced (undo, fork, a measurement repeated while paused,
  /// older measurements put into groups, clear): a view that appends only what is new must then begin again.
  std::int64_t rewinds() const { return rewinds_; }
  /// How often that was because measurements were put into groups.
  std::int64_t thinnings() const { return thinnings_; }

  /// The newest row at or before `step`; null before the first.
  const ActivationRow* probe_at(std::int64_t step) const;
  const WeightRow* weights_at(std::int64_t step) const;

 private:
  void rewind(std::int64_t step);
  void keep_budget();
  bool thin_scalars();
  void take_event(Event event);

  RunInfo info_;
  Budget budget_;
  Scalars scalars_, scalar_groups_, scalar_means_;
  std::vector<std::int64_t> scalar_sizes_;
  ThinnedRows<WeightRow> weights_;
  ThinnedRows<ActivationRow> probe_, batch_;
  std::vector<Event> events_;
  std::vector<std::pair<std::int64_t, Sample>> samples_;
  std::vector<Gap> gaps_;
  SnapshotPtr last_;
  std::int64_t dropped_ = 0;
  std::int64_t revision_ = 0;
  std::int64_t rewinds_ = 0;
  std::int64_t thinnings_ = 0;
};

}  // namespace variometer
