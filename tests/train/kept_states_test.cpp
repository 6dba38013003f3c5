// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/train/kept_states.h"

#include <ATen/Parallel.h>
#include <gtest/gtest.h>

#include "tests/train/small_run.h"

namespace variometer {
namespace {

using Why = KeptStates::Why;

class KeptStatesTest : public ::testing::Test {
 protected:
  KeptStatesTest()
      : config_(resolved(small_config())),
        trainer_(config_, load_corpus(config_.data, config_.model.block_size), at::kCPU),
        each_(trainer_.state_bytes()) {
    at::set_num_threads(1);
  }

  bool keep(KeptStates& states, Why why, std::size_t n_command = 0) {
    auto kept = states.copy(trainer_, n_command, why, /*sound=*/true);
    if (kept) states.add(std::move(*kept));
    return states.why_not().empty();
  }

  RunConfig config_;
  Trainer trainer_;
  std::uint64_t each_;
};

TEST_F(KeptStatesTest, NeverTakeMoreThanTheirBudgetAndTheOldestGoFirst) {
  KeptStates states(3 * each_ + each_ / 2);
  for (int i = 0; i < 5; ++i) {
    EXPECT_TRUE(keep(states, Why::before_switch)) << states.why_not();
    EXPECT_LE(states.bytes(), 3 * each_ + each_ / 2);
    trainer_.update({});
  }
  EXPECT_EQ(states.bytes(), 3 * each_);
  EXPECT_EQ(states.steps(), "3, 4, 5");
}

TEST_F(KeptStatesTest, SoundStatesGiveWayToThoseBeforeSwitchesAndNotTheOtherWayRound) {
  KeptStates states(2 * each_);
  EXPECT_TRUE(keep(states, Why::sound));  // before update 1
  trainer_.update({});
  EXPECT_TRUE(keep(states, Why::before_switch));  // before 2
  trainer_.update({});
  EXPECT_EQ(states.newest_sound(), 2);            // the loss was sound before that switch too
  EXPECT_TRUE(keep(states, Why::before_switch));  // before 3
  EXPECT_EQ(states.steps(), "2, 3");
  EXPECT_FALSE(keep(states, Why::sound));
  EXPECT_NE(states.why_not().find("before switches"), std::string::npos);
}

TEST_F(KeptStatesTest, WhatDoesNotFitIsNotKeptAndSaysWhyAndABudgetOfNothingIsQuiet) {
  KeptStates small(each_ - 1), none(0);
  EXPECT_FALSE(keep(small, Why::before_switch));
  EXPECT_NE(small.why_not().find("set aside for undo"), std::string::npos) << small.why_not();
  EXPECT_EQ(small.steps(), "none");
  EXPECT_TRUE(keep(none, Why::before_switch));
  EXPECT_EQ(none.steps(), "none");
}

TEST_F(KeptStatesTest, TakingASwitchesStateForgetsItAndWhatCameLaterASoundOneStays) {
  KeptStates states(1'000'000'000);
  keep(states, Why::sound);  // 1
  trainer_.update({});
  keep(states, Why::before_switch, 7);  // 2
  trainer_.update({});
  keep(states, Why::before_switch);  // 3
  auto found = states.take(2);
  ASSERT_TRUE(found && found->state);
  EXPECT_EQ(found->n_command, 7U);
  EXPECT_EQ(found->state->checkpoint.step, 1);
  EXPECT_EQ(states.steps(), "1");
  EXPECT_FALSE(states.take(3));
  EXPECT_TRUE(states.take(1));
  EXPECT_TRUE(states.take(1));
}

}  // namespace
}  // namespace variometer
