// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/base/preset.h"

#include <gtest/gtest.h>

#include "core/base/config_fields.h"
#include "core/base/error.h"
#include "core/base/tvr_target.h"

namespace variometer {
namespace {

std::string refusal(auto&& f) {
  try {
    f();
  } catch (const Error& error) {
    return error.what();
  }
  return "nothing was refused";
}

TEST(Preset, SurvivesTheTripThroughItsFile) {
  RunPreset preset;
  preset.name = "a \"quoted\" name\nof two lines, \x7f and ünicode";
  preset.init = "/models/a b";
  preset.config.train.learning_rate = 1;  // TOML tells 1 from 1.0
  preset.config.train.eps = 1e-8;
  preset.config.mitigations.tvr.blacklist = {"self_attn.q_proj", "k_proj"};
  preset.config.data.corpus = "C:\\texts\\\"a\".txt";
  preset.config.model.details = R"({"sliding_window": 7})";
  preset.at = {{300, {"tvr.enabled", "true"}}, {300, {"tvr.blacklist", "a,b"}}, {7, {"probe.prompt", "x = \"y\""}}};
  const RunPreset read = preset_from_toml(to_toml(preset), "p.toml");
  EXPECT_EQ(read.config, preset.config);
  EXPECT_EQ(read.name, preset.name);
  EXPECT_EQ(read.init, preset.init);
  EXPECT_EQ(read.at, preset.at);
  EXPECT_TRUE(read.named.contains("train.batch_size")) << "every key is said, whatever later defaults are";
}

TEST(Preset, KnowsWhichKeysWereNamed) {
  const RunPreset preset = preset_from_toml("[train]\nsteps = 3\n[run]\nat = [\"2:tvr.enabled=true\"]\n", "p.toml");
  EXPECT_EQ(preset.named, std::set<std::string>{"train.steps"});
  EXPECT_EQ(preset.config.train.steps, 3);
  ASSERT_EQ(preset.at.size(), 1U);
  EXPECT_EQ(preset.at[0].step, 2);
}

TEST(Preset, RefusesWhatItDoesNotKnow) {
  for (const auto& [text, what] : {std::pair{"[run]\nstart = 1\n", "run.start"},
                                   {"[run]\nname = 3\n", "run.name"},
                                   {"run = 3\n", "run is not a table"},
                                   {"[run]\nat = \"300:tvr.enabled=true\"\n", "run.at"},
                                   {"[run]\nat = [300]\n", "run.at"},
                                   {"[run]\nat = [\"300 tvr.enabled\"]\n", "STEP:key=value"},
                                   {"[run]\nat = [\"300:tvr.enable=true\"]\n", "tvr.enabled"},
                                   {"[run]\nat = [\"300:tvr.target_std=wide\"]\n", "tvr.target_std"},
                                   {"[train]\nstep = 3\n", "train.steps"},
                                   {"[train\n", "p.toml:"}}) {
    EXPECT_NE(refusal([&, text = text] { preset_from_toml(text, "p.toml"); }).find(what), std::string::npos)
        << text << refusal([&, text = text] { preset_from_toml(text, "p.toml"); });
  }
}

TEST(TimedCommands, AreCheckedAtTheirStepWithWhatWasSetBefore) {
  RunConfig config;
  config.train.steps = 100;
  const auto why = [&](std::vector<TimedSwitch> switches) {
    return refusal([&] {
      check_timed(config, switches);
      check_timed_within(config, switches);
    });
  };
  EXPECT_EQ(why({{1, {"tvr.enabled", "true"}}, {100, {"tvr.enabled", "false"}}}), "nothing was refused");
  EXPECT_NE(why({{0, {"tvr.enabled", "true"}}}).find("count from 1"), std::string::npos);
  EXPECT_NE(why({{101, {"tvr.enabled", "true"}}}).find("last update is 100"), std::string::npos);
  EXPECT_NE(why({{5, {"model.n_layer", "3"}}}).find("cannot change"), std::string::npos);
  EXPECT_NE(why({{5, {"tvr.target_std", "-1"}}}).find("tvr.target_std"), std::string::npos);
  EXPECT_NE(why({{5, {"tvr.target_std", "0,06"}}}).find("tvr.target_std"), std::string::npos) << "no comma is guessed";
}

TEST(TvrTarget, RoundsAsAPersonWould) {
  EXPECT_EQ(rounded_to(0.05, 2), 0.05);
  EXPECT_EQ(rounded_to(0.123456, 2), 0.12);
  EXPECT_EQ(rounded_to(0.0996, 2), 0.1);
  EXPECT_EQ(rounded_to(1234, 2), 1200);
  EXPECT_EQ(rounded_to(9.7e-5, 1), 1e-4);
}

TEST(TvrTarget, GoesWithTheWidthOfFreshWeightsAndWithGrownOnes) {
  ModelConfig model;
  EXPECT_EQ(proposed_tvr_target(model, {}), 0.05);
  EXPECT_EQ(proposed_tvr_target(model, {.median = 0.02, .n_measured = 28}), 0.05) << "just drawn";
  EXPECT_EQ(proposed_tvr_target(model, {.median = 0.222, .n_measured = 28}), 0.11);
  EXPECT_NE(tvr_target_reason(model, {.median = 0.222, .n_measured = 28}).find("half"), std::string::npos);
  EXPECT_NE(tvr_target_reason(model, {}).find("width of 64"), std::string::npos);
  model.n_embd = 2048;
  EXPECT_EQ(proposed_tvr_target(model, {}), 0.0088) << "the papers' 0.01, nearly";
}

TEST(TvrTarget, TheSpreadIsOfTheMatricesTvrRescales) {
  WeightSnapshot weights;
  std::vector<TensorInfo> tensors;
  for (const float std : {0.1F, 0.3F, 0.2F, 9.0F}) {
    weights.tensors.push_back({.std = std});
    tensors.push_back({.name = "w", .tvr_target = std < 1});
  }
  weights.tensors.push_back({.std = std::numeric_limits<float>::quiet_NaN()});
  tensors.push_back({.name = "broken", .tvr_target = true});
  const WeightSpread spread = spread_of(tensors, weights);
  EXPECT_EQ(spread.n_matrix, 4);
  EXPECT_EQ(spread.n_measured, 3);
  EXPECT_FLOAT_EQ(static_cast<float>(spread.median), 0.2F);
  EXPECT_FLOAT_EQ(static_cast<float>(spread.most), 0.3F);
}

}  // namespace
}  // namespace variometer
