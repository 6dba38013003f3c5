// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/train/live_run.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <fstream>

#include "core/base/error.h"
#include "core/base/history.h"
#include "tests/train/run_reader.h"
#include "tests/train/small_run.h"

namespace variometer {
namespace {

using Kind = Command::Kind;

LiveOptions paused() {
  LiveOptions options;
  options.start_paused = true;
  return options;
}

std::vector<float> plain_losses(const RunConfig& config) {
  const auto run = start_live_run(config, {});
  RunReader reader(*run);
  reader.until_state(RunState::finished);
  return reader.losses();
}

TEST(LiveRun, PublishesEveryUpdateInOrderAndWhatWasDue) {
  const auto run = start_live_run(small_config(), {});
  RunReader reader(*run);
  reader.until_state(RunState::finished);
  EXPECT_EQ(reader.seen().front()->state, RunState::initialising);
  std::int64_t step = 0;
  for (const auto& s : reader.seen()) {
    if (!s->is_update) continue;
    EXPECT_EQ(s->step, ++step);
    EXPECT_TRUE(std::isfinite(s->loss) && std::isfinite(s->grad_norm) && std::isfinite(s->learning_rate));
    EXPECT_GT(s->tokens_per_second, 0);
    const bool due = step == 1 || step == 2 || step == 4 || step % 5 == 0;
    EXPECT_EQ(s->probe != nullptr, due) << step;
    EXPECT_EQ(s->batch != nullptr, due) << step;
    EXPECT_EQ(s->weights != nullptr, due) << step;
  }
  EXPECT_EQ(step, 20);
  const RunInfo info = run->info();
  EXPECT_EQ(info.n_layer, 2);
  EXPECT_EQ(info.device, "cpu");
  EXPECT_FALSE(info.config.data.sha256.empty());
  EXPECT_FALSE(info.tensors.empty());
  EXPECT_NE(run->take_frame(), nullptr);
}

TEST(LiveRun, MeasuresStepZeroBeforeTheFirstUpdate) {
  const auto run = start_live_run(small_config(), paused());
  RunReader reader(*run);
  const auto s = reader.until_state(RunState::paused);
  EXPECT_EQ(s->step, 0);
  EXPECT_FALSE(s->is_update);
  EXPECT_TRUE(s->probe && s->batch && s->weights);
}

TEST(LiveRun, TheSameSeedGivesTheSameLossesBitForBit) {
  EXPECT_EQ(plain_losses(small_config()), plain_losses(small_config()));
}

TEST(LiveRun, ACommandAppearsOnTheNextSnapshotAndOnNoneBefore) {
  const auto run = start_live_run(small_config(), paused());
  RunReader reader(*run);
  run->post(command(Kind::step, 6));
  reader.until([](const Snapshot& s) { return s.step == 6 && s.state == RunState::paused; });
  for (const auto& s : reader.seen()) EXPECT_FALSE(s->mitigations.tvr.enabled);
  run->post(set_command({{"tvr.enabled", "true"}}, 77));
  const auto s = reader.until_applied(77);
  EXPECT_EQ(s->step, 6);
  EXPECT_EQ(s->applied.back().step, 7);  // before update 7
  EXPECT_TRUE(s->applied.back().error.empty());
  EXPECT_TRUE(s->mitigations.tvr.enabled);
  EXPECT_TRUE(s->probe && s->batch) << "a switch while paused is measured at once";
  const auto event = std::find_if(s->events.begin(), s->events.end(), [](const Event& e) { return e.kind == "set"; });
  ASSERT_NE(event, s->events.end());
  EXPECT_EQ(event->step, 7);
}

TEST(LiveRun, AMarkIsAnEventOfItsStepAndChangesNothing) {
  const auto run = start_live_run(small_config(), paused());
  RunReader reader(*run);
  run->post(command(Kind::step, 6));
  reader.until([](const Snapshot& s) { return s.step == 6 && s.state == RunState::paused; });
  Command mark = command(Kind::mark, 4);
  mark.text = "here";
  mark.ticket = 5;
  run->post(mark);
  const auto s = reader.until_applied(5);
  EXPECT_EQ(s->step, 6);
  const auto event = std::find_if(s->events.begin(), s->events.end(), [](const Event& e) { return e.kind == "mark"; });
  ASSERT_NE(event, s->events.end());
  EXPECT_EQ(event->step, 4);
  EXPECT_EQ(event->detail, R"({"text":"here"})");
}

TEST(LiveRun, TimedCommandsTakeEffectBeforeTheirUpdate) {
  LiveOptions options;
  options.timed = {{9, set_command({{"kv_bias.enabled", "true"}})}, {4, set_command({{"tvr.enabled", "true"}})}};
  const auto run = start_live_run(small_config(), options);
  RunReader reader(*run);
  reader.until_state(RunState::finished);
  for (const auto& s : reader.seen()) {
    EXPECT_EQ(s->mitigations.tvr.enabled, s->step >= 4) << s->step;
    EXPECT_EQ(s->mitigations.kv_bias.enabled, s->step >= 9) << s->step;
    for (const auto& applied : s->applied) EXPECT_EQ(applied.step, s->step);
  }
}

TEST(LiveRun, CommandsTakeEffectInTheOrderPosted) {
  const auto run = start_live_run(small_config(), paused());
  RunReader reader(*run);
  run->post(set_command({{"tvr.target_std", "0.02"}}, 1));
  run->post(set_command({{"tvr.target_std", "0.03"}, {"tvr.enabled", "true"}}, 2));  // two in one command
  run->post(set_command({{"tvr.target_std", "0.04"}}, 3));
  const auto s = reader.until_applied(3);
  std::vector<std::int64_t> tickets;
  for (const auto& seen : reader.seen()) {
    for (const auto& applied : seen->applied) tickets.push_back(applied.command.ticket);
  }
  EXPECT_EQ(tickets, (std::vector<std::int64_t>{1, 2, 3}));
  EXPECT_EQ(s->mitigations.tvr.target_std, 0.04);
  EXPECT_TRUE(s->mitigations.tvr.enabled);
}

TEST(LiveRun, ARefusedCommandSaysWhyAndChangesNothing) {
  const auto run = start_live_run(small_config(), paused());
  RunReader reader(*run);
  run->post(set_command({{"tvr.enabled", "true"}, {"model.n_layer", "9"}}, 5));
  const auto s = reader.until_applied(5);
  EXPECT_NE(s->applied.back().error.find("model.n_layer"), std::string::npos);
  EXPECT_FALSE(s->mitigations.tvr.enabled);
  EXPECT_TRUE(s->events.empty());
}

TEST(LiveRun, PausingSteppingAndPreviewingDoNotChangeTheLosses) {
  const auto expected = plain_losses(small_config());
  const auto run = start_live_run(small_config(), paused());
  RunReader reader(*run);
  run->post(command(Kind::step, 3));
  reader.until([](const Snapshot& s) { return s.step == 3 && s.state == RunState::paused; });
  Command preview = set_command({{"dyt.enabled", "true"}}, 8);
  preview.kind = Kind::preview;
  run->post(preview);
  const auto measured = reader.until_applied(8);
  ASSERT_TRUE(measured->preview);
  EXPECT_EQ(measured->preview->ticket, 8);
  EXPECT_NE(measured->preview->loss_before, measured->preview->loss_after);
  run->post(command(Kind::sample, 1, 9));
  EXPECT_TRUE(reader.until_applied(9)->sample);
  run->post(command(Kind::show_layer, 1));
  run->post(command(Kind::run));
  reader.until_state(RunState::finished);
  EXPECT_EQ(reader.losses(), expected);
}

TEST(LiveRun, UndoGoesBackToTheStateBeforeASwitch) {
  const auto expected = plain_losses(small_config());
  const auto run = start_live_run(small_config(), paused());
  RunReader reader(*run);
  run->post(command(Kind::step, 5));
  reader.until([](const Snapshot& s) { return s.step == 5 && s.state == RunState::paused; });
  run->post(set_command({{"dyt.enabled", "true"}}));
  run->post(command(Kind::step, 4));
  reader.until([](const Snapshot& s) { return s.step == 9 && s.state == RunState::paused; });
  run->post(command(Kind::restore, 6, 30));
  const auto s = reader.until_applied(30);
  EXPECT_TRUE(s->applied.back().error.empty()) << s->applied.back().error;
  EXPECT_EQ(s->step, 5);
  EXPECT_FALSE(s->mitigations.dyt.enabled);
  run->post(command(Kind::restore, 6, 31));
  EXPECT_NE(reader.until_applied(31)->applied.back().error.find("no state is kept"), std::string::npos);
  run->post(command(Kind::run));
  reader.until_state(RunState::finished);
  EXPECT_EQ(reader.losses(), expected);

  RunHistory history;
  for (const auto& seen : reader.seen()) history.append(seen);
  EXPECT_EQ(history.scalars().loss.size(), expected.size());
}

TEST(LiveRun, StopsWhilePausedAndThenTakesNoMoreUpdates) {
  const auto run = start_live_run(small_config(), paused());
  RunReader reader(*run);
  run->post(command(Kind::step, 2));
  reader.until([](const Snapshot& s) { return s.step == 2 && s.state == RunState::paused; });
  run->post(command(Kind::stop));
  reader.until_state(RunState::stopped);
  run->post(command(Kind::run, 1, 40));
  const auto s = reader.until_applied(40);
  EXPECT_NE(s->applied.back().error.find("ended"), std::string::npos);
  EXPECT_EQ(s->step, 2);
}

TEST(LiveRun, ARunCanBeThrownAwayAtAnyMoment) {
  RunConfig endless = small_config();
  endless.train.steps = 1'000'000;
  start_live_run(endless, {});  // at once
  const auto run = start_live_run(endless, {});
  RunReader reader(*run);
  reader.until([](const Snapshot& s) { return s.step == 3; });
}

TEST(LiveRun, AReaderThatDoesNotDrainLosesTheOldestAndTheyAreCounted) {
  LiveOptions options;
  options.history_capacity = 5;
  const auto run = start_live_run(small_config(), options);
  // Nobody drains until the picture of the last update is there.
  FramePtr last;
  while (!(last && last->step == 20)) {
    if (auto frame = run->take_frame()) last = frame;
    std::this_thread::yield();
  }
  RunReader reader(*run);
  reader.until_state(RunState::finished);
  EXPECT_GT(run->dropped(), 10);
  EXPECT_LE(reader.seen().size(), 7U);
}

TEST(LiveRun, ALossThatIsNotANumberEndsTheRunAsFailedWithAReason) {
  RunConfig config = small_config();
  config.train.learning_rate = 1e30;
  config.train.min_learning_rate = 1e30;
  config.train.grad_clip = 0;
  const auto run = start_live_run(config, {});
  RunReader reader(*run);
  const auto s = reader.until([](const Snapshot& seen) { return seen.state == RunState::failed; });
  EXPECT_NE(s->message.find("update "), std::string::npos) << s->message;
  EXPECT_FALSE(s->is_update);
  EXPECT_EQ(s->events.back().kind, "failed");
  EXPECT_NE(s->events.back().detail.find("\"status\":5"), std::string::npos) << s->events.back().detail;
}

TEST(LiveRun, UndoAfterALossThatIsNotANumberGoesBackAndTheUpdateIsTriedAgain) {
  const auto sound = plain_losses(small_config());
  const auto run = start_live_run(small_config(), paused());
  RunReader reader(*run);
  run->post(command(Command::Kind::step, 5));
  reader.until([](const Snapshot& s) { return s.step == 5 && s.state == RunState::paused; });
  // DyT with an absurd alpha and learning rate: the numbers run away within a few updates.
  run->post(set_command({{"dyt.enabled", "true"}, {"train.learning_rate", "1e38"}, {"train.grad_clip", "0"}}));
  run->post(command(Command::Kind::run));
  const auto failed = reader.until_failed();
  EXPECT_EQ(failed->step, reader.seen().back()->step);
  run->post(command(Command::Kind::run, 1, 70));
  EXPECT_FALSE(reader.until_applied(70)->applied.back().error.empty());  // it would fail again
  run->post(command(Command::Kind::restore, 6, 71));
  const auto undone = reader.until_applied(71);
  EXPECT_EQ(undone->applied.back().error, "");
  EXPECT_EQ(undone->state, RunState::paused);
  EXPECT_EQ(undone->step, 5);
  EXPECT_TRUE(undone->message.empty());
  EXPECT_FALSE(undone->mitigations.dyt.enabled);
  run->post(command(Command::Kind::run));
  reader.until_state(RunState::finished);
  EXPECT_EQ(reader.losses(), sound);
}

TEST(LiveRun, ReadsTheCorpusOnItsOwnThreadAndFailsWithTheKindOfTheTrouble) {
  const auto path = std::filesystem::temp_directory_path() / ("variometer-corpus-" + std::to_string(::getpid()));
  // Behind what is looked at before a run starts.
  std::ofstream(path) << std::string(70000, 'a') << '\0' << std::string(500, 'b');
  RunConfig config = small_config();
  config.data.corpus = path.string();
  const auto run = start_live_run(config, {});
  const auto s = RunReader(*run).until_failed();
  std::filesystem::remove(path);
  EXPECT_NE(s->events.back().detail.find("\"status\":3"), std::string::npos) << s->events.back().detail;
  EXPECT_NE(s->message.find("not text"), std::string::npos) << s->message;
}

std::string refusal(const RunConfig& config, const LiveOptions& options = {}) {
  try {
    start_live_run(config, options);
  } catch (const Error& error) {
    return error.what();
  }
  return "accepted";
}

bool contains(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

TEST(LiveRun, RefusesBeforeItStartsWhatCannotWork) {
  RunConfig config = small_config();
  config.model.n_head = 3;
  EXPECT_TRUE(contains(refusal(config), "model.n_head"));
  config = small_config();
  config.model.vocab_size = 100;
  EXPECT_TRUE(contains(refusal(config), "model.vocab_size"));
  config = small_config();
  config.model.n_embd = 1 << 17;
  config.model.n_layer = 512;
  EXPECT_TRUE(contains(refusal(config), "of memory are free"));
  config = small_config();
  config.train.dtype = "bfloat16";
  EXPECT_TRUE(contains(refusal(config), "needs a CUDA device"));
  config = small_config();
  config.data.corpus = "/no/such/corpus.txt";
  EXPECT_TRUE(contains(refusal(config), "no such corpus"));
  LiveOptions options;
  options.record = "/no/such/folder/run.h5";
  EXPECT_TRUE(contains(refusal(small_config(), options), "no such folder"));
  options = {};
  options.timed = {{3, set_command({{"tvr.enabeld", "true"}})}};
  EXPECT_TRUE(contains(refusal(small_config(), options), "tvr.enabled"));
}

}  // namespace
}  // namespace variometer
