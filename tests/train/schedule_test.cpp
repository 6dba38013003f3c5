// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/train/schedule.h"

#include <gtest/gtest.h>

#include "core/base/config.h"

namespace variometer {
namespace {

TrainConfig train(std::int64_t warmup, std::int64_t decay) {
  RunConfig config;
  config.train.learning_rate = 1e-2;
  config.train.min_learning_rate = 1e-3;
  config.train.warmup_steps = warmup;
  config.train.lr_decay_steps = decay;
  return resolved(config).train;
}

TEST(Schedule, RisesLinearlyThenFallsAlongACosineToItsMinimum) {
  const auto t = train(100, 1000);
  EXPECT_DOUBLE_EQ(scheduled_learning_rate(t, 1), 1e-4);
  EXPECT_DOUBLE_EQ(scheduled_learning_rate(t, 50), 5e-3);
  EXPECT_DOUBLE_EQ(scheduled_learning_rate(t, 100), 1e-2);
  EXPECT_NEAR(scheduled_learning_rate(t, 550), 5.5e-3, 1e-12);  // half way down
  EXPECT_DOUBLE_EQ(scheduled_learning_rate(t, 1000), 1e-3);
  EXPECT_DOUBLE_EQ(scheduled_learning_rate(t, 5000), 1e-3);
}

TEST(Schedule, NeverLeavesItsBoundsAndNeverRisesAfterTheWarmUp) {
  const auto t = train(7, 300);
  for (std::int64_t step = 1; step < 400; ++step) {
    const double rate = scheduled_learning_rate(t, step);
    EXPECT_GT(rate, 0);
    EXPECT_LE(rate, 1e-2);
    if (step > 7) {
      EXPECT_LE(rate, scheduled_learning_rate(t, step - 1));
      EXPECT_GE(rate, 1e-3);
    }
  }
}

TEST(Schedule, WithoutWarmUpStartsBelowThePeakAndARunShorterThanItsWarmUpOnlyRises) {
  EXPECT_LE(scheduled_learning_rate(train(0, 100), 1), 1e-2);
  EXPECT_GT(scheduled_learning_rate(train(0, 100), 1), 9.9e-3);
  EXPECT_DOUBLE_EQ(scheduled_learning_rate(train(100, 20), 20), 2e-3);
  EXPECT_DOUBLE_EQ(scheduled_learning_rate(train(100, 20), 100), 1e-2);
}

}  // namespace
}  // namespace variometer
