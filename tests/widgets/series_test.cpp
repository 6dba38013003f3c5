// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/series.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

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

TEST(Series, DrawsAMillionSamplesFromTwoPointsAColumnAndLosesNoPeak) {
  Series series;
  for (int i = 0; i < 1'000'000; ++i) series.append(i, i == 654'321 ? 1e6 : std::sin(i));
  std::vector<Series::Point> points;
  EXPECT_EQ(series.sample(0, 1e6, 800, points), 1'000'000U);
  EXPECT_LE(points.size(), 2U * 800 + 4);
  double largest = 0;
  for (std::size_t i = 0; i < points.size(); ++i) {
    largest = std::max(largest, points[i].y);
    if (i > 0) {
      EXPECT_GE(points[i].x, points[i - 1].x);
    }
  }
  EXPECT_EQ(largest, 1e6);
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
