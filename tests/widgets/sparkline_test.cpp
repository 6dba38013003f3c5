// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/sparkline.h"

#include <gtest/gtest.h>

#include <QImage>
#include <QPainter>
#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

namespace variometer {
namespace {

TEST(Sparkline, EveryValueIsWithinTheRangeOfItsGroupHoweverManyThereAre) {
  for (const std::size_t n : {1U, 2U, 63U, 64U, 65U, 127U, 128U, 129U, 1000U, 100'000U}) {
    Sparkline line;
    std::vector<float> values;
    for (std::size_t i = 0; i < n; ++i) {
      values.push_back(static_cast<float>(std::sin(static_cast<double>(i) * 12.9898) * static_cast<double>(i % 977)));
      line.add(values.back());
    }
    ASSERT_EQ(line.count(), n);
    ASSERT_LE(line.ranges().size(), Sparkline::kBuckets);
    std::size_t per = 1;
    while (per * Sparkline::kBuckets < n) per *= 2;
    ASSERT_EQ(line.ranges().size(), (n + per - 1) / per) << n;
    for (std::size_t i = 0; i < line.ranges().size(); ++i) {
      const auto first = values.begin() + static_cast<std::ptrdiff_t>(i * per);
      const auto last = values.begin() + static_cast<std::ptrdiff_t>(std::min(n, (i + 1) * per));
      EXPECT_EQ(line.ranges()[i].low, *std::min_element(first, last)) << n;
      EXPECT_EQ(line.ranges()[i].high, *std::max_element(first, last)) << n;
    }
    EXPECT_EQ(line.whole().high, *std::max_element(values.begin(), values.end()));
  }
}

TEST(Sparkline, WhatIsNotFiniteTakesItsPlaceAndNoPart) {
  Sparkline line;
  line.add(std::numeric_limits<float>::quiet_NaN());
  EXPECT_GT(line.whole().low, line.whole().high);
  line.add(2);
  line.add(std::numeric_limits<float>::infinity());
  EXPECT_EQ(line.count(), 3U);
  EXPECT_EQ(line.whole().low, 2);
  EXPECT_EQ(line.whole().high, 2);
  EXPECT_GT(line.ranges()[2].low, line.ranges()[2].high);
}

TEST(Sparkline, DrawsFromTheLowerLeftToTheUpperRightWhatGrows) {
  Sparkline line;
  for (int i = 0; i < 50; ++i) line.add(static_cast<float>(i));
  QImage image(60, 20, QImage::Format_RGB32);
  image.fill(Qt::white);
  QPainter painter(&image);
  line.paint(painter, QRectF(0, 0, 60, 20), Qt::black);
  painter.end();
  const auto dark = [&image](int x) {
    int sum = 0, n = 0;
    for (int y = 0; y < image.height(); ++y) {
      if (qGray(image.pixel(x, y)) < 200) sum += y, ++n;
    }
    return n > 0 ? sum / n : -1;
  };
  EXPECT_GT(dark(5), 14);
  EXPECT_GE(dark(54), 0);
  EXPECT_LT(dark(54), 6);
}

}  // namespace
}  // namespace variometer
