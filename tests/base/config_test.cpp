// SPDX-License-Identifier: GPL-3.0-or-later
#include <gtest/gtest.h>

#include "core/base/command.h"
#include "core/base/config_fields.h"
#include "core/base/error.h"

namespace variometer {
namespace {

std::string message_of(auto&& f) {
  try {
    f();
  } catch (const Error& error) {
    return error.what();
  }
  return "nothing was thrown";
}

TEST(Config, SurvivesTheTripThroughJson) {
  RunConfig config;
  config.model.n_layer = 7;
  config.mitigations.tvr.blacklist = {"self_attn.q_proj", "k_proj"};
  config.train.learning_rate = 3e-4;
  config.data.corpus = "a \"quoted\" name.txt";
  EXPECT_EQ(config_from_json(to_json(config)), config);
}

TEST(Config, EveryFieldIsReachableByItsKeyAndKeepsItsValue) {
  RunConfig config;
  for (const auto& [key, help, value] : field_help()) {
    EXPECT_FALSE(help.empty()) << key;
    EXPECT_NO_THROW(set_field(config, key, value)) << key;
    EXPECT_EQ(get_field(config, key), value);
  }
  EXPECT_EQ(config, RunConfig{});
}

TEST(Config, RefusesAnUnknownKeyAndNamesTheNearest) {
  RunConfig config;
  EXPECT_EQ(message_of([&] { set_field(config, "tvr.enable", "true"); }),
            "unknown key 'tvr.enable'; did you mean tvr.enabled?");
  EXPECT_EQ(message_of([&] { set_field(config, "n_layers", "3"); }),
            "unknown key 'n_layers'; did you mean model.n_layer?");
  EXPECT_EQ(message_of([&] {
              config_from_json({{"model", {{"n_head", 2}, {"heads", 1}}}});
            }).substr(0, 33),
            "unknown key 'model.heads'; did yo");
}

TEST(Config, RefusesValuesOfTheWrongKind) {
  RunConfig config;
  EXPECT_THROW(set_field(config, "model.n_layer", "4.5"), Error);
  EXPECT_THROW(set_field(config, "model.n_layer", ""), Error);
  EXPECT_THROW(set_field(config, "train.learning_rate", "fast"), Error);
  EXPECT_THROW(set_field(config, "tvr.enabled", "maybe"), Error);
  EXPECT_THROW(config_from_json({{"tvr", {{"enabled", "true"}}}}), Error);
  EXPECT_THROW(config_from_toml("[train\nsteps = 3", "p.toml"), Error);
}

TEST(Config, ReadsAPreset) {
  const RunConfig config =
      config_from_toml("[train]\nsteps = 12\nlearning_rate = 0.5\n[tvr]\nenabled = true\n", "p.toml");
  EXPECT_EQ(config.train.steps, 12);
  EXPECT_EQ(config.train.learning_rate, 0.5);
  EXPECT_TRUE(config.mitigations.tvr.enabled);
}

TEST(Config, DerivesSizesAndRefusesImpossibleOnes) {
  const RunConfig config = resolved({});
  EXPECT_EQ(config.model.head_dim, 32);
  EXPECT_EQ(config.model.n_kv_head, 2);
  EXPECT_EQ(config.model.n_inner, 172);
  EXPECT_EQ(config.train.lr_decay_steps, config.train.steps);
  const auto with = [](std::string_view key, std::string_view value) {
    RunConfig c;
    set_field(c, key, value);
    return c;
  };
  for (const auto& [key, value] : {std::pair{"model.n_head", "3"},
                                   {"model.n_layer", "0"},
                                   {"model.n_layer", "-4"},
                                   {"model.n_embd", "9223372036854775807"},
                                   {"model.n_kv_head", "5"},
                                   {"train.learning_rate", "nan"},
                                   {"train.batch_size", "0"},
                                   {"tvr.target_std", "0"},
                                   {"kv_bias.start", "zero"},
                                   {"model.family", "rnn"}}) {
    EXPECT_NE(message_of([&] { resolved(with(key, value)); }).find(key), std::string::npos) << key << '=' << value;
  }
}

TEST(Command, SurvivesTheTripThroughJson) {
  const Command command{.kind = Command::Kind::set,
                        .assignments = {{"tvr.enabled", "true"}, {"tvr.target_std", "0.05"}}};
  const Command back = command_from_json(to_json(command));
  EXPECT_EQ(back.kind, command.kind);
  EXPECT_EQ(back.assignments, command.assignments);
}

TEST(Config, WhatAnOlderVersionStoredHasNoWarmUpAfterSwitches) {
  auto stored = to_json(RunConfig{});
  EXPECT_EQ(stored_config_from_json(stored), RunConfig{});
  stored["dyt"]["warmup_steps"] = 7;
  stored["kv_bias"].erase("warmup_steps");
  const RunConfig read = stored_config_from_json(stored);
  EXPECT_EQ(read.mitigations.dyt.warmup_steps, 7);
  EXPECT_EQ(read.mitigations.kv_bias.warmup_steps, 1);
  EXPECT_EQ(stored_config_from_json(nlohmann::json::object()).mitigations.dyt.warmup_steps, 1);
  EXPECT_THROW(stored_config_from_json({{"dyt", {{"warmup", 1}}}}), Error);
}

}  // namespace
}  // namespace variometer
