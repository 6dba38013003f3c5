// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

// Inside of the CPU statistics: what is done with one run of values while it lies in the first-level cache.

#include <cmath>
#include <cstdint>
#include <vector>

#include "core/kernels/simd.h"
#include "core/kernels/statistics.h"

namespace variometer::detail {

/// Values per run: 32 lanes, so that a float partial sum adds at most 32 values before it goes on in double.
inline constexpr int kRun = 1024;

/// Central moments in double, merged pairwise (Chan, Golub, LeVeque; Pebay for the third and fourth).
struct Moments {
  double n = 0, mean = 0, m2 = 0, m3 = 0, m4 = 0;
  void merge(const Moments& other);
};

/// One run, all finite: sums about a shift near its mean, of values scaled by a power of two to at most 1 so that no
/// fourth power over- or underflows.
struct RunSums {
  double s1 = 0, s2 = 0, s3 = 0, s4 = 0;
  double shift = 0, unscale = 1;
  Moments moments(int n) const;
};

/// Largest key of a run.
std::int32_t max_key(const float* x, int n);
/// Power sums of a run of finite values whose largest key is `largest` (> 0). `fourth`: also s3 and s4.
RunSums run_sums(const float* x, int n, std::int32_t largest, bool fourth);
/// Appends the keys k of a run with low <= k <= high to `out` (room for n + 8), returns how many; adds the number of
/// keys below `low` to `below`.
int collect(const float* x, int n, std::int32_t low, std::int32_t high, std::int32_t* out, std::int64_t& below);

/// Key of rank k (from 0) of `keys`, all within low..high; reorders them. Key histograms of 1,024 bins, narrowed until
/// one value is left: at most four rounds whatever the data.
std::int32_t select_key(std::vector<std::int32_t>& keys, std::int64_t k, std::int32_t low, std::int32_t high);

/// The largest |x| seen so far with their places, largest first. Fed in order of rising index.
class Top {
 public:
  explicit Top(int n) : n_(n) { entries_.reserve(static_cast<std::size_t>(n) + 1); }
  /// A key must be above this to enter.
  std::int32_t threshold() const { return threshold_; }
  void offer(float value, std::int64_t index);
  std::vector<TopEntry> take() { return std::move(entries_); }

 private:
  int n_;
  std::int32_t threshold_ = -1;
  std::vector<TopEntry> entries_;
};

}  // namespace variometer::detail
