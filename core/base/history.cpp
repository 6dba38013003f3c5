// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/base/history.h"

#include <algorithm>
#include <utility>

namespace variometer {
namespace {

template <class Row>
const Row* at_or_before(const std::vector<Row>& rows, std::int64_t step) {
  const auto after =
      std::upper_bound(rows.begin(), rows.end(), step, [](std::int64_t s, const Row& row) { return s < row.step; });
  return after == rows.begin() ? nullptr : &*std::prev(after);
}

template <class Row>
void drop_from(std::vector<Row>& rows, std::int64_t step) {
  std::erase_if(rows, [step](const Row& row) { return row.step > step; });
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
  const auto put = [this, step = snapshot->step](auto& rows, auto row) {
    if (!rows.empty() && rows.back().step >= step) {
      drop_from(rows, step - 1);
      ++rewinds_;
    }
    rows.push_back(std::move(row));
  };
  if (snapshot->weights) put(weights_, WeightRow{snapshot->step, snapshot->weights});
  if (snapshot->probe) put(probe_, ActivationRow{snapshot->step, snapshot->probe});
  if (snapshot->batch) put(batch_, ActivationRow{snapshot->step, snapshot->batch});
  events_.insert(events_.end(), snapshot->events.begin(), snapshot->events.end());
  if (snapshot->sample) samples_.emplace_back(snapshot->step, *snapshot->sample);
  last_ = snapshot;
}

void RunHistory::note_dropped(std::int64_t n) {
  if (n <= dropped_) return;
  gaps_.push_back({last_step(), n - dropped_});
  dropped_ = n;
  ++revision_;
}

void RunHistory::add_event(Event event) {
  events_.push_back(std::move(event));
  ++revision_;
}

void RunHistory::clear() {
  const std::int64_t revision = revision_, rewinds = rewinds_;
  *this = RunHistory{};
  revision_ = revision + 1;
  rewinds_ = rewinds + 1;
}

const RunHistory::ActivationRow* RunHistory::probe_at(std::int64_t step) const { return at_or_before(probe_, step); }
const RunHistory::WeightRow* RunHistory::weights_at(std::int64_t step) const { return at_or_before(weights_, step); }

void RunHistory::rewind(std::int64_t step) {
  ++rewinds_;
  const auto keep = [&](const std::vector<double>& steps) {
    return static_cast<std::size_t>(std::upper_bound(steps.begin(), steps.end(), static_cast<double>(step)) -
                                    steps.begin());
  };
  const std::size_t n = keep(scalars_.step);
  for (auto* column : {&scalars_.step, &scalars_.loss, &scalars_.learning_rate, &scalars_.grad_norm,
                       &scalars_.tokens_per_second, &scalars_.observe_fraction}) {
    column->resize(n);
  }
  const std::size_t n_validation = keep(scalars_.validation_step);
  scalars_.validation_step.resize(n_validation);
  scalars_.validation_loss.resize(n_validation);
  drop_from(weights_, step);
  drop_from(probe_, step);
  drop_from(batch_, step);
  std::erase_if(events_, [step](const Event& event) { return event.step > step; });
  std::erase_if(samples_, [step](const auto& sample) { return sample.first > step; });
}

}  // namespace variometer
