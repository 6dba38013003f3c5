// SPDX-License-Identifier: GPL-3.0-or-later
// What a run can go back to, and what keeps it waiting: states kept for undo, the way back of a run that failed, texts.
#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>

#include "core/train/live_run.h"
#include "core/train/replay.h"
#include "tests/train/run_reader.h"
#include "tests/train/small_run.h"

namespace variometer {
namespace {

namespace fs = std::filesystem;
using Kind = Command::Kind;

class WayBackTest : public ::testing::Test {
 protected:
  void SetUp() override {
    folder_ = fs::temp_directory_path() / ("variometer-way-back-" + std::to_string(::getpid()));
    fs::create_directories(folder_);
    options_.start_paused = true;
  }
  void TearDown() override { fs::remove_all(folder_); }

  static void make(variometer::Run& run, RunReader& reader, std::int64_t n) {
    run.post(command(Kind::step, n));
    reader.until([](const Snapshot& s) { return s.is_update; });
    reader.until([](const Snapshot& s) { return s.state == RunState::paused; });
  }
  static std::string error_of(RunReader& reader, std::int64_t ticket) {
    const auto s = reader.until_applied(ticket);
    for (const auto& applied : s->applied) {
      if (applied.command.ticket == ticket) return applied.error;
    }
    return "not applied";
  }
  static bool has_event(const RunReader& reader, const std::string& part) {
    return std::ranges::any_of(reader.seen(), [&](const SnapshotPtr& s) {
      return std::ranges::any_of(s->events, [&](const Event& e) { return e.detail.find(part) != std::string::npos; });
    });
  }

  fs::path folder_;
  LiveOptions options_;
};

TEST_F(WayBackTest, ASwitchThatIsRefusedLeavesNoStateBehind) {
  options_.checkpoint = folder_ / "checkpoints";
  options_.checkpoint_every = 100;
  fs::create_directories(options_.checkpoint);
  std::ofstream(options_.checkpoint / "switch-000004") << "in the way";
  const auto run = start_live_run(small_config(), options_);
  RunReader reader(*run);
  make(*run, reader, 3);
  run->post(set_command({{"dyt.enabled", "true"}}, 20));
  EXPECT_NE(error_of(reader, 20).find("switch-000004"), std::string::npos);
  run->post(command(Kind::restore, 4, 21));
  EXPECT_NE(error_of(reader, 21).find("no state is kept from before update 4"), std::string::npos);
}

TEST_F(WayBackTest, AStateThatDoesNotFitTheBudgetIsSaidAndNotKept) {
  options_.undo_budget = 1000;
  const auto run = start_live_run(small_config(), options_);
  RunReader reader(*run);
  make(*run, reader, 3);
  run->post(set_command({{"kv_bias.enabled", "true"}}, 20));
  EXPECT_EQ(error_of(reader, 20), "");
  EXPECT_TRUE(has_event(reader, "no state kept to undo this switch"));
  run->post(command(Kind::restore, 4, 21));
  EXPECT_NE(error_of(reader, 21).find("there are: none"), std::string::npos);
}

TEST_F(WayBackTest, WithoutACopyInMemoryTheCheckpointOfTheSwitchIsTaken) {
  std::vector<float> expected;
  {
    const auto run = start_live_run(small_config(), {});
    RunReader reader(*run);
    reader.until_state(RunState::finished);
    expected = reader.losses();
  }
  options_.undo_budget = 0;
  options_.checkpoint = folder_ / "checkpoints";
  options_.checkpoint_every = 100;
  const auto run = start_live_run(small_config(), options_);
  RunReader reader(*run);
  make(*run, reader, 5);
  run->post(set_command({{"dyt.enabled", "true"}}));
  make(*run, reader, 3);
  run->post(command(Kind::restore, 6, 20));
  EXPECT_EQ(error_of(reader, 20), "");
  run->post(command(Kind::run));
  reader.until_state(RunState::finished);
  EXPECT_EQ(reader.losses(), expected);
}

TEST_F(WayBackTest, ARunThatFailedGoesBackToASoundStateWithALowerRateInOneCommand) {
  RunConfig config = small_config();
  config.train.steps = 120;
  config.train.grad_clip = 0;
  options_.record = folder_ / "run.h5";
  {
    const auto run = start_live_run(config, options_);
    RunReader reader(*run);
    make(*run, reader, 60);
    run->post(set_command({{"train.learning_rate", "1e30"}, {"train.min_learning_rate", "1e30"}}));
    run->post(command(Kind::run));
    const auto failed = reader.until_failed();
    ASSERT_TRUE(failed->way_back);
    EXPECT_GE(failed->way_back->step, 0);  // how far on depends on the time that copies take
    EXPECT_LE(failed->way_back->step, failed->step);
    EXPECT_NEAR(failed->way_back->learning_rate, 3.3e29, 1e28);
    Command back = command(Kind::restore, failed->way_back->step + 1, 20);
    back.assignments = {{"train.learning_rate", "0.003"}, {"train.min_learning_rate", "0.001"}};
    run->post(back);
    EXPECT_EQ(error_of(reader, 20), "");
    EXPECT_EQ(reader.seen().back()->state, RunState::paused);
    EXPECT_EQ(reader.seen().back()->step, failed->way_back->step);
    run->post(command(Kind::run));
    reader.until_state(RunState::finished);
    EXPECT_NEAR(reader.seen().back()->mitigations.tvr.target_std, 0.01, 1e-9);
    EXPECT_EQ(reader.losses().size(), 120U);
  }
  EXPECT_TRUE(replay(options_.record).equal());
}

TEST_F(WayBackTest, AWayBackThatFailsAgainIsStillThere) {
  RunConfig config = small_config();
  config.train.grad_clip = 0;
  const auto run = start_live_run(config, options_);
  RunReader reader(*run);
  for (int i = 0; i < 2; ++i) {
    run->post(set_command({{"train.learning_rate", "1e30"}, {"train.warmup_steps", "0"}}));
    run->post(command(Kind::run));
    const auto failed = reader.until_failed();
    ASSERT_TRUE(failed->way_back);
    EXPECT_EQ(failed->way_back->step, 0);
    run->post(command(Kind::restore, 1, 20 + i));
    EXPECT_EQ(error_of(reader, 20 + i), "");
  }
}

TEST_F(WayBackTest, ALongTextTellsHowFarItIsAndCanBeCancelled) {
  RunConfig config = small_config();
  config.train.sample_tokens = 10'000'000;
  const auto run = start_live_run(config, options_);
  RunReader reader(*run);
  make(*run, reader, 2);
  run->post(command(Kind::sample, 1, 20));
  const auto telling = reader.until([](const Snapshot& s) { return s.sampling.has_value(); });
  EXPECT_GT(telling->sampling->n_token, 0);
  EXPECT_EQ(telling->sampling->n_most, 10'000'000);
  EXPECT_EQ(telling->step, 2);
  EXPECT_FALSE(telling->is_update);
  run->post(set_command({{"train.sample_tokens", "5"}}, 21));  // comes after the text
  run->post(command(Kind::cancel, 1, 22));
  EXPECT_NE(error_of(reader, 20).find("cancelled"), std::string::npos);
  EXPECT_EQ(error_of(reader, 21), "");
  run->post(command(Kind::cancel, 1, 23));
  EXPECT_NE(error_of(reader, 23).find("nothing is being drawn"), std::string::npos);
  run->post(command(Kind::sample, 1, 24));
  const auto sampled = reader.until([](const Snapshot& s) { return s.sample.has_value(); });
  EXPECT_FALSE(sampled->sampling);
  run->post(command(Kind::run));
  reader.until_state(RunState::finished);
  EXPECT_EQ(reader.losses().size(), 20U);
}

TEST_F(WayBackTest, ATextThatWasDueIsCancelledAndTrainingGoesOnAndStopDoesNotWait) {
  RunConfig config = small_config();
  config.train.sample_tokens = 10'000'000;
  config.train.sample_every = 5;
  const auto run = start_live_run(config, {});
  RunReader reader(*run);
  const auto telling = reader.until([](const Snapshot& s) { return s.sampling.has_value(); });
  EXPECT_LE(telling->step, 5);
  run->post(command(Kind::cancel));
  reader.until([](const Snapshot& s) { return s.is_update && s.step == 6; });
  reader.until([](const Snapshot& s) { return s.sampling.has_value(); });
  run->post(command(Kind::stop));
  EXPECT_EQ(reader.until_state(RunState::stopped)->step, 10);
}

TEST_F(WayBackTest, ASampleSaysWhatWasSwitchedOnAndAPromptCanBeChanged) {
  const auto run = start_live_run(small_config(), options_);
  RunReader reader(*run);
  make(*run, reader, 2);
  run->post(set_command({{"tvr.enabled", "true"}, {"train.sample_prompt", "Winter"}}));
  run->post(command(Kind::sample, 1, 20));
  const auto s = reader.until([](const Snapshot& each) { return each.sample.has_value(); });
  EXPECT_TRUE(s->sample->mitigations.tvr.enabled);
  EXPECT_EQ(s->sample->prompt, "Winter");
}

}  // namespace
}  // namespace variometer
