// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/series.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

namespace variometer {
namespace {

TEST(Series, ShowsEverySampleWhereThereAreFew) {
  Series series;
  for (int i = 0; i < 100; ++i) series.append(i, i * i);
  std::vector<Series::Point> points;
  EXPECT_EQ(series.sample(0, 99, 200, points), 100U);
  ASSERT_EQ(points.size(), 100U);
  EXPECT_EQ(points[7].y, 49);
}

TEST(Series, DrawsAMillionSamplesFromFourPointsAColumnAndLosesNoPeak) {
  Series series;
  for (int i = 0; i < 1'000'000; ++i) series.append(i, i == 654'321 ? 1e6 : std::sin(i));
  std::vector<Series::Point> points;
  EXPECT_EQ(series.sample(0, 1e6, 800, points), 1'000'000U);
  EXPECT_LE(points.size(), 4U * 800 + 4);
  double largest = 0;
  for (std::size_t i = 0; i < points.size(); ++i) {
    largest = std::max(largest, points[i].y);
    if (i > 0) {
      EXPECT_GE(points[i].x, points[i - 1].x);
    }
  }
  EXPECT_EQ(largest, 1e6);
}

TEST(Series, NoPixelLosesItsExtremes) {
  Series series;
  constexpr int kSamples = 123'457, kColumns = 640;
  std::vector<double> values;
  std::uint32_t state = 1;
  for (int i = 0; i < kSamples; ++i) {
    state = state * 1664525U + 1013904223U;
    values.push_back(static_cast<double>(state >> 8U));
    series.append(i, values.back());
  }
  for (const auto& [lower, upper] : std::vector<std::pair<int, int>>{{0, kSamples}, {1000, 99'000}, {50'001, 60'003}}) {
    std::vector<Series::Point> points;
    series.sample(lower, upper, kColumns, points);
    const double width = static_cast<double>(upper - lower) / kColumns;
    for (int column = 0; column < kColumns; ++column) {
      const double left = lower + column * width, right = left + width;
      double low = 1e18, high = -1e18, drawn_low = 1e18, drawn_high = -1e18;
      for (int i = static_cast<int>(std::ceil(left)); i < std::min<double>(right, kSamples); ++i) {
        low = std::min(low, values[static_cast<std::size_t>(i)]);
        high = std::max(high, values[static_cast<std::size_t>(i)]);
      }
      // Where the extreme of a column is drawn may be one pixel off, its height not.
      for (const auto& point : points) {
        if (point.x < left - width || point.x > right + width) continue;
        drawn_low = std::min(drawn_low, point.y);
        drawn_high = std::max(drawn_high, point.y);
      }
      ASSERT_LE(drawn_low, low) << column;
      ASSERT_GE(drawn_high, high) << column;
    }
  }
}

TEST(Series, KeepsAGapAtEveryZoom) {
  Series series;
  for (int i = 0; i < 100'000; ++i) series.append(i, i == 50'000 ? std::numeric_limits<double>::quiet_NaN() : 1);
  std::vector<Series::Point> points;
  for (const double half : {10.0, 1000.0, 50'000.0}) {
    series.sample(50'000 - half, 50'000 + half, 300, points);
    EXPECT_EQ(std::count_if(points.begin(), points.end(), [](const auto& p) { return std::isnan(p.y); }), 1) << half;
  }
}

TEST(Series, FindsTheNewestValueAtOrBefore) {
  Series series;
  EXPECT_FALSE(series.at(3));
  series.append(10, 1);
  series.append(20, std::numeric_limits<double>::quiet_NaN());
  EXPECT_FALSE(series.at(9));
  EXPECT_EQ(series.at(25)->x, 10);
  EXPECT_EQ(series.last_y(), 1);
}

}  // namespace
}  // namespace variometer
