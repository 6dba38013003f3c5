// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/base/group_extremes.h"

#include <algorithm>
#include <array>
#include <cmath>

namespace variometer {
namespace {

constexpr std::array kWeightNumbers{&WeightStat::std,       &WeightStat::mean,         &WeightStat::abs_max,
                                    &WeightStat::grad_norm, &WeightStat::update_ratio, &WeightStat::tvr_ratio};
constexpr std::array kLayerNumbers{&LayerActivation::median,        &LayerActivation::ratio,
                                   &LayerActivation::mean,          &LayerActivation::variance,
                                   &LayerActivation::kurtosis,      &LayerActivation::first_token_share,
                                   &LayerActivation::kv_slot_share, &LayerActivation::attention_entropy,
                                   &LayerActivation::dyt_saturation};

float smaller(float a, float b) { return !std::isfinite(a) || b < a ? b : a; }
float larger(float a, float b) { return !std::isfinite(a) || b > a ? b : a; }
bool smaller_size(const ActivationPlace& a, const ActivationPlace& b) {
  return std::fabs(a.value) < std::fabs(b.value);
}
bool larger_size(const ActivationPlace& a, const ActivationPlace& b) { return smaller_size(b, a); }

template <class Pick>
WeightSnapshot combine(const std::vector<const WeightSnapshot*>& group, Pick pick) {
  WeightSnapshot result = *group.front();
  for (const WeightSnapshot* each : group) {
    for (std::size_t i = 0; i < std::min(result.tensors.size(), each->tensors.size()); ++i) {
      WeightStat& kept = result.tensors[i];
      for (const auto number : kWeightNumbers) kept.*number = pick(kept.*number, each->tensors[i].*number);
      kept.rescaled = kept.rescaled || each->tensors[i].rescaled;
    }
  }
  return result;
}

template <class Pick, class Better>
ActivationSnapshot combine(const std::vector<const ActivationSnapshot*>& group, Pick pick, Better better) {
  ActivationSnapshot result;
  result.loss = group.front()->loss;
  for (const LayerActivation& layer : group.front()->layers) {
    LayerActivation& kept = result.layers.emplace_back(layer);
    kept.token_max = kept.channel_max = {};
  }
  for (const ActivationSnapshot* each : group) {
    result.loss = pick(result.loss, each->loss);
    for (std::size_t i = 0; i < std::min(result.layers.size(), each->layers.size()); ++i) {
      LayerActivation& kept = result.layers[i];
      const LayerActivation& layer = each->layers[i];
      for (const auto number : kLayerNumbers) kept.*number = pick(kept.*number, layer.*number);
      kept.non_finite = std::max(kept.non_finite, layer.non_finite);
      for (std::size_t k = 0; k < layer.top.size(); ++k) {
        if (k >= kept.top.size()) {
          kept.top.push_back(layer.top[k]);
        } else if (better(layer.top[k], kept.top[k])) {
          kept.top[k] = layer.top[k];
        }
      }
    }
  }
  return result;
}

bool all_finite(const WeightSnapshot& weights) {
  return std::all_of(weights.tensors.begin(), weights.tensors.end(),
                     [](const WeightStat& stat) { return std::isfinite(stat.std) && std::isfinite(stat.abs_max); });
}

std::int64_t non_finite(const ActivationSnapshot& activation) {
  std::int64_t n = 0;
  for (const LayerActivation& layer : activation.layers) n += layer.non_finite;
  return n;
}

float largest(const ActivationSnapshot& activation) {
  float value = 0;
  for (const LayerActivation& layer : activation.layers) {
    if (!layer.top.empty()) value = std::max(value, std::fabs(layer.top.front().value));
  }
  return value;
}

template <class T>
std::int64_t bytes(const std::vector<T>& values) {
  return static_cast<std::int64_t>(values.capacity() * sizeof(T));
}

}  // namespace

std::int64_t memory_of(const WeightSnapshot& weights) {
  return static_cast<std::int64_t>(sizeof(weights)) + bytes(weights.tensors);
}

std::int64_t memory_of(const ActivationSnapshot& activation) {
  std::int64_t n = static_cast<std::int64_t>(sizeof(activation)) + bytes(activation.tokens) +
                   bytes(activation.token_texts) + bytes(activation.layers) + bytes(activation.massive);
  for (const LayerActivation& layer : activation.layers) {
    n += bytes(layer.top) + bytes(layer.token_max) + bytes(layer.channel_max);
  }
  return n;
}

WeightSnapshot lowest(const std::vector<const WeightSnapshot*>& group) { return combine(group, smaller); }
WeightSnapshot highest(const std::vector<const WeightSnapshot*>& group) { return combine(group, larger); }
ActivationSnapshot lowest(const std::vector<const ActivationSnapshot*>& group) {
  return combine(group, smaller, smaller_size);
}
ActivationSnapshot highest(const std::vector<const ActivationSnapshot*>& group) {
  return combine(group, larger, larger_size);
}

bool more_notable(const WeightSnapshot& a, const WeightSnapshot& b) { return !all_finite(a) && all_finite(b); }

bool more_notable(const ActivationSnapshot& a, const ActivationSnapshot& b) {
  const std::int64_t n_a = non_finite(a), n_b = non_finite(b);
  return n_a != n_b ? n_a > n_b : largest(a) > largest(b);
}

}  // namespace variometer
