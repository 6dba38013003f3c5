// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/raster.h"

#include <gtest/gtest.h>

#include <cmath>
#include <set>

#include "widgets/plot.h"

namespace variometer {
namespace {

std::vector<double> edges_of(int columns) {
  std::vector<double> edges;
  for (int c = 0; c <= columns; ++c) edges.push_back(c - 0.5);
  return edges;
}

struct Picture {
  Plot plot{Plot::XAxis::own, nullptr};
  Raster* raster = new Raster(plot);
  int columns, rows;

  Picture(int n_column, int n_row, std::vector<float> values) : columns(n_column), rows(n_row) {
    raster->setGrid(columns, rows, std::move(values), edges_of(columns));
    raster->setScale(1, 1000, /*log=*/true);
    view({-0.5, columns - 0.5}, {-0.5, rows - 0.5});
  }
  void view(QCPRange x, QCPRange y) {
    plot.xAxis->setRange(x);
    plot.yAxis->setRange(y);
  }
  int count(QSize size, QRgb colour) const {
    const QImage image = raster->image(size);
    int n = 0;
    for (int y = 0; y < image.height(); ++y) {
      for (int x = 0; x < image.width(); ++x) n += image.pixel(x, y) == colour ? 1 : 0;
    }
    return n;
  }
};

TEST(Raster, ASingleOutlierIsSeenWhateverTheSize) {
  constexpr int kColumns = 777, kRows = 131;
  for (int place = 0; place < kColumns * kRows; place += 9973) {
    std::vector<float> cells(static_cast<std::size_t>(kColumns) * kRows, 1.0F);
    cells[static_cast<std::size_t>(place)] = -1000.0F;  // by magnitude, not by value
    const Picture picture(kColumns, kRows, cells);
    for (const QSize size : {QSize(1, 1), QSize(7, 3), QSize(300, 50), QSize(776, 130), QSize(1000, 400)}) {
      ASSERT_GT(picture.count(size, picture.raster->colour(1000)), 0) << place << " at " << size.width();
    }
  }
}

TEST(Raster, APixelShowsTheLargestOfExactlyTheCellsItCovers) {
  constexpr int kColumns = 64, kRows = 32;
  std::vector<float> cells;
  for (int i = 0; i < kColumns * kRows; ++i) cells.push_back(1.0F + static_cast<float>((i * 7919) % 997));
  const Picture picture(kColumns, kRows, cells);
  constexpr int kBlock = 4;  // cells a pixel, each way
  const QImage image = picture.raster->image({kColumns / kBlock, kRows / kBlock});
  for (int y = 0; y < image.height(); ++y) {
    for (int x = 0; x < image.width(); ++x) {
      float largest = 0;
      for (int r = 0; r < kBlock; ++r) {
        for (int c = 0; c < kBlock; ++c) {
          const int row = (image.height() - 1 - y) * kBlock + r;  // row 0 is at the bottom
          largest = std::max(largest, cells[static_cast<std::size_t>(row * kColumns + x * kBlock + c)]);
        }
      }
      EXPECT_EQ(image.pixel(x, y), picture.raster->colour(largest)) << x << ' ' << y;
    }
  }
}

TEST(Raster, AReversedAxisPutsRowZeroOnTop) {
  Picture picture(1, 2, {1.0F, 1000.0F});
  EXPECT_EQ(picture.raster->image({1, 2}).pixel(0, 0), picture.raster->colour(1000));
  picture.plot.setYReversed(true);
  EXPECT_EQ(picture.raster->image({1, 2}).pixel(0, 0), picture.raster->colour(1));
}

TEST(Raster, AViewMuchLargerThanTheGridStillShowsItsLargestCell) {
  Picture picture(3, 1, {1.0F, 1000.0F, 1.0F});
  picture.view({-5000, 5000}, {-500, 500});
  EXPECT_GT(picture.count({11, 11}, picture.raster->colour(1000)), 0);
}

TEST(Raster, OutsideTheGridNothingIsDrawn) {
  Picture picture(4, 1, {1, 2, 3, 4});
  picture.view({3.5, 7.5}, {-0.5, 0.5});
  EXPECT_EQ(picture.count({40, 10}, qRgba(0, 0, 0, 0)), 400);
}

TEST(Raster, WhatIsNotFiniteIsHatchedAndHidesNothingElse) {
  std::vector<float> cells(100, 1.0F);
  cells[55] = std::numeric_limits<float>::quiet_NaN();
  cells[10] = std::numeric_limits<float>::infinity();
  cells[77] = 1000.0F;
  const Picture picture(10, 10, cells);
  EXPECT_EQ(picture.raster->nonFinite(), 2);
  const QRgb colour = picture.plot.currentTheme().not_finite.rgb();
  EXPECT_GT(picture.count({10, 10}, colour), 0);
  const QImage image = picture.raster->image({400, 400});
  std::set<QRgb> of_cell;
  for (int y = 162; y < 198; ++y) {  // cell 55: row 5 from below, column 5
    for (int x = 202; x < 238; ++x) of_cell.insert(image.pixel(x, y));
  }
  EXPECT_EQ(of_cell.size(), 2u) << "a hatch of two colours";
  EXPECT_TRUE(of_cell.contains(colour));
  EXPECT_FALSE(of_cell.contains(picture.raster->colour(1000)));
  EXPECT_EQ(picture.count({10, 10}, picture.raster->colour(1000)), 1);
}

TEST(Raster, ColumnsStandUntilTheNextOneBegins) {
  Plot plot(Plot::XAxis::own, nullptr);
  auto* raster = new Raster(plot);
  const float low = 1, high = 1000;
  for (const auto& [x, value] : std::vector<std::pair<double, float>>{{0, low}, {10, high}, {40, low}}) {
    raster->appendColumn(x, std::span(&value, 1));
  }
  EXPECT_EQ(raster->columns(), 3);
  EXPECT_EQ(raster->columnAt(9.99), 0);
  EXPECT_EQ(raster->columnAt(10), 1);
  EXPECT_EQ(raster->columnAt(39), 1);
  EXPECT_EQ(raster->columnAt(69), 2) << "the last as long as the one before";
  EXPECT_EQ(raster->columnAt(71), -1);
  EXPECT_EQ(raster->value(1, 0), high);
}

TEST(Raster, ALogarithmicStepAxisPlacesColumnsByTheirSteps) {
  Plot plot(Plot::XAxis::own, nullptr);
  auto* raster = new Raster(plot);
  raster->setScale(1, 1000, true);
  const float low = 1, high = 1000;
  raster->appendColumn(1, std::span(&low, 1));
  raster->appendColumn(10, std::span(&high, 1));
  raster->appendColumn(100, std::span(&low, 1));
  plot.setLogX(true);
  plot.xAxis->setRange(1, 1000);
  plot.yAxis->setRange(-0.5, 0.5);
  const QImage image = raster->image({300, 1});
  EXPECT_EQ(image.pixel(50, 0), raster->colour(low));
  EXPECT_EQ(image.pixel(150, 0), raster->colour(high));
  EXPECT_EQ(image.pixel(220, 0), raster->colour(low));
}

TEST(Raster, AnEmptyGridIsTransparent) {
  Plot plot(Plot::XAxis::own, nullptr);
  auto* raster = new Raster(plot);
  raster->clear();
  EXPECT_EQ(raster->image({10, 10}).pixel(5, 5), qRgba(0, 0, 0, 0));
  EXPECT_TRUE(raster->image({0, 0}).isNull());
  EXPECT_EQ(raster->columnAt(0), -1);
  EXPECT_EQ(raster->rowAt(0), -1);
}

}  // namespace
}  // namespace variometer
