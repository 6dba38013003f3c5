// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/probe/massive.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "core/kernels/tensor_statistics.h"

namespace variometer {
namespace {

float magnitude_of_first(const Statistics& statistics) {
  return statistics.top.empty() ? 0.0F : std::fabs(statistics.top.front().value);
}

}  // namespace

MassiveFinder::MassiveFinder(const std::vector<at::Tensor>& outputs, const std::vector<Statistics>& statistics,
                             const ProbeConfig& config)
    : outputs_(outputs), statistics_(statistics), rule_(config) {
  measure_sequences();
}

void MassiveFinder::measure_sequences() {
  std::vector<std::pair<std::size_t, std::int64_t>> needed;
  std::vector<at::Tensor> rows;
  for (std::size_t layer = 0; layer < outputs_.size(); ++layer) {
    const at::Tensor& h = outputs_[layer];  // (B, T, C)
    const float largest = magnitude_of_first(statistics_[layer]);
    if (h.size(0) == 1) {
      sequences_[{layer, 0}] = {statistics_[layer].abs_median, largest};
      continue;
    }
    const bool possible = largest > rule_.absolute;
    for (std::int64_t row = 0; row < h.size(0); ++row) {
      const bool named = std::any_of(statistics_[layer].top.begin(), statistics_[layer].top.end(),
                                     [&](const auto& t) { return t.index / (h.size(1) * h.size(2)) == row; });
      if (!possible && !named) continue;
      needed.emplace_back(layer, row);
      rows.push_back(h.select(0, row));
    }
  }
  const auto found = statistics(rows, /*n_top=*/1);
  for (std::size_t i = 0; i < needed.size(); ++i) {
    sequences_[needed[i]] = {found[i].abs_median, magnitude_of_first(found[i])};
  }
}

ActivationPlace MassiveFinder::place(std::size_t layer, const TopEntry& entry) const {
  const at::Tensor& h = outputs_[layer];
  const std::int64_t n_token = h.size(1), n_channel = h.size(2);
  const std::int64_t row = entry.index / (n_token * n_channel);
  ActivationPlace place;
  place.value = entry.value;
  place.layer = static_cast<std::int32_t>(layer);
  place.token = static_cast<std::int32_t>(entry.index / n_channel % n_token);
  place.channel = static_cast<std::int32_t>(entry.index % n_channel);
  place.sequence = static_cast<std::int32_t>(row);
  place.ratio = std::fabs(entry.value) / sequences_.at({layer, row}).median;
  return place;
}

std::vector<ActivationPlace> MassiveFinder::top(std::size_t layer) const {
  std::vector<ActivationPlace> result;
  for (const TopEntry& entry : statistics_[layer].top) result.push_back(place(layer, entry));
  return result;
}

std::vector<ActivationPlace> MassiveFinder::massive(std::size_t most_per_layer) const {
  std::vector<std::pair<std::size_t, std::int64_t>> where;  // sequences whose largest value passes
  std::vector<at::Tensor> rows;
  std::vector<float> thresholds;
  for (const auto& [at, sequence] : sequences_) {
    const float threshold = rule_.threshold(sequence.median);
    if (!(sequence.largest > threshold)) continue;
    where.push_back(at);
    rows.push_back(outputs_[at.first].select(0, at.second));
    thresholds.push_back(threshold);
  }
  const auto found = collect_above(rows, thresholds);
  std::vector<ActivationPlace> result;
  for (std::size_t i = 0; i < where.size();) {
    const std::size_t layer = where[i].first;
    std::vector<TopEntry> of_layer;
    for (; i < where.size() && where[i].first == layer; ++i) {
      for (TopEntry entry : found[i]) {
        entry.index += where[i].second * rows[i].numel();
        of_layer.push_back(entry);
      }
    }
    std::stable_sort(of_layer.begin(), of_layer.end(),
                     [](const auto& a, const auto& b) { return std::fabs(a.value) > std::fabs(b.value); });
    of_layer.resize(std::min(of_layer.size(), most_per_layer));
    for (const TopEntry& entry : of_layer) result.push_back(place(layer, entry));
  }
  return result;
}

}  // namespace variometer
