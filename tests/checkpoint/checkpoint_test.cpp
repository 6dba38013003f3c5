// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/checkpoint/checkpoint.h"

#include <ATen/TensorOperators.h>
#include <ATen/core/Tensor.h>
#include <ATen/core/grad_mode.h>
#include <ATen/ops/arange.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/equal.h>
#include <ATen/ops/full.h>
#include <ATen/ops/rand.h>
#include <gtest/gtest.h>

#include <fstream>
#include <set>

#include "core/analysis/open_model.h"
#include "core/base/error.h"
#include "core/checkpoint/hf_model.h"
#include "core/checkpoint/json_file.h"
#include "core/model/init.h"
#include "tests/temporary_folder.h"

namespace variometer {
namespace {

namespace fs = std::filesystem;

RunConfig small_config(const std::string& family) {
  RunConfig config;
  config.model.family = family;
  config.model.n_layer = 2;
  config.model.n_embd = 16;
  config.train.learning_rate = 0.1 + 0.2;  // a double with no short decimal form
  config.mitigations.tvr.blacklist = {"q_proj", "k_proj"};
  return resolved(config);
}

Decoder fresh(const RunConfig& config, std::uint64_t seed) {
  Decoder decoder(config.model, at::kCPU, at::kFloat);
  initialise(decoder, config.init, seed);
  return decoder;
}

CheckpointState state_of(const RunConfig& config) {
  CheckpointState state;
  state.config = config;
  state.step = 123;
  state.trainer = {{"rng", {std::uint64_t{18446744073709551557u}, std::uint64_t{1}}}, {"rate", 0.1 + 0.7}};
  state.optimizer = {{"exp_avg.0", at::rand({3, 2}).t()},
                     {"exp_avg_sq.0", at::rand({2, 3}, at::kDouble)},
                     {"step", at::full({}, 123.0f)},
                     {"empty", at::empty({0, 4})}};
  return state;
}

void expect_same_parameters(const Decoder& a, const Decoder& b) {
  ASSERT_EQ(a.parameters().size(), b.parameters().size());
  for (std::size_t i = 0; i < a.parameters().size(); ++i) {
    EXPECT_TRUE(at::equal(a.parameters()[i].value, b.parameters()[i].value)) << a.parameters()[i].info.name;
  }
}

TEST(Checkpoint, BringsEverythingBackBitForBit) {
  for (const char* family : {"llama", "gpt2"}) {
    const auto config = small_config(family);
    auto decoder = fresh(config, 1);
    decoder.switches = {.kv_bias = true, .kv_logit_offset = -20.0 / 3, .dyt = true};
    const auto state = state_of(config);
    const test::TemporaryFolder folder;
    save_checkpoint(folder / "c", decoder, state);

    auto again = fresh(config, 2);
    const auto loaded = load_checkpoint(folder / "c", again);
    expect_same_parameters(again, decoder);
    EXPECT_EQ(again.switches.kv_bias, true);
    EXPECT_EQ(again.switches.kv_logit_offset, -20.0 / 3);
    EXPECT_EQ(again.switches.dyt, true);
    EXPECT_EQ(loaded.config, state.config);
    EXPECT_EQ(loaded.step, 123);
    EXPECT_EQ(loaded.trainer, state.trainer);
    EXPECT_TRUE(loaded.extras_in_use);
    ASSERT_EQ(loaded.optimizer.size(), state.optimizer.size());
    for (const auto& [name, tensor] : state.optimizer) {
      const auto found = std::ranges::find(loaded.optimizer, name, &std::pair<std::string, at::Tensor>::first);
      ASSERT_NE(found, loaded.optimizer.end());
      EXPECT_EQ(found->second.scalar_type(), tensor.scalar_type());
      EXPECT_EQ(found->second.sizes(), tensor.sizes());
      EXPECT_TRUE(at::equal(found->second, tensor)) << name;
    }
  }
}

TEST(Checkpoint, IsLookedAtAsItWasTrainedWithoutWhatOnlyTrainingNeeds) {
  const at::NoGradGuard no_grad;
  const auto ids = at::arange(1, 9, at::kLong).unsqueeze(0);
  for (const char* family : {"llama", "gpt2"}) {
    const auto config = small_config(family);
    for (const Switches on : {Switches{}, Switches{.kv_bias = true, .kv_logit_offset = -3}, Switches{.dyt = true},
                              Switches{.kv_bias = true, .dyt = true}}) {
      auto decoder = fresh(config, 1);
      decoder.switches = on;
      const auto expected = decoder.logits(ids);
      const test::TemporaryFolder folder;
      save_checkpoint(folder / "c", decoder, state_of(config));
      fs::remove(folder / "c/variometer/optimizer.safetensors");  // several times the weights, and of no use here
      for (const bool stream : {false, true}) {
        auto model = open_model(folder / "c", {.stream = stream});
        EXPECT_EQ(model.streaming, stream);
        EXPECT_TRUE(model.warnings.empty()) << model.warnings.front();
        const auto logits = model.decoder.logits(ids);
        EXPECT_LT((logits - expected).abs().max().item<double>(), 1e-5 * expected.abs().max().item<double>())
            << family << ' ' << on.kv_bias << on.dyt << stream;
      }
      fs::remove(folder / "c/variometer/extras.safetensors");
      if (on.kv_bias || on.dyt) {
        EXPECT_THROW(open_model(folder / "c", {}), Error);
      }
    }
  }
}

TEST(Checkpoint, OfANewerFormatIsNeitherTrainedOnNorLookedAt) {
  const auto config = small_config("llama");
  auto decoder = fresh(config, 1);
  const test::TemporaryFolder folder;
  save_checkpoint(folder / "c", decoder, state_of(config));
  const auto where = folder / "c/variometer/state.json";
  auto json = read_json_file(where);
  json["format"] = "variometer-checkpoint-2";
  std::ofstream(where) << json.dump();
  EXPECT_THROW(load_checkpoint(folder / "c", decoder), Error);
  EXPECT_THROW(open_model(folder / "c", {}), Error);
}

TEST(Checkpoint, LeavesExtrasThatNeverRanToInitialise) {
  const auto config = small_config("llama");
  const auto decoder = fresh(config, 1);
  const test::TemporaryFolder folder;
  save_checkpoint(folder / "c", decoder, state_of(config));
  EXPECT_FALSE(fs::exists(folder / "c/variometer/extras.safetensors"));
  EXPECT_FALSE(read_json_file(folder / "c/config.json").contains("variometer"));
  auto again = fresh(config, 1);
  load_checkpoint(folder / "c", again);
  expect_same_parameters(again, decoder);
}

TEST(Checkpoint, IsAHuggingFaceFolderToo) {
  const auto config = small_config("gpt2");
  const auto decoder = fresh(config, 1);
  const test::TemporaryFolder folder;
  save_checkpoint(folder / "c", decoder, state_of(config));
  EXPECT_EQ(read_hf_config(folder / "c"), config.model);
  auto again = fresh(config, 3);
  EXPECT_TRUE(load_hf_weights(folder / "c", again).empty());
  EXPECT_TRUE(fs::exists(folder / "c/tokenizer.json"));
}

TEST(Checkpoint, ReplacesItsOwnKindOnly) {
  const auto config = small_config("llama");
  const auto first = fresh(config, 1), second = fresh(config, 2);
  const test::TemporaryFolder folder;
  save_checkpoint(folder / "c/", first, state_of(config));
  save_checkpoint(folder / "c", second, state_of(config));
  auto again = fresh(config, 3);
  load_checkpoint(folder / "c", again);
  EXPECT_TRUE(at::equal(again.parameters()[0].value, second.parameters()[0].value));
  EXPECT_EQ(std::distance(fs::directory_iterator(folder.path()), {}), 1) << "temporary folders are left behind";
  fs::create_directory(folder / "d");
  write_text_file(folder / "d/mine.txt", "mine");
  save_checkpoint(folder / "d", first, state_of(config));  // beside what is no model's
  EXPECT_TRUE(fs::exists(folder / "d/mine.txt"));
  fs::remove_all(folder / "d/variometer");  // now it is somebody's model
  EXPECT_THROW(save_checkpoint(folder / "d", first, state_of(config)), Error);
  write_text_file(folder / "f", "a file");
  EXPECT_THROW(save_checkpoint(folder / "f", first, state_of(config)), Error);
  EXPECT_THROW(save_checkpoint("/proc/none/c", first, state_of(config)), Error);
}

TEST(Checkpoint, KeepsTheNewestAndFindsThem) {
  const auto config = small_config("llama");
  const auto decoder = fresh(config, 1);
  const test::TemporaryFolder folder;
  for (const std::int64_t step : {90, 100, 1000, 110}) {
    save_checkpoint(checkpoint_folder(folder.path(), step), decoder, state_of(config));
  }
  fs::create_directory(folder / "step-000001");  // not a checkpoint: never touched
  write_text_file(folder / "step-notes", "mine");
  EXPECT_EQ(find_checkpoint(folder.path()).filename(), "step-001000");
  prune_checkpoints(folder.path(), 2, {}, /*replaces=*/false);
  EXPECT_FALSE(fs::exists(folder / "step-000090"));
  EXPECT_FALSE(fs::exists(folder / "step-000100"));
  EXPECT_TRUE(fs::exists(folder / "step-000110"));
  EXPECT_TRUE(fs::exists(folder / "step-001000"));
  EXPECT_TRUE(fs::exists(folder / "step-000001"));
  EXPECT_TRUE(fs::exists(folder / "step-notes"));
  EXPECT_EQ(read_checkpoint_config(folder.path()), config);
  EXPECT_EQ(read_checkpoint_step(folder.path()), 123);
  EXPECT_THROW(find_checkpoint(folder / "step-000001"), Error);
  EXPECT_THROW(find_checkpoint(folder / "nothing"), Error);
}

/// A folder with the checkpoints of several runs; says which are there.
class NumberedCheckpoints {
 public:
  void save(const CheckpointRun& run, std::int64_t step) {
    auto state = state_of(config_);
    state.step = step;
    state.run = run;
    save_checkpoint(checkpoint_folder(path(), step), decoder_, state);
  }
  std::set<std::int64_t> steps() const {
    std::set<std::int64_t> steps;
    for (const auto& entry : fs::directory_iterator(path())) {
      steps.insert(std::stoll(entry.path().filename().string().substr(5)));
    }
    return steps;
  }
  std::int64_t newest() const { return read_checkpoint_step(find_checkpoint(path())); }
  fs::path path() const { return folder_.path(); }

 private:
  const RunConfig config_ = small_config("llama");
  const Decoder decoder_ = fresh(config_, 1);
  const test::TemporaryFolder folder_;
};

using Steps = std::set<std::int64_t>;

TEST(CheckpointRuns, ThatReplaceAnotherKeepTheirOwn) {
  NumberedCheckpoints all;
  const auto first = new_checkpoint_run(all.path());
  for (const std::int64_t step : {100, 200, 300}) all.save(first, step);
  const auto second = new_checkpoint_run(all.path());
  EXPECT_NE(first.id, second.id);
  for (const std::int64_t step : {10, 20, 30, 40}) {
    all.save(second, step);
    EXPECT_EQ(all.newest(), step) << "the newest of the newest run, not the largest number";
    prune_checkpoints(all.path(), 3, second, /*replaces=*/true);
  }
  EXPECT_EQ(all.steps(), (Steps{20, 30, 40}));
}

TEST(CheckpointRuns, ThatGoOnFromAnEarlierStepLeaveWhatWasGivenUp) {
  NumberedCheckpoints all;
  const auto first = new_checkpoint_run(all.path());
  for (const std::int64_t step : {100, 200, 300}) all.save(first, step);
  const auto second = new_checkpoint_run(all.path(), checkpoint_folder(all.path(), 100));
  EXPECT_TRUE(second.has(first.id, 100));
  EXPECT_FALSE(second.has(first.id, 200));
  for (const std::int64_t step : {150, 250}) {
    all.save(second, step);
    prune_checkpoints(all.path(), 2, second, /*replaces=*/false);
    EXPECT_EQ(all.newest(), step);
  }
  EXPECT_EQ(all.steps(), (Steps{150, 200, 250, 300}));
  // On, from the end: the two before it belong to this run as well.
  const auto third = new_checkpoint_run(all.path(), find_checkpoint(all.path()));
  all.save(third, 350);
  prune_checkpoints(all.path(), 2, third, /*replaces=*/false);
  EXPECT_EQ(all.steps(), (Steps{200, 250, 300, 350}));
  EXPECT_EQ(all.newest(), 350);
}

TEST(CheckpointRuns, InAFolderThatIsACheckpointItselfAreFoundByTheirAge) {
  const auto config = small_config("llama");
  const auto decoder = fresh(config, 1);
  const test::TemporaryFolder folder;
  const auto save = [&](const fs::path& place, const CheckpointRun& run, std::int64_t step) {
    auto state = state_of(config);
    state.step = step;
    state.run = run;
    save_checkpoint(place, decoder, state);
  };
  save(folder.path(), new_checkpoint_run(folder.path()), 30);
  save(checkpoint_folder(folder.path(), 12), new_checkpoint_run(folder.path()), 12);
  EXPECT_EQ(find_checkpoint(folder.path()), checkpoint_folder(folder.path(), 12)) << "of the newer run";
  EXPECT_EQ(read_checkpoint_step(folder.path()), 30) << "the folder itself, where one is named that is a checkpoint";
  save(folder.path(), new_checkpoint_run(folder.path()), 7);
  EXPECT_EQ(find_checkpoint(folder.path()), folder.path());
}

TEST(CheckpointRuns, OfAnOlderProgramAreAllOne) {
  NumberedCheckpoints all;
  for (const std::int64_t step : {100, 200}) {
    all.save({}, step);
    const auto state = checkpoint_folder(all.path(), step) / "variometer/state.json";
    auto json = read_json_file(state);
    json.erase("run");
    write_text_file(state, json.dump());
  }
  EXPECT_EQ(all.newest(), 200);
  const auto run = new_checkpoint_run(all.path(), find_checkpoint(all.path()));
  all.save(run, 250);
  EXPECT_EQ(all.newest(), 250);
  prune_checkpoints(all.path(), 2, run, /*replaces=*/false);
  EXPECT_EQ(all.steps(), (Steps{200, 250}));
}

TEST(Checkpoint, NamesTheFileThatIsDamaged) {
  const auto config = small_config("llama");
  const test::TemporaryFolder folder;
  const auto expect_refused = [&](const std::string& file, const std::string& text) {
    auto decoder = fresh(config, 1);
    save_checkpoint(folder / "c", decoder, state_of(config));
    write_text_file(folder / ("c/" + file), text);
    try {
      load_checkpoint(folder / "c", decoder);
      ADD_FAILURE() << file << " was accepted with " << text;
    } catch (const Error& error) {
      EXPECT_EQ(error.kind(), Error::Kind::file);
      EXPECT_NE(std::string(error.what()).find(fs::path(file).filename().string()), std::string::npos) << error.what();
    }
  };
  expect_refused("variometer/state.json", "{");
  expect_refused("variometer/state.json", "{}");
  expect_refused("variometer/state.json", R"({"format":"variometer-checkpoint-2"})");
  expect_refused("variometer/state.json",
                 R"({"format":"variometer-checkpoint-1","config":{"model":{"n_layers":2}},"step":1})");
  expect_refused("variometer/optimizer.safetensors", "short");
  expect_refused("model.safetensors", "short");
}

}  // namespace
}  // namespace variometer
