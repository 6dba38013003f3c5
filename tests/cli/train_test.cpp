// SPDX-License-Identifier: GPL-3.0-or-later
#include <gtest/gtest.h>

#include <cstdlib>
#include <nlohmann/json.hpp>

#include "tests/cli/command.h"

namespace variometer::test {
namespace {

using nlohmann::json;

/// A run of a second: two layers, sixteen channels.
std::vector<std::string> small_train(std::vector<std::string> more) {
  std::vector<std::string> arguments{
      "train", "--steps",         "20",    "--threads",         "1", "--set", "model.n_layer=2",
      "--set", "model.n_embd=16", "--set", "train.batch_size=4"};
  arguments.insert(arguments.end(), more.begin(), more.end());
  return arguments;
}

TEST(Train, RecordsTwentyStepsThatH5lsCanRead) {
  const TemporaryFolder folder;
  const auto record = (folder / "run.h5").string();
  const Result result = run_variometer(small_train({"--record", record}));
  ASSERT_EQ(result.status, 0) << result.err;
  EXPECT_NE(result.out.find("20 updates"), std::string::npos) << result.out;
  const Result checked = run_variometer({"check", record, "--json"});
  ASSERT_EQ(checked.status, 0) << checked.err;
  const auto report = json::parse(checked.out);
  EXPECT_EQ(report["closed"], true);
  EXPECT_EQ(report["n_update"], 20);
  EXPECT_EQ(report["last_step"], 20);
  const auto told = lines_of(run_variometer({"check", record, "--json", "--progress"}).out);
  ASSERT_EQ(told.size(), 2U);
  EXPECT_GE(json::parse(told[0])["read"], 21);
  EXPECT_EQ(json::parse(told[1]), report);
  const auto info = json::parse(run_variometer({"info", record, "--json"}).out);
  EXPECT_EQ(info["n_layer"], 2);
  EXPECT_EQ(info["last_step"], 20);
  if (std::system("h5ls -V >/dev/null 2>&1") != 0) GTEST_SKIP() << "h5ls is not installed";
  const std::string list = (folder / "list").string();
  ASSERT_EQ(std::system(("h5ls -r '" + record + "' > '" + list + "'").c_str()), 0);
  for (const char* name : {"/run/scalars/loss", "/run/weight/std", "/run/activation/top_value", "/run/events/kind"}) {
    EXPECT_NE(read_text(list).find(name), std::string::npos) << name;
  }
}

TEST(Train, PrintsOneObjectPerUpdateAndTheSwitchAtItsStep) {
  const Result result =
      run_variometer(small_train({"--json", "--at", "5:tvr.enabled=true", "--at", "5:kv_bias.enabled=true"}));
  ASSERT_EQ(result.status, 0) << result.err;
  const auto lines = lines_of(result.out);
  ASSERT_EQ(lines.size(), 20u);
  for (std::size_t i = 0; i < lines.size(); ++i) {
    const auto update = json::parse(lines[i]);
    EXPECT_EQ(update["step"], i + 1);
    for (const char* key : {"loss", "learning_rate", "grad_norm", "tokens_per_second"}) {
      EXPECT_TRUE(update[key].is_number()) << key;
    }
    EXPECT_EQ(update.contains("applied"), i + 1 == 5) << lines[i];
  }
  const auto applied = json::parse(lines[4])["applied"];
  ASSERT_EQ(applied.size(), 2u);
  EXPECT_EQ(applied[0], json({{"step", 5}, {"key", "tvr.enabled"}, {"value", "true"}}));
  const auto tenth = json::parse(lines[9]);
  EXPECT_EQ(tenth["layers"].size(), 2u);
  EXPECT_EQ(tenth["layers"][1]["top"].size(), 3u);
  EXPECT_TRUE(tenth["layers"][0]["kv_slot_share"].is_number());
  EXPECT_EQ(tenth["batch_layers"].size(), 2u);
  EXPECT_TRUE(tenth["weights"]["model.layers.0.self_attn.q_proj.weight"]["std"].is_number());
}

std::vector<std::string> losses(const Result& result) {
  std::vector<std::string> all;
  for (const auto& line : lines_of(result.out)) all.push_back(json::parse(line)["loss"].dump());
  return all;
}

TEST(Train, ResumesAsIfItHadNeverStopped) {
  const TemporaryFolder folder;
  const auto whole = losses(run_variometer(small_train({"--json", "--at", "3:tvr.enabled=true"})));
  ASSERT_EQ(whole.size(), 20u);
  const auto checkpoint = (folder / "c").string();
  const auto record = (folder / "run.h5").string();
  const Result first =
      run_variometer(small_train({"--json", "--at", "3:tvr.enabled=true", "--steps", "8", "--set",
                                  "train.lr_decay_steps=20", "--checkpoint", checkpoint, "--record", record}));
  ASSERT_EQ(first.status, 0) << first.err;
  EXPECT_EQ(losses(first), std::vector<std::string>(whole.begin(), whole.begin() + 8));
  for (const auto& from : {checkpoint, record}) {
    const Result second = run_variometer({"train", "--resume", from, "--steps", "20", "--json"});
    ASSERT_EQ(second.status, 0) << second.err;
    EXPECT_EQ(losses(second), std::vector<std::string>(whole.begin() + 8, whole.end()));
  }
}

TEST(Train, ACorpusIsFoundAgainFromAnyFolder) {
  const TemporaryFolder folder;
  write_text(folder / "notes.txt", std::string(20000, 'a') + "b");
  const auto relative = std::filesystem::relative(folder / "notes.txt").string();
  const auto record = (folder / "run.h5").string();
  const Result run = run_variometer(small_train({"--corpus", relative, "--steps", "2", "--record", record}));
  ASSERT_EQ(run.status, 0) << run.err;
  const Result info = run_variometer({"info", record, "--json"});
  EXPECT_EQ(json::parse(info.out)["corpus"], std::filesystem::absolute(relative).lexically_normal().string());
}

TEST(Train, KeepsTheNewestCheckpoints) {
  const TemporaryFolder folder;
  const Result result =
      run_variometer(small_train({"--checkpoint", (folder / "c").string(), "--every", "5", "--keep", "2"}));
  ASSERT_EQ(result.status, 0) << result.err;
  EXPECT_FALSE(std::filesystem::exists(folder / "c/step-000005"));
  EXPECT_FALSE(std::filesystem::exists(folder / "c/step-000010"));
  EXPECT_TRUE(std::filesystem::exists(folder / "c/step-000015/model.safetensors"));
  EXPECT_TRUE(std::filesystem::exists(folder / "c/step-000020/variometer/state.json"));
}

TEST(Train, StartsFromAModelAndWritesWithIt) {
  const TemporaryFolder folder;
  const auto model = (folder / "m").string();
  ASSERT_EQ(run_variometer(small_train({"--checkpoint", model})).status, 0);
  const Result started = run_variometer({"train", "--init", model, "--steps", "2", "--json", "--set",
                                         "train.batch_size=4", "--set", "train.warmup_steps=0"});
  ASSERT_EQ(started.status, 0) << started.err;
  EXPECT_EQ(lines_of(started.out).size(), 2u);
  const Result one = run_variometer({"generate", model, "--prompt", "Summer", "--tokens", "30", "--seed", "7"});
  ASSERT_EQ(one.status, 0) << one.err;
  EXPECT_EQ(one.out, run_variometer({"generate", model, "--prompt", "Summer", "--tokens", "30", "--seed", "7"}).out);
  EXPECT_NE(one.out, run_variometer({"generate", model, "--prompt", "Summer", "--tokens", "30", "--seed", "8"}).out);
  const auto info = json::parse(run_variometer({"info", model, "--json"}).out);
  EXPECT_EQ(info["family"], "llama");
  EXPECT_EQ(info["tokenizer"], "bytes");
  EXPECT_EQ(info["step"], 20);
}

TEST(Train, SaysWhatItTookFromTheModelItStartsFrom) {
  const TemporaryFolder folder;
  const auto model = (folder / "m").string();
  ASSERT_EQ(run_variometer(small_train({"--checkpoint", model})).status, 0);
  // Without a size or a rate: both come from the model.
  const Result started = run_variometer({"train", "--init", model, "--steps", "2"});
  ASSERT_EQ(started.status, 0) << started.err;
  for (const char* said : {"starting from m: llama", "sizes are the model's", "proposed: train.learning_rate=",
                           "proposed: train.batch_size=", "median std", "memory: about"}) {
    EXPECT_NE(started.err.find(said), std::string::npos) << said << " in " << started.err;
  }
  const Result given = run_variometer({"train", "--init", model, "--steps", "2", "--set", "train.learning_rate=0.002"});
  ASSERT_EQ(given.status, 0) << given.err;
  EXPECT_EQ(given.err.find("proposed: train.learning_rate"), std::string::npos) << given.err;
}

TEST(Train, TvrWithoutATargetTakesTheOneThatSuitsTheWidth) {
  const Result result = run_variometer(small_train({"--at", "5:tvr.enabled=true"}));
  ASSERT_EQ(result.status, 0) << result.err;
  EXPECT_NE(result.err.find("proposed: tvr.target_std=0.1 (what suits a width of 16"), std::string::npos) << result.err;
  const Result given = run_variometer(small_train({"--at", "5:tvr.enabled=true", "--at", "5:tvr.target_std=0.03"}));
  EXPECT_EQ(given.err.find("proposed"), std::string::npos) << given.err;
}

TEST(Train, APresetHoldsSwitchesAndTheModelToStartFrom) {
  const TemporaryFolder folder;
  const auto model = (folder / "m").string();
  ASSERT_EQ(run_variometer(small_train({"--checkpoint", model})).status, 0);
  const auto preset = (folder / "p.toml").string();
  write_text(preset, "[run]\ninit = \"" + model + "\"\nat = [\"2:kv_bias.enabled=true\"]\n[train]\nsteps = 3\n");
  const Result result = run_variometer({"train", preset, "--json"});
  ASSERT_EQ(result.status, 0) << result.err;
  const auto lines = lines_of(result.out);
  ASSERT_EQ(lines.size(), 3U);
  EXPECT_EQ(json::parse(lines[1])["applied"][0]["key"], "kv_bias.enabled");
  EXPECT_NE(result.err.find("starting from m"), std::string::npos) << result.err;
}

TEST(Train, StopsCleanlyOnCtrlCAndKeepsTheRecord) {
  const TemporaryFolder folder;
  const auto record = (folder / "run.h5").string();
  auto arguments = small_train({"--json", "--record", record, "--steps", "1000000"});
  const Result result = run_variometer(arguments, "\"step\":3,");
  EXPECT_EQ(result.status, 130) << result.err;
  const auto report = json::parse(run_variometer({"check", record, "--json"}).out);
  EXPECT_EQ(report["closed"], true);
  EXPECT_EQ(report["state"], "stopped");
  EXPECT_GE(report["n_update"], 3);
}

TEST(Train, FailsAsARunWhenTheLossIsNotANumber) {
  const TemporaryFolder folder;
  const auto record = (folder / "run.h5").string();
  const Result result = run_variometer(small_train({"--record", record, "--set", "train.learning_rate=1e30", "--set",
                                                    "train.warmup_steps=0", "--set", "train.grad_clip=0"}));
  EXPECT_EQ(result.status, 5) << result.out;
  EXPECT_NE(result.err.find("variometer: "), std::string::npos);
  EXPECT_NE(result.err.find("layer"), std::string::npos) << result.err;
  const auto report = json::parse(run_variometer({"check", record, "--json"}).out);
  EXPECT_EQ(report["closed"], true);
  EXPECT_EQ(report["state"], "failed");
}

TEST(Replay, BringsEveryLossBackBitForBit) {
  const TemporaryFolder folder;
  const auto record = (folder / "run.h5").string(), again = (folder / "again.h5").string();
  ASSERT_EQ(run_variometer(small_train({"--record", record, "--at", "4:dyt.enabled=true", "--at", "9:tvr.enabled=true",
                                        "--at", "12:dyt.enabled=false"}))
                .status,
            0);
  const Result result = run_variometer({"replay", record, "--record", again, "--json"});
  ASSERT_EQ(result.status, 0) << result.err;
  const auto verdict = json::parse(result.out);
  EXPECT_EQ(verdict["equal"], true);
  EXPECT_EQ(verdict["n_update"], 20);
  EXPECT_EQ(run_variometer({"replay", record, "--record", again}).status, 2);
  // Nobody can make files there, not even root.
  EXPECT_EQ(run_variometer({"replay", record, "--record", "/proc/again.h5"}).status, 3);
}

struct Refusal {
  const char* what;
  std::vector<std::string> arguments;
  int status;
  const char* message;
};

class RefusedTrain : public testing::TestWithParam<Refusal> {
 protected:
  static void SetUpTestSuite() {
    folder_ = new TemporaryFolder;
    write_text(*folder_ / "empty.txt", "");
    write_text(*folder_ / "short.txt", "too short");
    write_text(*folder_ / "binary.txt", std::string(5000, '\0'));
    write_text(*folder_ / "there.h5", "not a record");
    write_text(*folder_ / "bad.toml", "[model]\nn_layers = 3\n");
    write_text(*folder_ / "wrong.toml", "[model\n");
    std::filesystem::create_directory(*folder_ / "taken");
    write_text(*folder_ / "taken/mine.txt", "mine");
  }
  static void TearDownTestSuite() { delete folder_; }
  inline static TemporaryFolder* folder_ = nullptr;
};

TEST_P(RefusedTrain, InOneLineWithItsStatus) {
  std::vector<std::string> arguments{"train", "--steps", "2"};
  for (auto argument : GetParam().arguments) {
    if (const auto at = argument.find("TMP"); at != std::string::npos)
      argument.replace(at, 3, folder_->path().string());
    arguments.push_back(argument);
  }
  const Result result = run_variometer(arguments);
  EXPECT_EQ(result.status, GetParam().status) << result.err;
  EXPECT_EQ(result.out, "");
  const auto lines = lines_of(result.err);
  ASSERT_EQ(lines.size(), 1u) << result.err;
  EXPECT_EQ(lines[0].rfind("variometer: ", 0), 0u) << lines[0];
  EXPECT_NE(lines[0].find(GetParam().message), std::string::npos) << lines[0];
}

INSTANTIATE_TEST_SUITE_P(
    Table, RefusedTrain,
    testing::Values(
        Refusal{"MissingCorpus", {"--corpus", "TMP/none.txt"}, 3, "none.txt"},
        Refusal{"CorpusIsAFolder", {"--corpus", "TMP"}, 3, "folder"},
        Refusal{"EmptyCorpus", {"--corpus", "TMP/empty.txt"}, 3, "empty"},
        Refusal{"BinaryCorpus", {"--corpus", "TMP/binary.txt"}, 3, "text"},
        Refusal{"ShortCorpus", {"--corpus", "TMP/short.txt"}, 3, "short"},
        Refusal{"UnknownKey", {"--set", "model.n_layers=3"}, 2, "model.n_layer?"},
        Refusal{"NotAnAssignment", {"--set", "model.n_layer"}, 2, "key=value"},
        Refusal{"WordForANumber", {"--set", "model.n_layer=four"}, 2, "whole number"},
        Refusal{"HeadsDoNotDivide", {"--set", "model.n_head=3"}, 2, "not a multiple"},
        Refusal{"NoLayers", {"--set", "model.n_layer=0"}, 2, "at least 1"},
        Refusal{"NegativeWidth", {"--set", "model.n_embd=-64"}, 2, "at least 1"},
        Refusal{"LargerThanMemory", {"--set", "model.n_embd=131072", "--set", "model.n_layer=100"}, 4, "memory"},
        Refusal{"NoSuchDevice", {"--device", "tpu"}, 2, "cuda"},
        Refusal{"AtIsNotAStep", {"--at", "soon:tvr.enabled=true"}, 2, "STEP:key=value"},
        Refusal{"AtAfterTheEnd", {"--at", "3:tvr.enabled=true"}, 2, "after the last update"},
        Refusal{"AtAShape", {"--at", "1:model.n_layer=3"}, 2, "model.n_layer"},
        Refusal{"UnwritableRecord", {"--record", "/proc/none/run.h5"}, 3, "/proc/none"},
        Refusal{"RecordFolderMissing", {"--record", "TMP/no/run.h5"}, 3, "no"},
        Refusal{"RecordExists", {"--record", "TMP/there.h5"}, 2, "--overwrite"},
        Refusal{"CheckpointTaken", {"--checkpoint", "TMP/taken"}, 2, "--overwrite"},
        Refusal{"EndlessPreset", {"/dev/zero"}, 3, "/dev/zero"},
        Refusal{"EndlessCorpus", {"--corpus", "/dev/zero"}, 3, "NUL at byte 0"},
        Refusal{"RecordNameTooLong", {"--record", std::string(300, 'x')}, 3, "name too long"},
        Refusal{"CheckpointNameTooLong", {"--checkpoint", std::string(300, 'x')}, 3, "name too long"},
        Refusal{"CheckpointBelowAFile", {"--checkpoint", "TMP/short.txt/model"}, 3, "no folder"},
        Refusal{"EveryWithoutCheckpoint", {"--every", "5"}, 2, "--checkpoint"},
        Refusal{"MissingPreset", {"TMP/none.toml"}, 3, "none.toml"},
        Refusal{"PresetWithUnknownKey", {"TMP/bad.toml"}, 2, "model.n_layer?"},
        Refusal{"PresetIsNotToml", {"TMP/wrong.toml"}, 3, "wrong.toml:1"},
        Refusal{"ResumeNothing", {"--resume", "TMP/taken"}, 3, "no checkpoint"},
        Refusal{"ResumeNoRecord", {"--resume", "TMP/there.h5"}, 3, "there.h5"},
        Refusal{"InitNothing", {"--init", "TMP/taken"}, 3, "config.json"},
        Refusal{"UnknownOption", {"--stpes", "5"}, 2, "--stpes"}),
    [](const auto& each) { return std::string(each.param.what); });

TEST(Train, SaysThatThereIsNoCudaDevice) {
  if (std::filesystem::exists("/proc/driver/nvidia")) GTEST_SKIP() << "there is one";
  const Result result = run_variometer({"train", "--steps", "2", "--device", "cuda"});
  EXPECT_EQ(result.status, 4);
  EXPECT_NE(result.err.find("no CUDA device"), std::string::npos) << result.err;
}

TEST(Train, HelpListsEveryKey) {
  const Result result = run_variometer({"train", "--help"});
  EXPECT_EQ(result.status, 0);
  for (const char* key : {"model.n_layer", "tvr.target_std", "probe.budget", "--resume", "Examples:"}) {
    EXPECT_NE(result.out.find(key), std::string::npos) << key;
  }
}

}  // namespace
}  // namespace variometer::test
