// SPDX-License-Identifier: GPL-3.0-or-later
#include <gtest/gtest.h>
#include <unistd.h>

#include <atomic>
#include <filesystem>
#include <fstream>
#include <new>
#include <stdexcept>

#include "core/base/error.h"
#include "core/record/recorded_run.h"
#include "core/train/replay.h"
#include "core/train/start_run.h"
#include "tests/temporary_folder.h"
#include "tests/train/run_reader.h"
#include "tests/train/small_run.h"

namespace variometer {
namespace {

using Kind = Command::Kind;

/// Keeps what it is given; it dawdles when `slow`; while `full` is set it takes nothing.
struct FakeDisk {
  std::vector<std::int64_t> updates;
  std::vector<HiddenStates> hidden;
  std::atomic<bool> full = false;
  bool closed = false;
  bool slow = false;
};

class FakeRecorder : public Recorder {
 public:
  explicit FakeRecorder(std::shared_ptr<FakeDisk> disk) : disk_(std::move(disk)) {}
  void write(const Snapshot& snapshot) override {
    if (disk_->full) throw file_error("run.h5: no space left");
    if (disk_->slow) std::this_thread::sleep_for(std::chrono::milliseconds(3));
    if (snapshot.is_update) disk_->updates.push_back(snapshot.step);
  }
  void write_hidden(const HiddenStates& hidden) override { disk_->hidden.push_back(hidden); }
  void flush() override {}
  void close() override { disk_->closed = true; }

 private:
  std::shared_ptr<FakeDisk> disk_;
};

RecorderFactory on(std::shared_ptr<FakeDisk> disk) {
  return [disk](const RunInfo&) { return std::make_unique<FakeRecorder>(disk); };
}

std::vector<std::int64_t> one_to(std::int64_t n) {
  std::vector<std::int64_t> steps;
  for (std::int64_t i = 1; i <= n; ++i) steps.push_back(i);
  return steps;
}

TEST(Recording, ASlowRecorderLosesNothing) {
  const auto disk = std::make_shared<FakeDisk>();
  disk->slow = true;
  auto run = start_run(small_config(), {}, on(disk));
  RunReader(*run).until_state(RunState::finished);
  run.reset();
  EXPECT_EQ(disk->updates, one_to(20));
  EXPECT_TRUE(disk->closed);
}

TEST(Recording, AFullDiskPausesTheRunSaysSoAndGoesOnWithoutAGap) {
  const auto disk = std::make_shared<FakeDisk>();
  LiveOptions options;
  options.start_paused = true;
  auto run = start_run(small_config(), options, on(disk));
  RunReader reader(*run);
  run->post(command(Kind::step, 4));
  reader.until([](const Snapshot& s) { return s.step == 4 && s.state == RunState::paused; });
  disk->full = true;
  run->post(command(Kind::run));
  const auto s = reader.until([](const Snapshot& seen) { return seen.state == RunState::paused; });
  EXPECT_NE(s->message.find("no space left"), std::string::npos);
  EXPECT_FALSE(s->recording);
  run->post(command(Kind::run, 1, 50));  // still full
  EXPECT_FALSE(reader.until_applied(50)->applied.back().error.empty());
  disk->full = false;
  run->post(command(Kind::run));
  EXPECT_TRUE(reader.until_state(RunState::finished)->message.empty());
  run.reset();
  EXPECT_EQ(disk->updates, one_to(20));
}

/// A recorder in which everything goes wrong that is no Error of ours.
class BrokenRecorder : public Recorder {
 public:
  explicit BrokenRecorder(std::shared_ptr<FakeDisk> disk) : disk_(std::move(disk)) {}
  void write(const Snapshot&) override {
    if (disk_->full) throw std::runtime_error("a library's exception");
  }
  void write_hidden(const HiddenStates&) override { throw std::bad_alloc(); }
  void flush() override {}
  void close() override { throw std::logic_error("it cannot be closed"); }

 private:
  std::shared_ptr<FakeDisk> disk_;
};

TEST(Recording, WhateverACommandThrowsItIsRefusedAndTheRunLives) {
  const auto disk = std::make_shared<FakeDisk>();
  LiveOptions options;
  options.start_paused = true;
  auto run = start_run(small_config(), options, [&](const RunInfo&) { return std::make_unique<BrokenRecorder>(disk); });
  RunReader reader(*run);
  run->post(command(Kind::step, 2));
  reader.until([](const Snapshot& s) { return s.step == 2 && s.state == RunState::paused; });
  run->post(command(Kind::record_hidden, 1, 60));
  EXPECT_NE(reader.until_applied(60)->applied.back().error.find("memory"), std::string::npos);
  run->post(set_command({{"probe.prompt", "caf\xE9"}}, 61));
  EXPECT_NE(reader.until_applied(61)->applied.back().error.find("UTF-8"), std::string::npos);
  disk->full = true;
  run->post(command(Kind::run));
  EXPECT_NE(reader.until([](const Snapshot& s) { return s.state == RunState::paused && !s.message.empty(); })
                ->message.find("a library's exception"),
            std::string::npos);
  disk->full = false;
  run->post(command(Kind::run));
  const auto last = reader.until_state(RunState::finished);
  EXPECT_EQ(last->step, 20);
  EXPECT_NE(last->message.find("it cannot be closed"), std::string::npos)
      << "told with the end, which is the last seen";
}

TEST(Recording, ACheckpointThatCannotBeSavedIsAWarningAndTheRunGoesOn) {
  const test::TemporaryFolder folder;
  LiveOptions options;
  options.checkpoint = folder / "ck";
  options.checkpoint_every = 5;
  options.start_paused = true;
  auto run = start_run(small_config(), options, {});
  RunReader reader(*run);
  run->post(command(Kind::step, 5));
  reader.until([](const Snapshot& s) { return s.step == 5 && s.state == RunState::paused; });
  std::filesystem::remove_all(folder / "ck");
  std::ofstream(folder / "ck") << "in the way";
  run->post(command(Kind::step, 5));
  reader.until([](const Snapshot& s) { return s.step == 10 && s.state == RunState::paused; });
  std::filesystem::remove(folder / "ck");
  run->post(command(Kind::run));
  EXPECT_EQ(reader.until_state(RunState::finished)->message, "");
  int n_warning = 0;
  for (const auto& snapshot : reader.seen()) {
    for (const auto& event : snapshot->events) n_warning += event.kind == "alarm" ? 1 : 0;
  }
  EXPECT_EQ(n_warning, 1);
  EXPECT_TRUE(std::filesystem::exists(folder / "ck/step-000020/variometer/state.json"));
}

TEST(Recording, ThrowingARunAwayClosesItsRecord) {
  const auto disk = std::make_shared<FakeDisk>();
  RunConfig endless = small_config();
  endless.train.steps = 1'000'000;
  auto run = start_run(endless, {}, on(disk));
  RunReader(*run).until([](const Snapshot& s) { return s.step == 2; });
  run.reset();
  EXPECT_TRUE(disk->closed);
}

TEST(Recording, HiddenStatesAndAttentionAreRecordedOnRequestWithTheSlotFirst) {
  const auto disk = std::make_shared<FakeDisk>();
  LiveOptions options;
  options.start_paused = true;
  RunConfig config = small_config();
  config.mitigations.kv_bias.enabled = true;
  auto run = start_run(config, options, on(disk));
  RunReader reader(*run);
  run->post(command(Kind::step, 3));
  reader.until([](const Snapshot& s) { return s.step == 3 && s.state == RunState::paused; });
  run->post(command(Kind::record_hidden, 1, 60));
  EXPECT_TRUE(reader.until_applied(60)->applied.back().error.empty());
  run.reset();
  ASSERT_EQ(disk->hidden.size(), 1U);
  const HiddenStates& hidden = disk->hidden[0];
  EXPECT_EQ(hidden.step, 3);
  EXPECT_EQ(hidden.hidden.size(), 2U * 12 * 16);  // layers, tokens, channels
  EXPECT_EQ(hidden.n_key, 13);
  EXPECT_EQ(hidden.attention.size(), 2U * 2 * 12 * 13);  // layers, heads, queries, keys
  for (std::size_t row = 0; row < hidden.attention.size(); row += 13) {
    float sum = 0;
    for (std::size_t key = 0; key < 13; ++key) sum += hidden.attention[row + key];
    EXPECT_NEAR(sum, 1, 1e-5);
    EXPECT_GT(hidden.attention[row], 0);  // the slot takes its share
  }
}

class RunFiles : public ::testing::Test {
 protected:
  void SetUp() override {
    folder_ = std::filesystem::temp_directory_path() / ("variometer-run-" + std::to_string(::getpid()));
    std::filesystem::create_directories(folder_);
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }
  std::filesystem::path folder_;
};

TEST_F(RunFiles, AReplayOfASwitchedAndPartlyUndoneRunGivesEveryLossAgain) {
  LiveOptions options;
  options.record = folder_ / "run.h5";
  options.start_paused = true;
  {
    RunConfig config = small_config();
    config.mitigations.kv_bias.warmup_steps = config.mitigations.dyt.warmup_steps = 6;
    const auto run = start_live_run(config, options);
    RunReader reader(*run);
    run->post(set_command({{"tvr.enabled", "true"}, {"tvr.target_std", "0.015"}}));
    run->post(command(Kind::step, 5));
    reader.until([](const Snapshot& s) { return s.step == 5 && s.state == RunState::paused; });
    run->post(set_command({{"dyt.enabled", "true"}}));  // before update 6
    run->post(command(Kind::step, 4));
    reader.until([](const Snapshot& s) { return s.step == 9 && s.state == RunState::paused; });
    run->post(command(Kind::restore, 6));
    run->post(set_command({{"kv_bias.enabled", "true"}, {"train.learning_rate", "0.005"}}));
    run->post(command(Kind::run));
    reader.until_state(RunState::finished);
  }
  const ReplayResult result = replay(options.record);
  EXPECT_EQ(result.n_step, 20);
  EXPECT_EQ(result.n_command, 2);
  EXPECT_TRUE(result.equal()) << "first difference at " << result.first_difference;

  ReplayOptions again;
  again.record = folder_ / "again.h5";
  EXPECT_TRUE(replay(options.record, again).equal());
  EXPECT_TRUE(replay(again.record).equal());
}

TEST_F(RunFiles, AReplayRefusesAnotherCorpus) {
  RunConfig config = small_config();
  config.data.corpus = (folder_ / "corpus.txt").string();
  std::ofstream(config.data.corpus) << std::string(500, 'a') + std::string(500, 'b');
  LiveOptions options;
  options.record = folder_ / "run.h5";
  {
    const auto run = start_live_run(config, options);
    RunReader(*run).until_state(RunState::finished);
  }
  EXPECT_TRUE(replay(options.record).equal());
  std::ofstream(config.data.corpus) << std::string(500, 'a') + std::string(500, 'c');
  EXPECT_THROW(replay(options.record), Error);
}

TEST_F(RunFiles, ARunMayStartFromAModelsWeightsAndItsReplayNeedsTheSameOnes) {
  LiveOptions first;
  first.checkpoint = folder_ / "model";
  float last = 0;
  {
    const auto run = start_live_run(small_config(), first);
    RunReader reader(*run);
    reader.until_state(RunState::finished);
    last = reader.losses().back();
  }
  LiveOptions second;
  second.init = first.checkpoint;
  second.record = folder_ / "run.h5";
  RunConfig config = small_config();
  config.train.steps = 3;
  {
    const auto run = start_live_run(config, second);
    RunReader reader(*run);
    reader.until_state(RunState::finished);
    EXPECT_NEAR(reader.losses().front(), last, 0.8F);  // not 5.5, as an untrained model has
  }
  EXPECT_TRUE(replay(second.record).equal());
  std::ofstream(first.checkpoint / "model.safetensors", std::ios::app) << "x";
  EXPECT_THROW(replay(second.record), Error);
}

TEST_F(RunFiles, AnExistingRecordIsRefusedUnlessOverwriting) {
  LiveOptions options;
  options.record = folder_ / "run.h5";
  std::ofstream(options.record) << "something else";
  EXPECT_THROW(start_live_run(small_config(), options), Error);
}

TEST_F(RunFiles, AResumedRunEqualsAnUninterruptedOneBitForBit) {
  RunConfig config = small_config();
  config.mitigations.tvr.enabled = true;
  config.mitigations.tvr.step_interval = 3;
  config.mitigations.kv_bias.enabled = true;
  config.mitigations.kv_bias.start = "neutral";
  std::vector<float> expected;
  {
    const auto run = start_live_run(config, {});
    RunReader reader(*run);
    reader.until_state(RunState::finished);
    expected = reader.losses();
  }
  LiveOptions first;
  first.checkpoint = folder_ / "checkpoint";
  first.start_paused = true;
  {
    const auto run = start_live_run(config, first);
    RunReader reader(*run);
    run->post(command(Kind::step, 8));
    reader.until([](const Snapshot& s) { return s.step == 8 && s.state == RunState::paused; });
    run->post(command(Kind::stop));
    reader.until_state(RunState::stopped);
  }
  LiveOptions second;
  second.resume = first.checkpoint;
  const auto run = start_live_run(resume_config(second.resume), second);
  RunReader reader(*run);
  reader.until_state(RunState::finished);
  EXPECT_EQ(run->info().first_step, 8);
  auto losses = reader.losses();
  losses.erase(losses.begin(), losses.begin() + 8);
  EXPECT_EQ(losses, std::vector<float>(expected.begin() + 8, expected.end()));
}

TEST_F(RunFiles, ARunResumedInTheMiddleOfAWarmUpGoesOnWithIt) {
  RunConfig config = small_config();
  config.mitigations.kv_bias.warmup_steps = config.mitigations.dyt.warmup_steps = 8;
  LiveOptions whole;
  whole.timed = {{5, set_command({{"dyt.enabled", "true"}, {"kv_bias.enabled", "true"}})}};
  whole.checkpoint = folder_ / "checkpoints";
  whole.checkpoint_every = 8;
  std::vector<float> expected;
  {
    const auto run = start_live_run(config, whole);
    RunReader reader(*run);
    reader.until_state(RunState::finished);
    expected = reader.losses();
  }
  LiveOptions rest;
  rest.resume = whole.checkpoint / "step-000008";
  const auto run = start_live_run(resume_config(rest.resume), rest);
  RunReader reader(*run);
  reader.until_state(RunState::finished);
  auto losses = reader.losses();
  losses.erase(losses.begin(), losses.begin() + 8);
  EXPECT_EQ(losses, std::vector<float>(expected.begin() + 8, expected.end()));
}

TEST_F(RunFiles, CheckpointsComeOnScheduleAndBeforeSwitchesAndOnlyTheNewestStay) {
  LiveOptions options;
  options.checkpoint = folder_ / "checkpoints";
  options.checkpoint_every = 4;
  options.checkpoint_keep = 2;
  options.timed = {{3, set_command({{"tvr.enabled", "true"}})}};
  std::vector<std::string> events;
  {
    const auto run = start_live_run(small_config(), options);
    RunReader reader(*run);
    reader.until_state(RunState::finished);
    for (const auto& s : reader.seen()) {
      for (const auto& e : s->events) {
        if (e.kind == "checkpoint") events.push_back(e.detail);
      }
    }
  }
  EXPECT_GE(events.size(), 6U);
  EXPECT_TRUE(std::filesystem::is_directory(options.checkpoint / "step-000020"));
  EXPECT_TRUE(std::filesystem::is_directory(options.checkpoint / "step-000016"));
  EXPECT_FALSE(std::filesystem::exists(options.checkpoint / "step-000004"));
  EXPECT_TRUE(std::filesystem::is_directory(options.checkpoint / "switch-000003"));
}

}  // namespace
}  // namespace variometer
