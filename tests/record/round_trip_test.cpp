// SPDX-License-Identifier: GPL-3.0-or-later
#include <gtest/gtest.h>

#include <cstdio>
#include <limits>
#include <nlohmann/json.hpp>

#include "core/base/command.h"
#include "core/base/config_fields.h"
#include "core/base/error.h"
#include "core/record/record_check.h"
#include "core/record/record_reader.h"
#include "core/record/record_writer.h"
#include "core/record/recorded_run.h"
#include "tests/record/describe.h"
#include "tests/record/made_run.h"
#include "tests/temporary_folder.h"

namespace variometer {
namespace {

Event set_event(std::int64_t step, const std::string& key, const std::string& value) {
  const Command command{.kind = Command::Kind::set, .assignments = {{key, value}}};
  return {step, "set", to_json(command).dump()};
}

// A run with everything in it: a start before the first update, events long and short, a switch, an undo, a failure.
std::vector<SnapshotPtr> eventful_run(const RunInfo& info) {
  std::vector<SnapshotPtr> run;
  RunConfig config = info.config;
  const auto publish = [&](std::shared_ptr<Snapshot> s) {
    s->mitigations = config.mitigations;
    s->probe_config = config.probe;
    run.push_back(std::move(s));
  };
  auto first = made::snapshot(0);
  first->is_update = false;
  first->state = RunState::paused;
  publish(first);
  for (int step = 1; step <= 150; ++step) {
    auto s = made::snapshot(step);
    if (step == 7) {
      config.mitigations.tvr.enabled = true;
      s->events = {set_event(7, "tvr.enabled", "true"), {7, "rescale", "{}"}};
    }
    if (step == 9) {
      config.probe.prompt = std::string(3000, 'x') + "\xC3\xA9";
      s->events = {set_event(9, "probe.prompt", config.probe.prompt)};
    }
    if (step == 20) s->sample = Sample{"Summer", "is warm. \xE2\x82\xAC"};
    if (step == 21) {
      std::string text;
      for (int i = 0; i < 2000; ++i) text += "\xE2\x82\xAC";
      s->sample = Sample{std::string(700, 'p'), text};
    }
    if (step == 30) {
      s->loss = std::numeric_limits<float>::infinity();
      s->grad_norm = std::numeric_limits<float>::denorm_min();
    }
    publish(s);
  }
  config.mitigations.tvr.enabled = false;
  config.probe.prompt = info.config.probe.prompt;
  auto undo = made::snapshot(6);
  undo->is_update = false;
  undo->state = RunState::paused;
  undo->events = {{6, "restore", to_json(Command{.kind = Command::Kind::restore, .count = 6}).dump()}};
  publish(undo);
  for (int step = 7; step <= 12; ++step) publish(made::snapshot(step));
  auto failed = std::make_shared<Snapshot>();
  failed->step = 12;
  failed->is_update = false;
  failed->state = RunState::failed;
  failed->message = "layer 1: not finite";
  failed->events = {{12, "failed", "{}"}};
  publish(failed);
  auto again = std::make_shared<Snapshot>(*failed);  // the message stands
  again->events.clear();
  publish(again);
  auto better = std::make_shared<Snapshot>(*again);
  better->message.clear();
  publish(better);
  return run;
}

TEST(Record, IsReadAsItWasWritten) {
  const test::TemporaryFolder folder;
  const RunInfo info = made::info();
  const auto run = eventful_run(info);
  RecordWriter writer(folder / "run.h5", info, /*overwrite=*/false);
  for (const auto& snapshot : run) writer.write(*snapshot);
  writer.close();

  const RecordContent read = read_record(folder / "run.h5");
  EXPECT_TRUE(read.closed);
  EXPECT_EQ(to_json(read.info.config), to_json(info.config));
  EXPECT_EQ(read.info.name, info.name);
  EXPECT_EQ(read.info.device, info.device);
  EXPECT_EQ(read.info.dtype, info.dtype);
  EXPECT_EQ(read.info.n_parameter, info.n_parameter);
  ASSERT_EQ(read.info.tensors.size(), info.tensors.size());
  for (std::size_t i = 0; i < info.tensors.size(); ++i) {
    EXPECT_EQ(read.info.tensors[i].name, info.tensors[i].name);
    EXPECT_EQ(read.info.tensors[i].layer, info.tensors[i].layer);
    EXPECT_EQ(read.info.tensors[i].role, info.tensors[i].role);
    EXPECT_EQ(read.info.tensors[i].shape, info.tensors[i].shape);
    EXPECT_EQ(read.info.tensors[i].tvr_target, info.tensors[i].tvr_target);
  }
  ASSERT_EQ(read.snapshots.size(), run.size());
  for (std::size_t i = 0; i < run.size(); ++i) ASSERT_EQ(describe(*read.snapshots[i]), describe(*run[i])) << i;
}

TEST(Record, UndoesOnlyTheNewestOfTwoSwitchesBeforeTheSameUpdate) {
  const test::TemporaryFolder folder;
  RecordWriter writer(folder / "run.h5", made::info(), /*overwrite=*/false);
  auto s = made::snapshot(1);
  s->events = {set_event(2, "tvr.enabled", "true"),
               set_event(2, "dyt.enabled", "true"),
               {2, "prompt", to_json(Command{.assignments = {{"probe.prompt", "late"}}}).dump()}};
  writer.write(*s);
  s = made::snapshot(1);
  s->events = {{1, "restore", R"({"kind": "restore", "count": 2, "commands": 1})"}};
  writer.write(*s);
  writer.close();
  const auto read = read_record(folder / "run.h5").snapshots;
  EXPECT_TRUE(read.at(0)->mitigations.dyt.enabled);
  EXPECT_EQ(read.at(0)->probe_config.prompt, "late");
  EXPECT_TRUE(read.at(1)->mitigations.tvr.enabled);
  EXPECT_FALSE(read.at(1)->mitigations.dyt.enabled);
  EXPECT_NE(read.at(1)->probe_config.prompt, "late");
}

TEST(Record, HoldsTheHiddenStatesOfALargerModel) {
  const test::TemporaryFolder folder;
  RunInfo info = made::info();
  info.n_layer = info.config.model.n_layer = 12;
  info.n_embd = info.config.model.n_embd = 768;
  info.config.model.n_head = 12;
  info.config.probe.max_tokens = 64;
  HiddenStates h{.step = 1, .tokens = std::vector<std::int32_t>(64, 1), .n_layer = 12, .n_token = 64, .n_channel = 768};
  h.n_head = 12;
  h.n_key = 65;
  h.hidden.resize(12 * 64 * 768);
  for (std::size_t i = 0; i < h.hidden.size(); ++i) h.hidden[i] = static_cast<float>(i);
  h.attention.resize(12 * 12 * 64 * 65);
  for (std::size_t i = 0; i < h.attention.size(); ++i) h.attention[i] = static_cast<float>(i);
  RecordWriter writer(folder / "run.h5", info, /*overwrite=*/false);
  writer.write_hidden(h);
  writer.close();
  const HiddenStates read = RecordReader(folder / "run.h5").hidden(0);
  EXPECT_EQ(read.hidden, h.hidden);
  EXPECT_EQ(read.attention, h.attention);
}

#ifdef VARIOMETER_H5DUMP
TEST(Record, IsReadByTheLibrarysOwnTool) {
  const test::TemporaryFolder folder;
  RecordWriter writer(folder / "run.h5", made::info(), /*overwrite=*/false);
  writer.write(*made::snapshot(4));
  writer.close();
  const std::string command =
      std::string(VARIOMETER_H5DUMP) + " -d /run/weight/std " + (folder / "run.h5").string() + " 2>&1";
  FILE* const pipe = ::popen(command.c_str(), "r");
  ASSERT_NE(pipe, nullptr);
  std::string text(1 << 16, '\0');
  text.resize(std::fread(text.data(), 1, text.size(), pipe));
  EXPECT_EQ(::pclose(pipe), 0) << text;
  for (const char* part : {"H5T_IEEE_F32LE", "DIMENSION_LIST", "long_name", "( 1, 3 )", "_FillValue"}) {
    EXPECT_NE(text.find(part), std::string::npos) << part << "\n" << text;
  }
}
#endif

TEST(Record, KeepsHiddenStatesAndAttentionMapsWithAndWithoutTheSlot) {
  const test::TemporaryFolder folder;
  RecordWriter writer(folder / "run.h5", made::info(), /*overwrite=*/false);
  writer.write(*made::snapshot(1));
  writer.write_hidden(made::hidden(1, /*slot=*/false));
  writer.write_hidden(made::hidden(2, /*slot=*/true));
  writer.close();
  RecordReader reader(folder / "run.h5");
  ASSERT_EQ(reader.n_hidden(), 2);
  for (const bool slot : {false, true}) {
    const HiddenStates read = reader.hidden(slot ? 1 : 0), made = made::hidden(slot ? 2 : 1, slot);
    EXPECT_EQ(read.step, made.step);
    EXPECT_EQ(read.tokens, made.tokens);
    EXPECT_EQ(read.hidden, made.hidden);
    EXPECT_EQ(read.attention, made.attention);
    EXPECT_EQ(read.n_key, made.n_key);
    EXPECT_EQ(read.n_head, made.n_head);
  }
}

TEST(Record, LeavesOutTokensBeyondItsPlaces) {
  const test::TemporaryFolder folder;
  RecordWriter writer(folder / "run.h5", made::info(), /*overwrite=*/false);
  auto s = made::snapshot(2);
  auto probe = std::make_shared<ActivationSnapshot>(*s->probe);
  probe->tokens.assign(9, 65);
  probe->token_texts.assign(9, "a token with a very long name");
  for (auto& layer : probe->layers) layer.token_max.assign(9, 1.5F);
  s->probe = probe;
  writer.write(*s);
  writer.close();
  const auto read = read_record(folder / "run.h5").snapshots.at(0)->probe;
  EXPECT_EQ(read->tokens, std::vector<std::int32_t>(6, 65));
  EXPECT_EQ(read->token_texts.front(), "a token with a v");
  EXPECT_EQ(read->layers[0].token_max, std::vector<float>(6, 1.5F));
}

TEST(Record, HoldsARunWithoutTensors) {
  const test::TemporaryFolder folder;
  RunInfo info = made::info();
  info.tensors.clear();
  RecordWriter writer(folder / "run.h5", info, /*overwrite=*/false);
  auto s = made::snapshot(2);
  s->weights = nullptr;
  s->probe_config = info.config.probe;
  writer.write(*s);
  writer.close();
  EXPECT_EQ(describe(*read_record(folder / "run.h5").snapshots.at(0)), describe(*s));
  EXPECT_TRUE(check_record(folder / "run.h5").whole);
}

TEST(Record, MakesTextStorable) {
  const test::TemporaryFolder folder;
  RecordWriter writer(folder / "run.h5", made::info(), /*overwrite=*/false);
  auto s = made::snapshot(1);
  s->sample = Sample{"", std::string("a\0b\xFF\xC3", 5)};
  writer.write(*s);
  writer.close();
  EXPECT_EQ(read_record(folder / "run.h5").snapshots.at(0)->sample->text,
            "a\xEF\xBF\xBD"
            "b\xEF\xBF\xBD\xEF\xBF\xBD");
}

TEST(CheckRecord, TellsWhatIsInTheFile) {
  const test::TemporaryFolder folder;
  const auto run = eventful_run(made::info());
  RecordWriter writer(folder / "run.h5", made::info(), /*overwrite=*/false);
  for (const auto& snapshot : run) writer.write(*snapshot);
  writer.flush();
  const RecordReport open = check_record(folder / "run.h5");
  EXPECT_TRUE(open.whole) << open.problem;
  EXPECT_FALSE(open.closed);
  EXPECT_TRUE(open.being_written);
  EXPECT_THROW(repair_record(folder / "run.h5"), Error) << "a record that is being written";
  writer.close();

  const RecordReport report = check_record(folder / "run.h5");
  EXPECT_TRUE(report.whole) << report.problem;
  EXPECT_TRUE(report.closed);
  EXPECT_FALSE(report.being_written);
  EXPECT_EQ(report.n_snapshot, static_cast<std::int64_t>(run.size()));
  EXPECT_EQ(report.n_update, 156);
  EXPECT_EQ(report.n_undo, 1);
  EXPECT_EQ(report.first_step, 0);
  EXPECT_EQ(report.last_step, 12);
  EXPECT_EQ(report.state, RunState::failed);
  EXPECT_EQ(report.events.at("set"), 2);
  ASSERT_EQ(report.groups.at(0).path, "/run/scalars");
  EXPECT_EQ(report.groups[0].n_row, 156);
  EXPECT_EQ(report.groups[0].last_step, 150);
  EXPECT_FALSE(repair_record(folder / "run.h5")) << "nothing to do";
}

}  // namespace
}  // namespace variometer
