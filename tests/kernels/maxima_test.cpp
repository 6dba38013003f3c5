// SPDX-License-Identifier: GPL-3.0-or-later
#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <random>
#include <utility>

#include "core/kernels/simd.h"
#include "core/kernels/statistics.h"

namespace variometer {
namespace {

std::vector<float> normals(std::int64_t n, unsigned seed) {
  std::mt19937 random(seed);
  std::normal_distribution<float> normal;
  std::vector<float> x(static_cast<std::size_t>(n));
  for (float& value : x) value = normal(random);
  return x;
}

TEST(AbsMaxima, EqualAPlainDoubleLoop) {
  for (const auto& [n_row, n_column] : {std::pair<std::int64_t, std::int64_t>{5, 64}, {33, 67}, {1, 1}, {3, 7}}) {
    const auto x = normals(n_row * n_column, 1);
    for (const bool avx2 : {false, true}) {
      if (avx2 && !simd::use_avx2()) continue;
      const bool machine = std::exchange(simd::use_avx2(), avx2);
      std::vector<float> rows(static_cast<std::size_t>(n_row)), columns(static_cast<std::size_t>(n_column));
      abs_maxima(x, n_row, n_column, rows, columns);
      simd::use_avx2() = machine;
      for (std::int64_t r = 0; r < n_row; ++r) {
        float most = 0;
        for (std::int64_t c = 0; c < n_column; ++c)
          most = std::max(most, std::fabs(x[static_cast<std::size_t>(r * n_column + c)]));
        EXPECT_EQ(rows[static_cast<std::size_t>(r)], most);
      }
      for (std::int64_t c = 0; c < n_column; ++c) {
        float most = 0;
        for (std::int64_t r = 0; r < n_row; ++r)
          most = std::max(most, std::fabs(x[static_cast<std::size_t>(r * n_column + c)]));
        EXPECT_EQ(columns[static_cast<std::size_t>(c)], most);
      }
    }
  }
}

TEST(AbsMaxima, ShowNaNAndInfinityAndKeepWhatWasThere) {
  auto x = normals(4 * 32, 2);
  x[0 * 32 + 3] = -std::numeric_limits<float>::infinity();
  x[2 * 32 + 17] = std::numeric_limits<float>::quiet_NaN();
  std::vector<float> rows(4), columns(32);
  columns[9] = 77;
  abs_maxima(x, 4, 32, rows, columns);
  EXPECT_EQ(rows[0], std::numeric_limits<float>::infinity());
  EXPECT_EQ(columns[3], std::numeric_limits<float>::infinity());
  EXPECT_TRUE(std::isnan(rows[2]) && std::isnan(columns[17]));
  EXPECT_EQ(columns[9], 77);
  EXPECT_LT(rows[1], 10);
}

TEST(AbsMaxPool, KeepsTheSignedPeakOfEveryBlockAndItsPlace) {
  const std::int64_t n_row = 11, n_column = 23;
  auto x = normals(n_row * n_column, 3);
  x[static_cast<std::size_t>(7 * n_column + 19)] = -500;
  const Pooled pooled = abs_max_pool(x, n_row, n_column, 4, 5);
  ASSERT_EQ(pooled.n_row, 3);
  ASSERT_EQ(pooled.n_column, 5);
  for (std::int64_t r = 0; r < pooled.n_row; ++r) {
    for (std::int64_t c = 0; c < pooled.n_column; ++c) {
      std::int64_t best = r * 4 * n_column + c * 5;
      for (std::int64_t i = r * 4; i < std::min(n_row, (r + 1) * 4); ++i) {
        for (std::int64_t j = c * 5; j < std::min(n_column, (c + 1) * 5); ++j) {
          const std::int64_t flat = i * n_column + j;
          if (std::fabs(x[static_cast<std::size_t>(flat)]) > std::fabs(x[static_cast<std::size_t>(best)])) best = flat;
        }
      }
      const auto cell = static_cast<std::size_t>(r * pooled.n_column + c);
      EXPECT_EQ(pooled.index[cell], best);
      EXPECT_EQ(pooled.value[cell], x[static_cast<std::size_t>(best)]);
    }
  }
  EXPECT_EQ(pooled.value[1 * 5 + 3], -500);
}

TEST(AbsMaxPool, WithBlocksOfOneIsTheMatrixItself) {
  const auto x = normals(12, 4);
  const Pooled pooled = abs_max_pool(x, 3, 4, 1, 1);
  EXPECT_EQ(pooled.value, x);
  EXPECT_TRUE(pooled.index.empty());
}

TEST(SquaredNorms, EqualPlainSums) {
  const auto a = normals(1003, 5), b = normals(1003, 6);
  double norm = 0, distance = 0;
  for (std::size_t i = 0; i < a.size(); ++i) {
    norm += static_cast<double>(a[i]) * static_cast<double>(a[i]);
    const auto d = static_cast<double>(a[i] - b[i]);
    distance += d * d;
  }
  for (const bool avx2 : {false, true}) {
    if (avx2 && !simd::use_avx2()) continue;
    const bool machine = std::exchange(simd::use_avx2(), avx2);
    EXPECT_NEAR(squared_norm(a), norm, 1e-12 * norm);
    EXPECT_NEAR(squared_distance(a, b), distance, 1e-12 * distance);
    simd::use_avx2() = machine;
  }
  EXPECT_EQ(squared_norm({}), 0);
  EXPECT_NEAR(squared_norm(std::vector<float>(64, 1e-30F)), 64e-60, 1e-64);
}

}  // namespace
}  // namespace variometer
