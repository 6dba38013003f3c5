// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/train/fork.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "core/base/error.h"
#include "core/train/recorded_course.h"
#include "core/train/replay.h"
#include "tests/train/run_reader.h"
#include "tests/train/small_run.h"

namespace variometer {
namespace {

namespace fs = std::filesystem;
using Kind = Command::Kind;

/// A recorded run of 20 updates: TVR on before 4, KV bias before 9, the learning rate changed before 15, checkpoints
/// every 5.
class Fork : public ::testing::Test {
 protected:
  void SetUp() override {
    folder_ = fs::temp_directory_path() / ("variometer-fork-" + std::to_string(::getpid()));
    fs::create_directories(folder_);
    record_ = folder_ / "run.h5";
  }
  void TearDown() override { fs::remove_all(folder_); }

  static std::vector<TimedCommand> switches() {
    return {{4, set_command({{"tvr.enabled", "true"}, {"tvr.target_std", "0.015"}})},
            {9, set_command({{"kv_bias.enabled", "true"}, {"kv_bias.warmup_steps", "4"}})},
            {15, set_command({{"train.learning_rate", "0.005"}, {"tvr.enabled", "false"}})}};
  }

  std::vector<float> record_run(bool checkpoints) {
    LiveOptions options;
    options.record = record_;
    options.timed = switches();
    if (checkpoints) {
      options.checkpoint = folder_ / "checkpoints";
      options.checkpoint_every = 5;
      options.checkpoint_keep = 10;
    }
    return losses_of(small_config(), options);
  }

  static std::vector<float> losses_of(const RunConfig& config, const LiveOptions& options) {
    const auto run = start_live_run(config, options);
    RunReader reader(*run);
    reader.until_state(RunState::finished);
    return reader.losses();
  }

  static std::vector<float> from(const std::vector<float>& losses, std::size_t first) {
    return {losses.begin() + static_cast<std::ptrdiff_t>(first), losses.end()};
  }

  fs::path folder_, record_;
};

TEST_F(Fork, WithNothingChangedEqualsTheOriginalBitForBitFromACheckpoint) {
  const auto original = record_run(/*checkpoints=*/true);
  ForkPlan plan = plan_fork({.record = record_, .step = 13, .change = {}, .n_step = {}});
  EXPECT_EQ(plan.first_step, 10);
  EXPECT_EQ(plan.checkpoint.filename(), "step-000010");
  EXPECT_EQ(plan.losses.size(), 2U);  // updates 11 and 12 are run again
  plan.live.record = folder_ / "fork.h5";
  const auto forked = losses_of(plan.config, plan.live);
  ASSERT_EQ(forked.size(), 20U);
  EXPECT_EQ(from(forked, 10), from(original, 10));
}

TEST_F(Fork, WithoutACheckpointStartsAtTheBeginning) {
  const auto original = record_run(/*checkpoints=*/false);
  ForkPlan plan = plan_fork({.record = record_, .step = 13, .change = {}, .n_step = {}});
  EXPECT_TRUE(plan.checkpoint.empty());
  EXPECT_EQ(plan.first_step, 0);
  EXPECT_EQ(plan.losses.size(), 12U);
  EXPECT_EQ(losses_of(plan.config, plan.live), original);
}

TEST_F(Fork, DiffersFromTheUpdateOfTheChangeOnAndEqualsTheSameRunMadeFromTheStart) {
  const auto original = record_run(/*checkpoints=*/true);
  const ForkPlan plan = plan_fork({.record = record_, .step = 8, .change = {{"dyt.enabled", "true"}}, .n_step = {}});
  EXPECT_EQ(plan.checkpoint.filename(), "step-000005");
  const auto forked = losses_of(plan.config, plan.live);
  EXPECT_EQ((std::vector<float>{forked[5], forked[6]}), (std::vector<float>{original[5], original[6]}));
  EXPECT_NE(forked[7], original[7]);
  LiveOptions whole;
  whole.timed = switches();
  whole.timed.insert(whole.timed.begin() + 1, {8, set_command({{"dyt.enabled", "true"}})});
  EXPECT_EQ(from(forked, 5), from(losses_of(small_config(), whole), 5));
}

TEST_F(Fork, KeepsLaterSwitchesButNotWhatTheySayAboutTheChangedKeys) {
  record_run(/*checkpoints=*/true);
  const ForkPlan plan = plan_fork({.record = record_, .step = 10, .change = {{"tvr.enabled", "true"}}, .n_step = {}});
  ASSERT_EQ(plan.kept.size(), 1U);
  EXPECT_EQ(plan.kept[0].command.assignments, (std::vector<Assignment>{{"train.learning_rate", "0.005"}}));
  ASSERT_EQ(plan.left_out.size(), 1U);
  EXPECT_EQ(plan.left_out[0].step, 15);
  EXPECT_EQ(plan.left_out[0].command.assignments, (std::vector<Assignment>{{"tvr.enabled", "false"}}));
}

TEST_F(Fork, PassesOverACheckpointThatIsGoneDamagedOrAnothersRuns) {
  record_run(/*checkpoints=*/true);
  const auto nearest = [&] {
    return plan_fork({.record = record_, .step = 19, .change = {}, .n_step = {}}).first_step;
  };
  const auto checkpoint = [&](const char* name) { return folder_ / "checkpoints" / name; };
  EXPECT_EQ(nearest(), 15);
  fs::remove_all(checkpoint("step-000015"));
  EXPECT_EQ(nearest(), 14);  // the one taken before the switch
  fs::remove_all(checkpoint("switch-000015"));
  EXPECT_EQ(nearest(), 10);
  std::ofstream(checkpoint("step-000010") / "variometer/state.json") << "{";
  EXPECT_EQ(nearest(), 8);
  for (const char* name : {"switch-000009", "switch-000004"}) fs::remove_all(checkpoint(name));
  EXPECT_EQ(nearest(), 5);
  RunConfig other = small_config();
  other.train.seed = 77;
  other.train.steps = 5;
  LiveOptions options;
  options.checkpoint = folder_ / "checkpoints";
  options.checkpoint_every = 5;
  options.checkpoint_keep = 10;
  losses_of(other, options);
  EXPECT_EQ(nearest(), 0);
}

TEST_F(Fork, OfAForkAndItsReplayWorkToo) {
  const auto original = record_run(/*checkpoints=*/true);
  ForkPlan first = plan_fork({.record = record_, .step = 13, .change = {}, .n_step = {}});
  first.live.record = folder_ / "fork.h5";
  losses_of(first.config, first.live);
  const ReplayResult replayed = replay(first.live.record);
  EXPECT_EQ(replayed.n_step, 10);
  EXPECT_TRUE(replayed.equal()) << "first difference at " << replayed.first_difference;
  const ForkPlan second = plan_fork({.record = first.live.record, .step = 18, .change = {}, .n_step = {}});
  EXPECT_EQ(second.first_step, 10);
  EXPECT_EQ(from(losses_of(second.config, second.live), 10), from(original, 10));
  EXPECT_THROW(plan_fork({.record = first.live.record, .step = 7, .change = {}, .n_step = {}}), Error);
}

TEST_F(Fork, ForgetsWhatWasUndone) {
  LiveOptions options;
  options.record = record_;
  options.checkpoint = folder_ / "checkpoints";
  options.checkpoint_every = 3;
  options.checkpoint_keep = 10;
  options.start_paused = true;
  std::vector<float> original;
  {
    const auto run = start_live_run(small_config(), options);
    RunReader reader(*run);
    run->post(command(Kind::step, 4));
    reader.until([](const Snapshot& s) { return s.step == 4 && s.state == RunState::paused; });
    run->post(set_command({{"dyt.enabled", "true"}}));  // before update 5
    run->post(command(Kind::step, 3));
    reader.until([](const Snapshot& s) { return s.step == 7 && s.state == RunState::paused; });
    run->post(command(Kind::restore, 5));
    run->post(command(Kind::step, 1));
    reader.until([](const Snapshot& s) { return s.step == 5 && s.state == RunState::paused; });
    run->post(command(Kind::stop));
    reader.until_state(RunState::stopped);
    original = reader.losses();
  }
  const RecordedCourse course = read_course(record_);
  EXPECT_TRUE(course.commands.empty());
  for (const auto& checkpoint : course.checkpoints) EXPECT_NE(checkpoint.step, 6);  // of the branch that was undone
  const ForkPlan plan = plan_fork({.record = record_, .step = 6, .change = {}, .n_step = {}});
  EXPECT_EQ(plan.first_step, 5);
  EXPECT_EQ(plan.config.train.steps, 20);
}

TEST_F(Fork, RefusesWhatCannotBe) {
  record_run(/*checkpoints=*/false);
  const auto refused = [&](ForkRequest request, const std::string& part) {
    request.record = record_;
    try {
      plan_fork(request);
      ADD_FAILURE() << "not refused: " << part;
    } catch (const Error& error) {
      EXPECT_EQ(error.exit_status(), 2);
      EXPECT_NE(std::string(error.what()).find(part), std::string::npos) << error.what();
    }
  };
  refused({.record = {}, .step = 22, .change = {}, .n_step = {}}, "1 to 20");
  refused({.record = {}, .step = 5, .change = {{"model.n_layer", "3"}}, .n_step = {}}, "model.n_layer");
  refused({.record = {}, .step = 5, .change = {{"tvr.enable", "true"}}, .n_step = {}}, "tvr.enabled?");
  refused({.record = {}, .step = 21, .change = {}, .n_step = {}}, "raise --steps");
  EXPECT_EQ(plan_fork({.record = record_, .step = 21, .change = {}, .n_step = 30}).config.train.steps, 30);
}

}  // namespace
}  // namespace variometer
