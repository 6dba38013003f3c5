// SPDX-License-Identifier: GPL-3.0-or-later
#include <gtest/gtest.h>

#include "core/probe/probe.h"

namespace variometer {
namespace {

/// A run of steps of 10 ms that measures every 10 x thinning steps at `cost` seconds each.
void run(ObserverBudget& budget, std::int64_t& step, std::int64_t n_step, double cost) {
  for (const std::int64_t end = step + n_step; step < end; ++step) {
    const double observe = is_due(step, 10 * budget.thinning(), false) ? cost : 0;
    budget.add_step(0.010 + observe, observe);
  }
}

TEST(IsDue, FollowsTheScheduleAndIsDenseAtTheStart) {
  std::vector<std::int64_t> due;
  for (std::int64_t step = 0; step < 31; ++step) {
    if (is_due(step, 10, true)) due.push_back(step);
  }
  EXPECT_EQ(due, (std::vector<std::int64_t>{0, 1, 2, 4, 8, 10, 20, 30}));
  EXPECT_FALSE(is_due(4, 10, false));
  EXPECT_TRUE(is_due(0, 10, false));
  EXPECT_TRUE(is_due(7, 1, false));
  EXPECT_FALSE(is_due(7, 0, true)) << "0: never";
  EXPECT_FALSE(is_due(16, 10, true)) << "dense only below `every`";
}

TEST(ObserverBudget, ReportsTheShareOfWallTime) {
  ObserverBudget budget(0.05);
  for (int i = 0; i < 400; ++i) budget.add_step(0.010, i % 10 == 0 ? 0.002 : 0.0);
  EXPECT_NEAR(budget.fraction(), 0.02, 0.002);
  EXPECT_EQ(budget.thinning(), 1);
}

TEST(ObserverBudget, ThinsUntilItIsWithinTheBudgetAndRelaxesAgain) {
  ObserverBudget budget(0.05);
  std::int64_t step = 0;
  run(budget, step, 2000, 0.020);  // 2 ms a step at every 10: 17 %
  EXPECT_EQ(budget.thinning(), 4);
  EXPECT_LE(budget.fraction(), 0.05);
  run(budget, step, 4000, 0.001);  // observing became cheap
  EXPECT_EQ(budget.thinning(), 1);
}

TEST(ObserverBudget, DoesNotSwingBetweenTwoSchedules) {
  ObserverBudget budget(0.05);
  std::int64_t step = 0;
  run(budget, step, 1000, 0.008);  // 7.4 % at every 10, 3.8 % at every 20
  EXPECT_EQ(budget.thinning(), 2);
  int changes = 0;
  for (int i = 0; i < 50; ++i) {
    const auto before = budget.thinning();
    run(budget, step, 100, 0.008);
    changes += budget.thinning() != before;
  }
  EXPECT_EQ(changes, 0);
}

TEST(ObserverBudget, ForgivesACostlyFirstStep) {
  ObserverBudget budget(0.05);
  budget.add_step(2.0, 1.9);
  for (int i = 1; i < 300; ++i) budget.add_step(0.010, i % 10 == 0 ? 0.001 : 0.0);
  EXPECT_EQ(budget.thinning(), 1);
}

}  // namespace
}  // namespace variometer
