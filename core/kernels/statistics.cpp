// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/kernels/statistics.h"

#include <algorithm>
#include <array>
#include <cassert>
#include <cmath>
#include <limits>
#include <memory>

#include "core/kernels/statistics_scan.h"

namespace variometer {
namespace {

using detail::kRun;
using simd::kInfinity;

constexpr std::int32_t kLargestFinite = kInfinity - 1;

/// Keys low..high that very likely hold the median, from a sample of places spread over x (jittered, so that a sample
/// of a matrix does not fall into one column). Small x: all keys.
struct Bracket {
  std::int32_t low = 0, high = kLargestFinite;
};

Bracket bracket_median(std::span<const float> x) {
  const auto n = static_cast<std::int64_t>(x.size());
  if (n < 8192) return {};
  const auto n_sample =
      std::clamp<std::int64_t>(4 * static_cast<std::int64_t>(std::sqrt(static_cast<double>(n))), 512, 4096);
  const std::int64_t stride = n / n_sample;
  std::vector<std::int32_t> sample;
  sample.reserve(static_cast<std::size_t>(n_sample));
  std::uint64_t state = 0x9e3779b97f4a7c15U;
  for (std::int64_t i = 0; i < n_sample; ++i) {
    state = state * 6364136223846793005U + 1442695040888963407U;
    const auto jitter = static_cast<std::int64_t>((state >> 33) % static_cast<std::uint64_t>(stride));
    const std::int32_t key = simd::key_of(x[static_cast<std::size_t>(i * stride + jitter)]);
    if (key < kInfinity) sample.push_back(key);
  }
  if (sample.size() < 64) return {};
  // The sample's ranks +- 4 standard deviations about its median.
  const auto m = static_cast<std::int64_t>(sample.size());
  const auto margin = static_cast<std::int64_t>(2 * std::sqrt(static_cast<double>(m)));
  const auto first = sample.begin() + std::max<std::int64_t>(0, m / 2 - margin);
  const auto last = sample.begin() + std::min<std::int64_t>(m - 1, m / 2 + margin);
  std::nth_element(sample.begin(), first, sample.end());
  std::nth_element(first + 1, last, sample.end());
  return {*first, *last};
}

/// Keys inside a bracket, gathered run by run.
class Candidates {
 public:
  explicit Candidates(Bracket bracket) : bracket_(bracket) {}
  void add(const float* x, int n) {
    if (keys_.size() < size_ + kRun + simd::kLanes) keys_.resize(std::max<std::size_t>(2 * keys_.size(), 4 * kRun));
    size_ += static_cast<std::size_t>(detail::collect(x, n, bracket_.low, bracket_.high, keys_.data() + size_, below_));
  }
  /// Key of rank k over everything added, if the bracket holds it.
  bool find(std::int64_t k, std::int32_t& key) {
    if (k < below_ || k >= below_ + static_cast<std::int64_t>(size_)) return false;
    keys_.resize(size_);
    key = detail::select_key(keys_, k - below_, bracket_.low, bracket_.high);
    return true;
  }
  /// Where to look after a miss.
  Bracket other_side(std::int64_t k) const {
    return k < below_ ? Bracket{0, bracket_.low - 1} : Bracket{bracket_.high + 1, kLargestFinite};
  }

 private:
  Bracket bracket_;
  std::int64_t below_ = 0;
  std::size_t size_ = 0;
  std::vector<std::int32_t> keys_;
};

/// Runs of x with what is not finite taken out: use(values, n, places) where places is null for an untouched run.
/// Returns the counts of NaN and infinity.
template <class Use>
std::array<std::int64_t, 2> for_finite_runs(std::span<const float> x, Use use) {
  std::array<std::int64_t, 2> non_finite{};
  std::array<float, kRun> kept;
  std::array<int, kRun> places;
  for (std::size_t begin = 0; begin < x.size(); begin += kRun) {
    const float* run = x.data() + begin;
    const int n = static_cast<int>(std::min<std::size_t>(kRun, x.size() - begin));
    const std::int32_t largest = detail::max_key(run, n);
    if (largest < kInfinity) {
      use(run, n, largest, static_cast<std::int64_t>(begin), nullptr);
      continue;
    }
    int n_kept = 0;
    for (int i = 0; i < n; ++i) {
      const std::int32_t key = simd::key_of(run[i]);
      if (key < kInfinity) {
        kept[static_cast<std::size_t>(n_kept)] = run[i];
        places[static_cast<std::size_t>(n_kept++)] = i;
      } else {
        ++non_finite[key == kInfinity];
      }
    }
    if (n_kept > 0) {
      use(kept.data(), n_kept, detail::max_key(kept.data(), n_kept), static_cast<std::int64_t>(begin), places.data());
    }
  }
  return non_finite;
}

void add_run(detail::Moments& moments, const float* x, int n, std::int32_t largest, bool fourth) {
  detail::Moments run;
  run.n = n;
  if (largest > 0) run = detail::run_sums(x, n, largest, fourth).moments(n);
  moments.merge(run);
}

std::int32_t select_abs(std::span<const float> x, std::int64_t k, Bracket bracket) {
  for (;;) {
    Candidates candidates(bracket);
    for_finite_runs(x,
                    [&](const float* run, int n, std::int32_t, std::int64_t, const int*) { candidates.add(run, n); });
    std::int32_t key = 0;
    if (candidates.find(k, key)) return key;
    bracket = candidates.other_side(k);
  }
}

}  // namespace

Statistics statistics(std::span<const float> x, int n_top) {
  assert(n_top >= 0 && n_top <= 64);
  detail::Moments moments;
  detail::Top top(n_top);
  Candidates candidates(bracket_median(x));
  Statistics result;
  const auto non_finite =
      for_finite_runs(x, [&](const float* run, int n, std::int32_t largest, std::int64_t begin, const int* places) {
        add_run(moments, run, n, largest, /*fourth=*/true);
        candidates.add(run, n);
        if (n_top == 0 || largest <= top.threshold()) return;
        for (int i = 0; i < n; ++i) {
          if (simd::key_of(run[i]) > top.threshold()) top.offer(run[i], begin + (places ? places[i] : i));
        }
      });
  result.n_nan = non_finite[0];
  result.n_infinite = non_finite[1];
  result.top = top.take();
  result.count = static_cast<std::int64_t>(moments.n);
  const double undefined = std::numeric_limits<double>::quiet_NaN();
  if (result.count == 0) {
    result.mean = result.variance = result.skewness = result.kurtosis = undefined;
    result.abs_median = static_cast<float>(undefined);
    return result;
  }
  result.mean = moments.mean;
  result.variance = moments.m2 / moments.n;
  result.skewness =
      moments.m2 > 0 ? std::sqrt(moments.n) * moments.m3 / (moments.m2 * std::sqrt(moments.m2)) : undefined;
  result.kurtosis = moments.m2 > 0 ? moments.n * moments.m4 / (moments.m2 * moments.m2) - 3 : undefined;
  const std::int64_t k = (result.count - 1) / 2;
  std::int32_t key = 0;
  if (!candidates.find(k, key)) key = select_abs(x, k, candidates.other_side(k));
  result.abs_median = simd::value_of(key);
  return result;
}

std::vector<float> abs_quantiles(std::span<const float> x, std::span<const double> q) {
  std::vector<float> result(q.size(), std::numeric_limits<float>::quiet_NaN());
  const std::vector<std::int64_t> histogram = abs_histogram(x);
  std::int64_t n = 0;
  for (const std::int64_t count : histogram) n += count;
  if (n == 0) return result;
  for (std::size_t i = 0; i < q.size(); ++i) {
    const auto k = static_cast<std::int64_t>(std::floor(std::clamp(q[i], 0.0, 1.0) * static_cast<double>(n - 1)));
    std::int64_t below = 0;
    std::int32_t bin = 0;
    while (below + histogram[static_cast<std::size_t>(bin)] <= k) below += histogram[static_cast<std::size_t>(bin++)];
    result[i] = simd::value_of(select_abs(x, k, {bin << 20, ((bin + 1) << 20) - 1}));
  }
  return result;
}

std::vector<std::int64_t> abs_histogram(std::span<const float> x) {
  std::vector<std::int64_t> counts(2048, 0);
  for (const float value : x) ++counts[static_cast<std::size_t>(simd::key_of(value) >> 20)];
  counts.resize(kAbsHistogramBins);  // behind them: infinity and NaN
  return counts;
}

float abs_histogram_edge(int bin) { return simd::value_of(bin << 20); }

WeightMoments weight_moments(std::span<const float> x) {
  detail::Moments moments;
  std::int32_t largest = 0;
  const auto non_finite =
      for_finite_runs(x, [&](const float* run, int n, std::int32_t run_largest, std::int64_t, const int*) {
        add_run(moments, run, n, run_largest, /*fourth=*/false);
        largest = std::max(largest, run_largest);
      });
  WeightMoments result;
  result.n_non_finite = non_finite[0] + non_finite[1];
  if (moments.n == 0) {
    result.mean = result.variance_unbiased = result.squared_norm = std::numeric_limits<double>::quiet_NaN();
    result.abs_max = std::numeric_limits<float>::quiet_NaN();
    return result;
  }
  result.mean = moments.mean;
  result.abs_max = simd::value_of(largest);
  if (moments.n > 1) result.variance_unbiased = moments.m2 / (moments.n - 1);
  result.squared_norm = moments.m2 + moments.n * moments.mean * moments.mean;
  return result;
}

}  // namespace variometer
