// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <algorithm>
#include <cstddef>
#include <limits>

#include "core/base/config.h"

namespace variometer {

/// What decides whether a value of one sequence and layer is massive: |h| > absolute and |h| > ratio x the lower median
/// of |h|, both strict (2503.22329 eq. 1).
struct MassiveRule {
  double absolute = 100;
  double ratio = 1000;

  explicit MassiveRule(const ProbeConfig& config)
      : absolute(config.ratio_only ? 0 : config.absolute_threshold),
        ratio(config.ratio_only ? config.small_ratio_threshold : config.ratio_threshold) {}

  /// |h| must be strictly above this. Infinity where nothing can be massive (a ratio of a zero median says nothing).
  float threshold(float median) const {
    if (absolute <= 0 && median <= 0) return std::numeric_limits<float>::infinity();
    // In float32, as the papers compare.
    return std::max(static_cast<float>(absolute), static_cast<float>(ratio) * median);
  }
};

/// So many massive activations of a layer are listed, the largest.
inline constexpr std::size_t kMostMassive = 4096;

}  // namespace variometer
