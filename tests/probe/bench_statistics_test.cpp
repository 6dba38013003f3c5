// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/probe/bench_statistics.h"

#include <gtest/gtest.h>

namespace variometer {
namespace {

TEST(BenchStatistics, MeasuresBothSidesOfEveryRow) {
  const auto rows = bench_statistics(0.01);
  ASSERT_GE(rows.size(), 4U);
  for (const auto& row : rows) {
    EXPECT_GT(row.n, 0);
    EXPECT_GT(row.ours_seconds, 0);
    EXPECT_NEAR(row.ratio, row.torch_seconds / row.ours_seconds, 1e-9 * row.ratio);
    EXPECT_GT(row.ratio, 2) << row.what << ": far below what was ever measured; the kernel has become slow";
  }
}

}  // namespace
}  // namespace variometer
