// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace variometer {

struct TopEntry {
  float value = 0;         ///< signed
  std::int64_t index = 0;  ///< flat
};

/// All that one read of a tensor tells. Non-finite values are counted and left out of everything else.
struct Statistics {
  std::int64_t count = 0;  ///< finite values
  std::int64_t n_nan = 0, n_infinite = 0;
  double mean = 0;
  double variance = 0;    ///< population
  double skewness = 0;
  double kurtosis = 0;    ///< excess
  float abs_median = 0;   ///< exact lower median of |x|
  std::vector<TopEntry> top;  ///< largest |x|; ties: smaller index first
};

/// The CPU kernel: moments in float partial sums combined in double (Chan), exact median and top-k from an
/// order-preserving key histogram. Deterministic; the calling thread only. `n_top` <= 64.
Statistics statistics(std::span<const float> x, int n_top);

/// Mean and unbiased variance (Bessel) of a weight, largest |w|: double accumulation.
struct WeightMoments {
  double mean = 0, variance_unbiased = 0;
  float abs_max = 0;
  std::int64_t n_non_finite = 0;
};
WeightMoments weight_moments(std::span<const float> x);

}  // namespace variometer
