// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <vector>

#include "core/base/snapshot.h"

namespace variometer {

/// What ThinnedRows needs to know of measurements of weights and of activations.

/// Bytes on the heap, without the allocator's own.
std::int64_t memory_of(const WeightSnapshot& weights);
std::int64_t memory_of(const ActivationSnapshot& activation);

/// Every number of every tensor or layer apart: the smallest (largest) of those that are finite; where none is, NaN.
/// Of activations only what is one number a layer, and the top places by |value|: no maps, no list of massive places.
WeightSnapshot lowest(const std::vector<const WeightSnapshot*>& group);
WeightSnapshot highest(const std::vector<const WeightSnapshot*>& group);
ActivationSnapshot lowest(const std::vector<const ActivationSnapshot*>& group);
ActivationSnapshot highest(const std::vector<const ActivationSnapshot*>& group);

/// A measurement with values that are not finite before one without; of activations then the one with the largest |h|.
bool more_notable(const WeightSnapshot& a, const WeightSnapshot& b);
bool more_notable(const ActivationSnapshot& a, const ActivationSnapshot& b);

}  // namespace variometer
