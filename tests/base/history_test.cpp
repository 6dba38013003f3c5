// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/base/history.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <random>

namespace variometer {
namespace {

SnapshotPtr at(std::int64_t step, float loss) {
  auto snapshot = std::make_shared<Snapshot>();
  snapshot->step = step;
  snapshot->loss = loss;
  snapshot->probe = std::make_shared<ActivationSnapshot>();
  return snapshot;
}

TEST(RunHistory, AppendsInOrder) {
  RunHistory history;
  for (int i = 1; i <= 4; ++i) history.append(at(i, 1.0F / static_cast<float>(i)));
  EXPECT_EQ(history.scalars().step, (std::vector<double>{1, 2, 3, 4}));
  EXPECT_EQ(history.probe().size(), 4U);
  EXPECT_EQ(history.probe_at(100)->step, 4);
  EXPECT_EQ(history.probe_at(0), nullptr);
}

TEST(RunHistory, RewindsWhenAnUndoGoesBack) {
  RunHistory history;
  for (int i = 1; i <= 4; ++i) history.append(at(i, 1));
  history.append(at(2, 7));
  EXPECT_EQ(history.scalars().step, (std::vector<double>{1, 2}));
  EXPECT_EQ(history.scalars().loss.back(), 7);
  EXPECT_EQ(history.probe().size(), 2U);
}

TEST(RunHistory, TellsViewsToBeginAgainWhenPointsWereDropped) {
  RunHistory history;
  for (int i = 1; i <= 4; ++i) history.append(at(i, 1));
  const auto rewinds = history.rewinds();
  history.append(at(5, 1));
  EXPECT_EQ(history.rewinds(), rewinds);
  history.append(at(3, 1));
  EXPECT_GT(history.rewinds(), rewinds);
  const auto revision = history.revision();
  const auto after_undo = history.rewinds();
  history.clear();
  EXPECT_GT(history.revision(), revision);
  EXPECT_GT(history.rewinds(), after_undo);
}

TEST(RunHistory, RemembersWhereSnapshotsAreMissing) {
  RunHistory history;
  history.append(at(1, 1));
  history.note_dropped(3);
  history.note_dropped(3);
  ASSERT_EQ(history.gaps().size(), 1U);
  EXPECT_EQ(history.gaps()[0].after_step, 1);
  EXPECT_EQ(history.gaps()[0].n_snapshot, 3);
}

SnapshotPtr measured(std::int64_t step, float value) {
  auto snapshot = std::make_shared<Snapshot>();
  snapshot->step = step;
  snapshot->loss = value;
  auto weights = std::make_shared<WeightSnapshot>();
  weights->tensors.resize(3);
  for (auto& stat : weights->tensors) stat.std = stat.abs_max = value;
  snapshot->weights = weights;
  auto probe = std::make_shared<ActivationSnapshot>();
  probe->layers.resize(2);
  for (auto& layer : probe->layers) {
    layer.median = value;
    layer.top = {{.value = -10 * std::fabs(value), .token = static_cast<std::int32_t>(step % 7)}};
    layer.channel_max.assign(64, value);
  }
  snapshot->probe = probe;
  return snapshot;
}

struct LongRun {
  RunHistory history;
  std::vector<float> values{0};  // of step i
  void go_on_to(std::int64_t last) {
    while (static_cast<std::int64_t>(values.size()) <= last) {
      values.push_back(std::uniform_real_distribution<float>(-1, 1)(random));
      history.append(measured(static_cast<std::int64_t>(values.size()) - 1, values.back()));
    }
  }
  std::mt19937 random{7};
};

TEST(RunHistory, HoldsItsBudgetHoweverLongTheRunIs) {
  LongRun run;
  run.history.set_budget({.bytes = 400'000, .n_row = 500, .n_scalar = 700});
  for (const std::int64_t last : {200, 5'000, 60'000}) {
    run.go_on_to(last);
    EXPECT_LE(run.history.bytes(), 400'000);
    EXPECT_LE(run.history.weights().size(), 500U);
    EXPECT_LE(run.history.scalars().step.size(), 700U);
    EXPECT_GE(run.history.weights().size(), 100U) << "more was left out than needed";
    EXPECT_EQ(run.history.weight_points().n_measured(), last);
    EXPECT_EQ(run.history.grouped_before() > 0, last > 200);
  }
  // The whole run is covered, from its first step on, in groups of about one size.
  const auto& points = run.history.weight_points();
  EXPECT_EQ(points.point(0).step, 1);
  std::int64_t widest = 0;
  for (std::size_t i = 1; i < points.n_point(); ++i)
    widest = std::max(widest, points.point(i).step - points.point(i - 1).step);
  EXPECT_LE(widest, 2 * run.history.group_size());
}

TEST(RunHistory, GroupsKeepEveryExtremeForLinesAndRealMeasurementsForLookups) {
  LongRun run;
  run.history.set_budget({.bytes = 400'000, .n_row = 500, .n_scalar = 700});
  run.go_on_to(20'000);
  const auto [low, high] = std::minmax_element(run.values.begin() + 1, run.values.end());
  float lowest = 9, highest = -9, lowest_median = 9, largest_top = 0;
  const auto& points = run.history.weight_points();
  for (std::size_t i = 0; i < points.n_point(); ++i) {
    lowest = std::min(lowest, points.point(i).weights->tensors[1].std);
    highest = std::max(highest, points.point(i).weights->tensors[1].std);
    EXPECT_LE(points.point(i == 0 ? 0 : i - 1).step, points.point(i).step);
  }
  EXPECT_EQ(lowest, *low);
  EXPECT_EQ(highest, *high);
  const auto& probe = run.history.probe_points();
  for (std::size_t i = 0; i < probe.n_point(); ++i) {
    lowest_median = std::min(lowest_median, probe.point(i).activation->layers[0].median);
    largest_top = std::max(largest_top, std::fabs(probe.point(i).activation->layers[0].top[0].value));
  }
  EXPECT_EQ(lowest_median, *low);
  EXPECT_FLOAT_EQ(largest_top, 10 * std::max(std::fabs(*low), std::fabs(*high)));
  const auto& groups = run.history.scalar_groups();
  ASSERT_GT(groups.loss.size(), 2U);
  for (std::size_t g = 0; g < groups.loss.size(); g += 2) {
    const auto begin = run.values.begin() + static_cast<std::ptrdiff_t>(groups.step[g]);
    const auto end = run.values.begin() + static_cast<std::ptrdiff_t>(groups.step[g + 1]) + 1;
    EXPECT_EQ(groups.loss[g], *std::min_element(begin, end));
    EXPECT_EQ(groups.loss[g + 1], *std::max_element(begin, end));
    const double mean = std::accumulate(begin, end, 0.0) / static_cast<double>(end - begin);
    EXPECT_NEAR(run.history.scalar_group_means().loss[g / 2], mean, 1e-6);
  }
  // What a lookup or a table shows was measured at the step it names.
  for (const std::int64_t step : {1, 777, 5'000, 12'345, 20'000}) {
    const auto* row = run.history.weights_at(step);
    if (row == nullptr) continue;
    EXPECT_LE(row->step, step);
    EXPECT_EQ(row->weights->tensors[0].std, run.values[static_cast<std::size_t>(row->step)]);
    EXPECT_EQ(run.history.probe_at(step)->activation->layers[0].channel_max.size(), 64U);
  }
  for (std::size_t i = 0; i < run.history.scalars().step.size(); ++i)
    EXPECT_EQ(run.history.scalars().loss[i], run.values[static_cast<std::size_t>(run.history.scalars().step[i])]);
}

TEST(RunHistory, AnUndoIntoGroupsLeavesNothingOfWhatWasUndone) {
  LongRun run;
  run.history.set_budget({.bytes = 400'000, .n_row = 500, .n_scalar = 700});
  run.go_on_to(20'000);
  const auto rewinds = run.history.rewinds();
  run.history.append(measured(3'001, 0.5F));
  EXPECT_GT(run.history.rewinds(), rewinds);
  const auto& points = run.history.weight_points();
  EXPECT_EQ(points.point(points.n_point() - 1).step, 3'001);
  for (std::size_t i = 0; i + 1 < points.n_point(); ++i) EXPECT_LE(points.point(i).step, 3'000);
  EXPECT_EQ(run.history.scalars().step.back(), 3'001);
  EXPECT_LE(run.history.scalar_groups().step.back(), 3'000);
  EXPECT_EQ(run.history.scalar_groups().step.size(), 2 * run.history.scalar_group_means().step.size());
  std::int64_t bytes = 0;
  for (const auto& row : run.history.weights()) bytes += static_cast<std::int64_t>(row.weights->tensors.size());
  EXPECT_GT(bytes, 0);
  run.values.resize(3'002);
  run.go_on_to(30'000);
  EXPECT_LE(run.history.bytes(), 400'000);
}

TEST(RunHistory, WithoutABudgetKeepsEveryMeasurement) {
  LongRun run;
  run.go_on_to(3'000);
  EXPECT_EQ(run.history.weights().size(), 3'000U);
  EXPECT_EQ(run.history.grouped_before(), 0);
  EXPECT_EQ(run.history.weight_points().n_point(), 3'000U);
}

}  // namespace
}  // namespace variometer
