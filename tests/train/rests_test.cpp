// SPDX-License-Identifier: GPL-3.0-or-later
// A run that rests: at its last update, or told to stop, it pauses with everything alive.
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>

#include "core/base/error.h"
#include "core/record/recorded_run.h"
#include "core/train/fork.h"
#include "core/train/live_run.h"
#include "core/train/replay.h"
#include "tests/temporary_folder.h"
#include "tests/train/run_reader.h"
#include "tests/train/small_run.h"

namespace variometer {
namespace {

namespace fs = std::filesystem;
using Kind = Command::Kind;

LiveOptions resting() {
  LiveOptions options;
  options.rests = true;
  return options;
}

/// Paused with `n` updates behind it.
RunReader::Condition at_rest(std::int64_t n) {
  return [n](const Snapshot& s) { return s.state == RunState::paused && s.step == n; };
}

std::vector<std::string> names_in(const fs::path& folder) {
  std::vector<std::string> names;
  for (const auto& entry : fs::directory_iterator(folder)) names.push_back(entry.path().filename().string());
  std::sort(names.begin(), names.end());
  return names;
}

RunState last_state(const fs::path& record) {
  const auto run = open_record(record);
  RunState state = RunState::initialising;
  for (auto batch = run->drain(); !batch.empty(); batch = run->drain()) state = batch.back()->state;
  return state;
}

std::vector<float> losses_to(std::int64_t n_step) {
  RunConfig config = small_config();
  config.train.lr_decay_steps = config.train.steps;
  config.train.steps = n_step;
  const auto run = start_live_run(config, {});
  RunReader reader(*run);
  reader.until_state(RunState::finished);
  return reader.losses();
}

TEST(RestingRun, AtItsLastUpdateIsPausedAndSamplesMeasuresSwitchesAndUndoes) {
  const auto run = start_live_run(small_config(), resting());
  RunReader reader(*run);
  reader.until(at_rest(20));
  run->post(command(Kind::sample, 1, 1));
  EXPECT_TRUE(reader.until_applied(1)->sample);
  Command preview = set_command({{"tvr.enabled", "true"}}, 2);
  preview.kind = Kind::preview;
  run->post(preview);
  EXPECT_TRUE(reader.until_applied(2)->preview);
  run->post(set_command({{"dyt.enabled", "true"}}, 3));
  EXPECT_TRUE(reader.until_applied(3)->mitigations.dyt.enabled);
  run->post(command(Kind::restore, 21, 4));
  const auto undone = reader.until_applied(4);
  EXPECT_TRUE(undone->applied.back().error.empty()) << undone->applied.back().error;
  EXPECT_FALSE(undone->mitigations.dyt.enabled);
  EXPECT_EQ(undone->state, RunState::paused);
}

TEST(RestingRun, GoesOnWithMoreUpdatesAsIfItHadNeverRested) {
  const auto run = start_live_run(small_config(), resting());
  RunReader reader(*run);
  reader.until(at_rest(20));
  run->post(command(Kind::run, 1, 1));
  EXPECT_NE(reader.until_applied(1)->applied.back().error.find("train.steps"), std::string::npos);
  run->post(set_command({{"train.steps", "30"}}));
  run->post(command(Kind::run));
  reader.until(at_rest(30));
  EXPECT_EQ(reader.losses(), losses_to(30));
}

/// It does not end by itself before it is stopped.
RunConfig long_config() {
  RunConfig config = small_config();
  config.train.lr_decay_steps = config.train.steps;
  config.train.steps = 1'000'000;
  return config;
}

TEST(RestingRun, StopRestsAtTheStepInHandAndRunGoesOn) {
  const auto run = start_live_run(long_config(), resting());
  RunReader reader(*run);
  reader.until([](const Snapshot& s) { return s.step >= 3; });
  run->post(command(Kind::stop));
  const std::int64_t stopped = reader.until_state(RunState::paused)->step;
  run->post(command(Kind::step, 5));
  reader.until(at_rest(stopped + 5));
  EXPECT_EQ(reader.losses(), losses_to(stopped + 5));
}

TEST(RestingRun, SavesItsWeightsWhereItRestsAndAgainOnlyWhenSomethingChanged) {
  const test::TemporaryFolder folder;
  LiveOptions options = resting();
  options.record = folder / "run.h5";
  options.checkpoint = folder / "weights";
  options.checkpoint_every = 8;
  options.checkpoint_keep = 2;
  options.checkpoint_switches = false;
  auto run = start_live_run(small_config(), options);
  RunReader reader(*run);
  const auto rest = reader.until(at_rest(20));
  EXPECT_EQ(std::ranges::count(rest->events, "checkpoint", &Event::kind), 1);
  EXPECT_EQ(names_in(folder / "weights"), (std::vector<std::string>{"step-000016", "step-000020"}));
  run->post(command(Kind::stop, 1, 1));
  EXPECT_EQ(std::ranges::count(reader.until_applied(1)->events, "checkpoint", &Event::kind), 0) << "it is saved";
  run->post(set_command({{"tvr.enabled", "true"}}, 2));
  reader.until_applied(2);
  run.reset();
  EXPECT_EQ(names_in(folder / "weights"), (std::vector<std::string>{"step-000016", "step-000020"}));
  EXPECT_TRUE(resume_config(folder / "weights").mitigations.tvr.enabled) << "saved again on closing";
}

TEST(RestingRun, ClosesItsRecordAsFinishedAndTheRecordIsReplayedAndForkedAtAndBeyondTheEnd) {
  const test::TemporaryFolder folder;
  LiveOptions options = resting();
  options.record = folder / "run.h5";
  options.checkpoint = folder / "weights";
  auto run = start_live_run(small_config(), options);
  std::vector<float> losses;
  {
    RunReader reader(*run);
    reader.until(at_rest(20));
    run->post(set_command({{"train.steps", "24"}}));
    run->post(command(Kind::run));
    reader.until(at_rest(24));
    losses = reader.losses();
  }
  run.reset();
  EXPECT_EQ(last_state(options.record), RunState::finished);
  const ReplayResult again = replay(options.record, {});
  EXPECT_EQ(again.n_compared, 24);
  EXPECT_EQ(again.first_difference, 0);

  for (const std::int64_t at : {25, 28}) {
    ForkPlan plan =
        plan_fork({.record = options.record, .step = at, .change = {{"tvr.enabled", "true"}}, .n_step = 30});
    EXPECT_EQ(plan.first_step, 24) << "from the weights saved at the end";
    const auto fork = start_live_run(plan.config, plan.live);
    RunReader reader(*fork);
    reader.until_state(RunState::finished);
    for (const auto& s : reader.seen()) EXPECT_EQ(s->mitigations.tvr.enabled, s->step >= at) << s->step;
    EXPECT_EQ(reader.losses().size(), 30U);
  }
  EXPECT_THROW(plan_fork({.record = options.record, .step = 28, .change = {}, .n_step = {}}), Error);
}

TEST(RestingRun, StoppedBeforeItsEndIsRecordedAsStopped) {
  const test::TemporaryFolder folder;
  LiveOptions options = resting();
  options.record = folder / "run.h5";
  auto run = start_live_run(long_config(), options);
  {
    RunReader reader(*run);
    reader.until([](const Snapshot& s) { return s.step >= 2; });
    run->post(command(Kind::stop));
    reader.until_state(RunState::paused);
  }
  run.reset();
  EXPECT_EQ(last_state(options.record), RunState::stopped);
}

TEST(RestingRun, WhatCouldNotBeSavedIsSaidAndTheRunLives) {
  const test::TemporaryFolder folder;
  LiveOptions options = resting();
  options.checkpoint = folder / "weights";
  const auto run = start_live_run(long_config(), options);
  RunReader reader(*run);
  reader.until([](const Snapshot& s) { return s.step >= 2; });
  fs::remove_all(folder.path());
  std::ofstream(folder.path()) << "a file where the folder was";
  run->post(command(Kind::stop));
  const auto stopped = reader.until_state(RunState::paused);
  EXPECT_NE(stopped->message.find("could not be saved"), std::string::npos) << stopped->message;
  run->post(command(Kind::sample, 1, 1));
  EXPECT_TRUE(reader.until_applied(1)->sample);
}

}  // namespace
}  // namespace variometer
