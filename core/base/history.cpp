// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/base/history.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <numeric>
#include <utility>

#include "core/base/group_extremes.h"
#include "core/base/marks.h"

namespace variometer {
namespace {

using Scalars = RunHistory::Scalars;
using Column = std::vector<double> Scalars::*;

// One value an update.
constexpr std::array<Column, 6> kColumns{&Scalars::step,
                                         &Scalars::loss,
                                         &Scalars::learning_rate,
                                         &Scalars::grad_norm,
                                         &Scalars::tokens_per_second,
                                         &Scalars::observe_fraction};

std::pair<double, double> extremes(std::span<const double> values) {
  double low = NAN, high = NAN;
  for (const double value : values) {
    if (!std::isfinite(value)) continue;
    if (!(low <= value)) low = value;
    if (!(high >= value)) high = value;
  }
  return {low, high};
}

double weighted_mean(const std::vector<double>& values, const std::vector<std::int64_t>& weights, std::size_t first,
                     std::size_t last) {
  double sum = 0, n = 0;
  for (std::size_t i = first; i < last; ++i) {
    if (!std::isfinite(values[i])) continue;
    sum += static_cast<double>(weights[i]) * values[i];
    n += static_cast<double>(weights[i]);
  }
  return n > 0 ? sum / n : NAN;
}

}  // namespace

void RunHistory::append(const SnapshotPtr& snapshot) {
  ++revision_;
  const bool went_back = last_ && snapshot->step < last_->step;
  if (went_back) rewind(snapshot->step);
  if (snapshot->is_update) {
    if (!scalars_.step.empty() && scalars_.step.back() >= static_cast<double>(snapshot->step))
      rewind(snapshot->step - 1);
    scalars_.step.push_back(static_cast<double>(snapshot->step));
    scalars_.loss.push_back(snapshot->loss);
    scalars_.learning_rate.push_back(snapshot->learning_rate);
    scalars_.grad_norm.push_back(snapshot->grad_norm);
    scalars_.tokens_per_second.push_back(snapshot->tokens_per_second);
    scalars_.observe_fraction.push_back(snapshot->observe_fraction);
    if (snapshot->validation_loss == snapshot->validation_loss) {
      scalars_.validation_step.push_back(static_cast<double>(snapshot->step));
      scalars_.validation_loss.push_back(snapshot->validation_loss);
    }
  }
  // A paused run that is switched measures its step again: the newer measurement stands.
  const auto add = [this, step = snapshot->step](auto& rows, const auto& value) {
    if (!value) return;
    if (rows.drop_after(step - 1)) ++rewinds_;
    rows.append(step, value);
  };
  add(weights_, snapshot->weights);
  add(probe_, snapshot->probe);
  add(batch_, snapshot->batch);
  for (const Event& event : snapshot->events) take_event(event);
  if (snapshot->sample) samples_.emplace_back(snapshot->step, *snapshot->sample);
  last_ = snapshot;
  keep_budget();
}

void RunHistory::set_budget(const Budget& budget) {
  budget_ = budget;
  keep_budget();
}

std::int64_t RunHistory::bytes() const { return weights_.bytes() + probe_.bytes() + batch_.bytes(); }

std::int64_t RunHistory::grouped_before() const {
  const std::int64_t scalars =
      scalar_groups_.step.empty() ? 0 : static_cast<std::int64_t>(scalar_groups_.step.back()) + 1;
  return std::max({scalars, weights_.grouped_before(), probe_.grouped_before(), batch_.grouped_before()});
}

std::int64_t RunHistory::group_size() const {
  const std::int64_t scalars =
      scalar_sizes_.empty() ? 1 : *std::max_element(scalar_sizes_.begin(), scalar_sizes_.end());
  return std::max({scalars, weights_.group_size(), probe_.group_size(), batch_.group_size()});
}

void RunHistory::keep_budget() {
  if (budget_.bytes <= 0) return;
  bool thinned = false;
  for (std::size_t before = 0; before != scalars_.step.size();) {  // a limit that is set later takes several rounds
    before = scalars_.step.size();
    thinned |= thin_scalars();
  }
  const auto n_row = static_cast<std::size_t>(std::max<std::int64_t>(budget_.n_row, 1));
  const std::int64_t all = bytes();
  // Over the limit every kind gives in proportion; a fifth more than needed, so that this is rare.
  const auto share = [&](std::int64_t bytes) {
    return all <= budget_.bytes ? bytes
                                : static_cast<std::int64_t>(0.8 * static_cast<double>(budget_.bytes) *
                                                            static_cast<double>(bytes) / static_cast<double>(all));
  };
  thinned |= weights_.thin_to(n_row, share(weights_.bytes()));
  thinned |= probe_.thin_to(n_row, share(probe_.bytes()));
  thinned |= batch_.thin_to(n_row, share(batch_.bytes()));
  if (!thinned) return;
  ++rewinds_;
  ++thinnings_;
  ++revision_;
}

// As ThinnedRows does it. Of a group `scalars_` keeps the newest update.
bool RunHistory::thin_scalars() {
  const std::size_t n = scalars_.step.size(), n_group = scalar_sizes_.size();
  if (n < 2 * kNewGroup || static_cast<std::int64_t>(n) <= budget_.n_scalar) return false;
  Scalars groups, means, kept;
  std::vector<std::int64_t> sizes;
  const auto keep = [&](std::size_t i) {
    for (const Column column : kColumns) (kept.*column).push_back((scalars_.*column)[i]);
  };
  // From [first, last) of `values`: two entries, the first step with the smallest values, the last with the largest.
  const auto add_extremes = [&](const Scalars& values, std::size_t first, std::size_t last) {
    for (const Column column : kColumns) {
      const auto [low, high] = extremes(std::span(values.*column).subspan(first, last - first));
      (groups.*column).push_back(low);
      (groups.*column).push_back(high);
    }
  };
  const auto add_means = [&](const Scalars& values, const std::vector<std::int64_t>& weights, std::size_t first,
                             std::size_t last) {
    for (const Column column : kColumns) (means.*column).push_back(weighted_mean(values.*column, weights, first, last));
  };
  std::size_t next = n_group;  // the first that is kept as it is
  if (2 * n_group > n) {
    for (const auto& [first, last] : merged_neighbours(scalar_sizes_)) {
      add_extremes(scalar_groups_, 2 * first, 2 * last);
      add_means(scalar_means_, scalar_sizes_, first, last);
      sizes.push_back(std::accumulate(scalar_sizes_.begin() + static_cast<std::ptrdiff_t>(first),
                                      scalar_sizes_.begin() + static_cast<std::ptrdiff_t>(last), std::int64_t{0}));
      keep(last - 1);
    }
  } else {
    groups = std::move(scalar_groups_);
    means = std::move(scalar_means_);
    sizes = std::move(scalar_sizes_);
    for (std::size_t g = 0; g < n_group; ++g) keep(g);
    const std::vector<std::int64_t> ones(n, 1);
    for (const std::size_t end = n_group + (n - n_group) / 2; next + kNewGroup <= end; next += kNewGroup) {
      add_extremes(scalars_, next, next + kNewGroup);
      add_means(scalars_, ones, next, next + kNewGroup);
      sizes.push_back(static_cast<std::int64_t>(kNewGroup));
      keep(next + kNewGroup - 1);
    }
  }
  for (std::size_t i = next; i < n; ++i) keep(i);
  kept.validation_step = std::move(scalars_.validation_step);
  kept.validation_loss = std::move(scalars_.validation_loss);
  scalars_ = std::move(kept);
  scalar_groups_ = std::move(groups);
  scalar_means_ = std::move(means);
  scalar_sizes_ = std::move(sizes);
  return true;
}

void RunHistory::note_dropped(std::int64_t n) {
  if (n <= dropped_) return;
  gaps_.push_back({last_step(), n - dropped_});
  dropped_ = n;
  ++revision_;
}

void RunHistory::add_event(Event event) {
  take_event(std::move(event));
  ++revision_;
}

void RunHistory::take_event(Event event) {
  // An edited mark changes what views have taken already.
  if (append_event(events_, std::move(event))) ++rewinds_;
}

void RunHistory::clear() {
  const std::int64_t revision = revision_, rewinds = rewinds_;
  const Budget budget = budget_;
  *this = RunHistory{};
  budget_ = budget;
  revision_ = revision + 1;
  rewinds_ = rewinds + 1;
}

const RunHistory::ActivationRow* RunHistory::probe_at(std::int64_t step) const { return probe_.at(step); }
const RunHistory::WeightRow* RunHistory::weights_at(std::int64_t step) const { return weights_.at(step); }

void RunHistory::rewind(std::int64_t step) {
  ++rewinds_;
  const auto last = static_cast<double>(step);
  const auto keep = [last](const std::vector<double>& steps) {
    return static_cast<std::size_t>(std::upper_bound(steps.begin(), steps.end(), last) - steps.begin());
  };
  std::size_t n = keep(scalars_.step);
  // A group that began before `step` and ended behind it goes whole: its extremes may be of what was undone.
  std::size_t n_group = scalar_sizes_.size();
  while (n_group > 0 && scalar_groups_.step[2 * n_group - 1] > last) --n_group;
  if (n_group < scalar_sizes_.size()) n = std::min(n, n_group);
  scalar_sizes_.resize(n_group);
  for (const Column column : kColumns) {
    (scalars_.*column).resize(n);
    (scalar_groups_.*column).resize(2 * n_group);
    (scalar_means_.*column).resize(n_group);
  }
  const std::size_t n_validation = keep(scalars_.validation_step);
  scalars_.validation_step.resize(n_validation);
  scalars_.validation_loss.resize(n_validation);
  weights_.drop_after(step);
  probe_.drop_after(step);
  batch_.drop_after(step);
  std::erase_if(events_, [step](const Event& event) { return event.step > step; });
  std::erase_if(samples_, [step](const auto& sample) { return sample.first > step; });
}

}  // namespace variometer
