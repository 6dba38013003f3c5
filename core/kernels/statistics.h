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
/// Nothing finite: count 0 and every number NaN. No spread: skewness and kurtosis are NaN (they are not defined).
struct Statistics {
  std::int64_t count = 0;  ///< finite values
  std::int64_t n_nan = 0, n_infinite = 0;
  double mean = 0;
  double variance = 0;  ///< population
  double skewness = 0;
  double kurtosis = 0;        ///< excess
  float abs_median = 0;       ///< exact lower median of |x|
  std::vector<TopEntry> top;  ///< largest |x|; ties: smaller index first
};

/// The CPU kernel, one read of x: moments in float partial sums over runs of at most 32, combined in double (Chan);
/// top-k by a running threshold; the median is bracketed by a strided sample, what falls into the bracket is kept, and
/// the exact order statistic is selected from it by key histograms (a second read only if the bracket missed).
/// Deterministic, the same bits with and without AVX2; the calling thread only. 0 <= n_top <= 64.
Statistics statistics(std::span<const float> x, int n_top);

/// Exact quantiles of |x| over the finite values: the value of rank floor(q (n - 1)), q in [0, 1]. Nothing finite:
/// NaN.
std::vector<float> abs_quantiles(std::span<const float> x, std::span<const double> q);

/// How many finite |x| fall into each eighth of an octave (2,040 bins, by the upper 11 bits of the order-preserving
/// key); bin b begins at abs_histogram_edge(b).
inline constexpr int kAbsHistogramBins = 2040;
std::vector<std::int64_t> abs_histogram(std::span<const float> x);
float abs_histogram_edge(int bin);

/// Mean and unbiased variance (Bessel) of a weight, largest |w|: as `statistics`. One value: variance 0; nothing
/// finite: every number NaN.
struct WeightMoments {
  double mean = 0, variance_unbiased = 0;
  float abs_max = 0;
  std::int64_t n_non_finite = 0;
  double squared_norm = 0;  ///< sum of w^2
};
WeightMoments weight_moments(std::span<const float> x);

/// sum of x^2, and of (a - b)^2, in double. Non-finite values pass through. a and b have the same size.
double squared_norm(std::span<const float> x);
double squared_distance(std::span<const float> a, std::span<const float> b);

/// max |x| over the columns of each row and over the rows of each column of a row-major (n_row, n_column) matrix,
/// added to what is there already (start with zeros). NaN wins over infinity, infinity over everything else.
/// Either span may be empty: then that map is not made.
void abs_maxima(std::span<const float> x, std::int64_t n_row, std::int64_t n_column, std::span<float> row_max,
                std::span<float> column_max);

/// A matrix shrunk by blocks of (row_block x column_block): the signed value with the largest |x| of each block and its
/// flat index in x (ties: smaller index). NaN wins. Sizes are rounded up: the last block may be smaller.
struct Pooled {
  std::int64_t n_row = 0, n_column = 0;
  std::vector<float> value;         ///< [n_row x n_column]
  std::vector<std::int64_t> index;  ///< same; empty when both blocks are 1
};
Pooled abs_max_pool(std::span<const float> x, std::int64_t n_row, std::int64_t n_column, std::int64_t row_block,
                    std::int64_t column_block);

}  // namespace variometer
