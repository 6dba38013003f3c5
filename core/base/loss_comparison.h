// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <map>

#include "core/base/snapshot.h"

namespace variometer {

/// How the losses of a run that is made again compare with those recorded by update, bit for bit.
struct LossComparison {
  std::int64_t n_compared = 0;
  std::int64_t n_equal = 0;
  std::int64_t first_difference = 0;  ///< the update; 0: none
  float recorded = 0, replayed = 0;   ///< losses there
  double largest_difference = 0;

  /// Looks at updates that are in `losses`; passes over all else.
  void see(const std::map<std::int64_t, float>& losses, const Snapshot& snapshot);
};

}  // namespace variometer
