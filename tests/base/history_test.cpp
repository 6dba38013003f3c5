// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/base/history.h"

#include <gtest/gtest.h>

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

}  // namespace
}  // namespace variometer
