// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/base/loss_comparison.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

namespace variometer {
namespace {

Snapshot update(std::int64_t step, float loss) {
  Snapshot snapshot;
  snapshot.step = step;
  snapshot.is_update = true;
  snapshot.loss = loss;
  return snapshot;
}

TEST(LossComparison, FindsTheFirstUpdateThatIsNotTheSameBits) {
  const float nan = std::numeric_limits<float>::quiet_NaN();
  const std::map<std::int64_t, float> recorded{{1, 3.0F}, {2, 2.5F}, {3, nan}, {4, 2.0F}};
  LossComparison comparison;
  comparison.see(recorded, update(1, 3.0F));
  comparison.see(recorded, update(2, 2.5F));
  comparison.see(recorded, update(3, nan));
  EXPECT_EQ(comparison.n_equal, 3) << "a NaN that comes again is the same bits";
  EXPECT_EQ(comparison.first_difference, 0);

  comparison.see(recorded, update(4, std::nextafter(2.0F, 3.0F)));
  EXPECT_EQ(comparison.n_compared, 4);
  EXPECT_EQ(comparison.n_equal, 3);
  EXPECT_EQ(comparison.first_difference, 4);
  EXPECT_EQ(comparison.recorded, 2.0F);
  EXPECT_GT(comparison.replayed, 2.0F);
}

TEST(LossComparison, PassesOverWhatIsNoUpdateOrWasNotRecorded) {
  const std::map<std::int64_t, float> recorded{{1, 3.0F}};
  LossComparison comparison;
  comparison.see(recorded, update(2, 9.0F));
  Snapshot measured = update(1, 9.0F);
  measured.is_update = false;
  comparison.see(recorded, measured);
  EXPECT_EQ(comparison.n_compared, 0);
}

}  // namespace
}  // namespace variometer
