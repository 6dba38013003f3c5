// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/base/loss_comparison.h"

#include <algorithm>
#include <bit>
#include <cmath>

namespace variometer {

void LossComparison::see(const std::map<std::int64_t, float>& losses, const Snapshot& snapshot) {
  const auto found = losses.find(snapshot.step);
  if (!snapshot.is_update || found == losses.end()) return;
  ++n_compared;
  if (std::bit_cast<std::uint32_t>(snapshot.loss) == std::bit_cast<std::uint32_t>(found->second)) {
    ++n_equal;
  } else if (first_difference == 0) {
    first_difference = snapshot.step;
    recorded = found->second;
    replayed = snapshot.loss;
  }
  largest_difference = std::max(largest_difference, std::abs(static_cast<double>(snapshot.loss) - found->second));
}

}  // namespace variometer
