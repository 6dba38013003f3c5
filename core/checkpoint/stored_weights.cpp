// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/checkpoint/stored_weights.h"

#include <condition_variable>
#include <exception>
#include <map>
#include <mutex>
#include <set>
#include <thread>
#include <utility>
#include <vector>

#include "core/base/error.h"
#include "core/checkpoint/mapped_file.h"
#include "core/checkpoint/tensor_bytes.h"
#include "core/model/layout.h"

namespace variometer {
namespace {

/// Only a few rows of it are needed, or it is used a part at a time: it may stay in the file's type.
bool is_table(const std::string& role) { return role == "embedding" || role == "head" || role == "position"; }

/// Touches every page, so that it is there when somebody computes with it.
void read_ahead(std::span<const std::byte> bytes) {
  prefetch(bytes);
  constexpr std::size_t kPage = 4096;
  unsigned sum = 0;
  for (std::size_t i = 0; i < bytes.size(); i += kPage) sum += std::to_integer<unsigned>(bytes[i]);
  volatile unsigned keep = sum;
  static_cast<void>(keep);
}

}  // namespace

struct StoredWeights::State {
  std::shared_ptr<const TensorStore> store;
  HfPlan plan;
  WeightPlacement placement;
  std::map<std::size_t, const HfPlan::Step*> by_parameter;
  std::set<std::size_t> tables;
  std::set<std::size_t> seen;
  std::vector<TensorInfo> infos;

  // The second thread and what it shares: indices wanted, values ready, what went wrong.
  std::mutex mutex;
  std::condition_variable changed;
  std::vector<std::size_t> wanted;
  std::set<std::size_t> pending;
  std::map<std::size_t, at::Tensor> ready;
  std::exception_ptr failure;
  bool ends = false;
  std::thread thread;

  /// In the type and place the decoder computes in, or as it lies where that serves.
  at::Tensor value_of(const HfPlan::Step& step, Threads threads) const {
    auto value = as_parameter(step, tensor_view(store, step.item, threads));
    if (placement.keep_tables && tables.contains(step.parameter) && at::isFloatingType(value.scalar_type()))
      return value;
    const bool mapped = step.item.data().data() == value.const_data_ptr();
    auto result = value.to(placement.device, placement.compute_type);  // strides stay: GPT-2 has its matrices turned
    // What has been copied need not stay in memory twice.
    if (!mapped || result.const_data_ptr() != value.const_data_ptr()) drop_pages(step.item.data());
    return result;
  }

  void work() {
    std::unique_lock lock(mutex);
    while (true) {
      changed.wait(lock, [&] { return ends || !wanted.empty(); });
      if (ends) return;
      const auto index = wanted.front();
      wanted.erase(wanted.begin());
      lock.unlock();
      at::Tensor value;
      std::exception_ptr caught;
      try {
        const auto& step = *by_parameter.at(index);
        value = value_of(step, Threads::one);
        if (value.const_data_ptr() == step.item.data().data()) read_ahead(step.item.data());
      } catch (...) {
        caught = std::current_exception();
      }
      lock.lock();
      pending.erase(index);
      if (caught) {
        failure = caught;
      } else {
        ready[index] = std::move(value);
      }
      changed.notify_all();
    }
  }

  /// The value from the second thread, where it was asked for; undefined else.
  at::Tensor take(std::size_t index) {
    std::unique_lock lock(mutex);
    changed.wait(lock, [&] { return failure || !pending.contains(index); });
    if (failure) std::rethrow_exception(std::exchange(failure, nullptr));
    const auto found = ready.find(index);
    if (found == ready.end()) return {};
    auto value = std::move(found->second);
    ready.erase(found);
    return value;
  }

  void tell(const HfPlan::Step& step, const at::Tensor& value) {
    if (!placement.loaded || !seen.insert(step.parameter).second) return;
    Parameter parameter;
    parameter.info = infos[step.parameter];
    parameter.value = value;
    placement.loaded(parameter, seen.size(), plan.steps.size());
  }
};

StoredWeights::StoredWeights(std::shared_ptr<const TensorStore> store, const ModelConfig& config, HfPlan plan,
                             WeightPlacement placement)
    : state_(std::make_unique<State>()) {
  state_->store = std::move(store);
  state_->plan = std::move(plan);
  state_->placement = std::move(placement);
  const auto layout = layout_of(config);
  for (const auto& spec : layout.parameters) state_->infos.push_back(spec.info);
  for (const auto& step : state_->plan.steps) {
    state_->by_parameter[step.parameter] = &step;
    if (is_table(layout.parameters[step.parameter].info.role)) state_->tables.insert(step.parameter);
  }
}

StoredWeights::~StoredWeights() {
  if (!state_->thread.joinable()) return;
  {
    const std::scoped_lock lock(state_->mutex);
    state_->ends = true;
  }
  state_->changed.notify_all();
  state_->thread.join();
}

std::uint64_t StoredWeights::bytes() const {
  std::uint64_t sum = 0;
  for (const auto& step : state_->plan.steps) {
    std::uint64_t count = 1;
    for (const auto n : step.item.entry->shape) count *= static_cast<std::uint64_t>(n);
    sum += count * at::elementSize(state_->placement.compute_type);
  }
  return sum;
}

void StoredWeights::fill(Decoder& decoder) {
  for (const auto& step : state_->plan.steps) {
    if (has_rows(step.parameter)) {
      state_->tell(step, {});
      continue;
    }
    auto value = state_->value_of(step, Threads::all);
    state_->tell(step, value);
    decoder.parameters()[step.parameter].value = std::move(value);
  }
}

at::Tensor StoredWeights::load(std::size_t index) {
  const auto found = state_->by_parameter.find(index);
  if (found == state_->by_parameter.end()) return {};
  auto value = state_->take(index);
  if (!value.defined()) value = state_->value_of(*found->second, Threads::all);
  state_->tell(*found->second, value);
  return value;
}

bool StoredWeights::has_rows(std::size_t index) {
  const auto& placement = state_->placement;
  if (!placement.keep_tables || (placement.loaded && placement.whole_values) || !state_->tables.contains(index)) {
    return false;
  }
  const auto& step = *state_->by_parameter.at(index);
  return !step.transposed && step.rows < 0 && has_quantised_rows(step.item);
}

at::Tensor StoredWeights::rows(std::size_t index, std::int64_t first, std::int64_t n) {
  const auto& step = *state_->by_parameter.at(index);
  state_->tell(step, {});
  return quantised_rows(step.item, first, n);
}

void StoredWeights::will_need(std::size_t first, std::size_t last) {
  {
    const std::scoped_lock lock(state_->mutex);
    for (std::size_t i = first; i < last; ++i) {
      if (!state_->by_parameter.contains(i) || state_->ready.contains(i) || !state_->pending.insert(i).second) continue;
      state_->wanted.push_back(i);
    }
    if (!state_->thread.joinable()) state_->thread = std::thread([state = state_.get()] { state->work(); });
  }
  state_->changed.notify_all();
}

void StoredWeights::dropped(std::size_t first, std::size_t last) {
  for (std::size_t i = first; i < last; ++i) {
    const auto found = state_->by_parameter.find(i);
    if (found != state_->by_parameter.end()) drop_pages(found->second->item.data());
  }
}

}  // namespace variometer
