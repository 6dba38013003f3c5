// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/base/largest_place.h"

#include <cmath>

#include "core/base/massive_rule.h"

namespace variometer {

const ActivationPlace* largest_place(const ActivationSnapshot& activation) {
  const ActivationPlace* largest = nullptr;
  for (const LayerActivation& layer : activation.layers) {
    for (const ActivationPlace& place : layer.top) {
      if (!std::isfinite(place.value)) continue;
      if (largest == nullptr || std::abs(place.value) > std::abs(largest->value)) largest = &place;
    }
  }
  return largest;
}

float massive_threshold(const ActivationSnapshot& activation, const ActivationPlace& place, const ProbeConfig& probe) {
  const auto layer = static_cast<std::size_t>(place.layer);
  if (layer >= activation.layers.size()) return kNotMeasured;
  return MassiveRule(probe).threshold(activation.layers[layer].median);
}

}  // namespace variometer
