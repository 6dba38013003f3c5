// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/train/trainer.h"

#include <ATen/ATen.h>
#include <ATen/Parallel.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "core/base/config_fields.h"
#include "core/base/error.h"
#include "core/text/byte_tokenizer.h"
#include "tests/train/small_run.h"

namespace variometer {
namespace {

class TrainerTest : public ::testing::Test {
 protected:
  void SetUp() override { at::set_num_threads(1); }

  static Trainer make(RunConfig config = small_config()) {
    config = resolved(config);
    return {config, load_corpus(config.data, config.model.block_size), at::kCPU};
  }
  static std::vector<float> losses(Trainer& trainer, int n) {
    std::vector<float> values;
    for (int i = 0; i < n; ++i) values.push_back(trainer.update({}).loss);
    return values;
  }
};

TEST_F(TrainerTest, SameSeedGivesTheSameLossesBitForBitAndAnotherSeedOthers) {
  Trainer one = make(), two = make();
  const auto expected = losses(one, 12);
  EXPECT_EQ(losses(two, 12), expected);
  RunConfig other = small_config();
  other.train.seed = 2;
  Trainer three = make(other);
  EXPECT_NE(losses(three, 12), expected);
}

TEST_F(TrainerTest, AnUpdateThatFailsBeforeTheWeightsMoveLeavesEverythingAsItWas) {
  // The training part has a token that the model does not have; the held batch comes from the validation part.
  RunConfig config = small_config();
  config.mitigations.kv_bias.enabled = true;
  config.mitigations.kv_bias.start = "neutral";  // annealed, an update at a time
  config = resolved(config);
  auto corpus = std::make_shared<Corpus>();
  corpus->tokenizer = std::make_shared<ByteTokenizer>();
  corpus->ids.assign(200, 1000);
  corpus->n_train = 100;
  std::fill(corpus->ids.begin() + 100, corpus->ids.end(), 65);
  Trainer trainer(config, corpus, at::kCPU);
  const auto before = trainer.checkpoint_state().trainer;
  EXPECT_THROW(trainer.update({}), Error);
  EXPECT_EQ(trainer.checkpoint_state().trainer, before);
  EXPECT_EQ(trainer.step(), 0);
}

TEST_F(TrainerTest, LearnsTheBuiltInSentences) {
  RunConfig config = small_config();
  config.train.steps = 150;
  config.train.batch_size = 16;
  Trainer trainer = make(config);
  const float first = losses(trainer, 1).front();
  EXPECT_NEAR(first, std::log(257.0F), 0.05F);  // knows nothing yet
  losses(trainer, 140);
  EXPECT_LT(losses(trainer, 1).front(), 3.2F);
  EXPECT_LT(trainer.validation_loss(), 3.2F);
}

TEST_F(TrainerTest, MeasuringChangesNothing) {
  Trainer quiet = make(), watched = make();
  const auto expected = losses(quiet, 8);
  std::vector<float> seen;
  for (int i = 0; i < 8; ++i) {
    const auto report = watched.update({.batch = true, .weights = true});
    seen.push_back(report.loss);
    ASSERT_TRUE(report.batch && report.weights);
    EXPECT_EQ(report.batch->layers.size(), 2U);
    EXPECT_EQ(report.batch->loss, report.loss);
    EXPECT_EQ(report.weights->tensors.size(), watched.decoder().parameters().size());
    FramePtr frame;
    HiddenStates hidden;
    watched.measure_prompt({.attention = true, .maps = true}, &frame, &hidden);
    watched.measure_held_batch();
    watched.validation_loss();
    watched.sample("The");
  }
  EXPECT_EQ(seen, expected);
}

TEST_F(TrainerTest, APreviewIsMeasuredAndChangesNothing) {
  Trainer quiet = make(), previewed = make();
  losses(quiet, 5);
  losses(previewed, 5);
  for (const auto& set : std::vector<std::vector<Assignment>>{
           {{"tvr.enabled", "true"}, {"tvr.target_std", "0.001"}},
           {{"kv_bias.enabled", "true"}},
           {{"dyt.enabled", "true"}},
           {{"dyt.enabled", "true"}, {"dyt.start", "calibrated"}, {"kv_bias.enabled", "true"}}}) {
    const Preview preview = previewed.preview(set);
    EXPECT_TRUE(std::isfinite(preview.loss_before) && std::isfinite(preview.loss_after));
    EXPECT_NE(preview.loss_before, preview.loss_after) << set.front().key;
    EXPECT_EQ(preview.layer_top_after.size(), 2U);
    EXPECT_GT(preview.top_before, 0);
  }
  EXPECT_FALSE(previewed.config().mitigations.tvr.enabled);
  EXPECT_EQ(losses(previewed, 8), losses(quiet, 8));
}

TEST_F(TrainerTest, APreviewIsWhatTheSwitchThenDoes) {
  for (const auto& set : std::vector<std::vector<Assignment>>{
           {{"kv_bias.enabled", "true"}},
           {{"dyt.enabled", "true"}},
           {{"dyt.enabled", "true"}, {"dyt.start", "calibrated"}, {"kv_bias.enabled", "true"}},
           {{"tvr.enabled", "true"}, {"tvr.target_std", "0.001"}, {"kv_bias.enabled", "true"}}}) {
    Trainer trainer = make();
    losses(trainer, 5);
    const Preview preview = trainer.preview(set);
    EXPECT_EQ(trainer.measure_held_batch().loss, preview.loss_before);
    trainer.set(set);
    // What an update does right after its own change, without the change.
    if (trainer.config().mitigations.tvr.enabled) apply_tvr(trainer.decoder(), trainer.config().mitigations.tvr);
    EXPECT_EQ(trainer.measure_held_batch().loss, preview.loss_after) << set.front().key;
    const auto layers = trainer.measure_prompt({}).layers;
    ASSERT_EQ(layers.size(), preview.layer_top_after.size());
    for (std::size_t l = 0; l < layers.size(); ++l) {
      EXPECT_EQ(std::abs(layers[l].top.front().value), preview.layer_top_after[l]) << set.front().key;
    }
  }
}

TEST_F(TrainerTest, GoesOnFromASavedStateAsIfNothingHadHappened) {
  RunConfig config = small_config();
  config.mitigations.kv_bias.enabled = true;
  config.mitigations.kv_bias.start = "neutral";
  config.mitigations.tvr.enabled = true;
  config.mitigations.tvr.step_interval = 3;
  config.mitigations.tvr.target_std = 0.015;
  Trainer trainer = make(config);
  losses(trainer, 4);
  const TrainerState state = trainer.save();
  const auto expected = losses(trainer, 9);
  trainer.set({{"dyt.enabled", "true"}, {"kv_bias.enabled", "false"}});
  losses(trainer, 3);
  trainer.restore(state);
  EXPECT_EQ(trainer.step(), 4);
  EXPECT_FALSE(trainer.config().mitigations.dyt.enabled);
  EXPECT_EQ(losses(trainer, 9), expected);
  Trainer fresh = make(config);
  fresh.restore(state);
  EXPECT_EQ(losses(fresh, 9), expected);
}

TEST_F(TrainerTest, ParametersThatASwitchAddsMoveByAFractionOfTheLearningRateAtFirst) {
  const auto largest_move = [](std::int64_t warmup_steps) {
    Trainer trainer = make();
    losses(trainer, 5);
    const std::string n = std::to_string(warmup_steps);
    trainer.set({{"dyt.start", "calibrated"}, {"dyt.enabled", "true"}, {"dyt.warmup_steps", n}});
    trainer.set({{"kv_bias.enabled", "true"}, {"kv_bias.warmup_steps", n}});
    std::vector<at::Tensor> before;
    for (const auto& p : trainer.decoder().parameters()) before.push_back(p.value.detach().clone());
    const float rate = trainer.update({}).learning_rate;
    double added = 0, others = 0;
    for (std::size_t i = 0; i < before.size(); ++i) {
      const auto& p = trainer.decoder().parameters()[i];
      const double moved = (p.value - before[i]).abs().max().item<double>() / rate;
      (p.extra ? added : others) = std::max(p.extra ? added : others, moved);
    }
    return std::pair{added, others};
  };
  const auto [at_once, others] = largest_move(1);
  EXPECT_NEAR(at_once, 1, 1e-3);  // Adam's first update: every element by the learning rate
  const auto [slowly, others_then] = largest_move(50);
  EXPECT_NEAR(slowly, 1.0 / 50, 1e-3);
  EXPECT_EQ(others_then, others);
}

TEST_F(TrainerTest, AWarmUpUnderWayIsPartOfASavedState) {
  RunConfig config = small_config();
  config.mitigations.kv_bias.warmup_steps = 9;
  config.mitigations.dyt.warmup_steps = 5;
  Trainer trainer = make(config);
  losses(trainer, 3);
  trainer.set({{"kv_bias.enabled", "true"}, {"dyt.enabled", "true"}});
  losses(trainer, 3);
  const TrainerState state = trainer.save();
  const auto expected = losses(trainer, 8);
  trainer.set({{"dyt.enabled", "false"}});
  losses(trainer, 2);
  trainer.restore(state);
  EXPECT_EQ(losses(trainer, 8), expected);
  Trainer fresh = make(config);
  fresh.restore(state);
  EXPECT_EQ(losses(fresh, 8), expected);
}

TEST_F(TrainerTest, AccumulatedMicroBatchesGiveTheGradientOfOneBigBatch) {
  RunConfig whole = small_config(), parts = small_config();
  whole.train.batch_size = 8;
  parts.train.batch_size = 4;
  parts.train.grad_accumulation = 2;
  Trainer one = make(whole), two = make(parts);
  for (int i = 0; i < 3; ++i) {
    const auto a = one.update({}), b = two.update({});
    EXPECT_NEAR(a.loss, b.loss, 2e-6);
    EXPECT_NEAR(a.grad_norm, b.grad_norm, 1e-5 * a.grad_norm + 1e-6);
  }
}

TEST_F(TrainerTest, TvrActsRightAfterTheFirstUpdateAndThenEveryInterval) {
  Trainer trainer = make();
  losses(trainer, 2);
  trainer.set({{"tvr.enabled", "true"}, {"tvr.target_std", "0.001"}, {"tvr.step_interval", "4"}});
  std::vector<int> acted;
  for (int i = 1; i <= 9; ++i) {
    if (!trainer.update({}).rescaled.empty()) acted.push_back(i);
  }
  EXPECT_EQ(acted, (std::vector<int>{1, 5, 9}));
  // Off and on again: right after the next update.
  trainer.set({{"tvr.enabled", "false"}});
  EXPECT_TRUE(trainer.update({}).rescaled.empty());
  trainer.set({{"tvr.enabled", "true"}});
  EXPECT_FALSE(trainer.update({}).rescaled.empty());
}

TEST_F(TrainerTest, TvrLeavesAdamsMomentsAndTheBatchesAlone) {
  Trainer plain = make(), held = make();
  losses(plain, 3);
  losses(held, 3);
  held.set({{"tvr.enabled", "true"}, {"tvr.target_std", "0.001"}});
  const float loss = plain.update({}).loss;
  const auto report = held.update({});
  ASSERT_FALSE(report.rescaled.empty());
  EXPECT_EQ(report.loss, loss);  // it acts behind the update
  const auto expected = plain.checkpoint_state(), found = held.checkpoint_state();
  for (std::size_t i = 0; i < expected.optimizer.size(); ++i) {
    EXPECT_TRUE(at::equal(found.optimizer[i].second, expected.optimizer[i].second)) << found.optimizer[i].first;
  }
  EXPECT_EQ(found.trainer.at("batcher"), expected.trainer.at("batcher"));
}

TEST_F(TrainerTest, TakesAnyOrderOfSwitchesAndTheSameOrderGivesTheSameLosses) {
  const char* const switches[] = {"tvr.enabled", "kv_bias.enabled", "dyt.enabled"};
  for (const char* family : {"llama", "gpt2"}) {
    for (const bool second_kind_of_start : {false, true}) {
      RunConfig config = small_config();
      config.model.family = family;
      config.mitigations.kv_bias.start = second_kind_of_start ? "neutral" : "random";
      config.mitigations.dyt.start = second_kind_of_start ? "calibrated" : "paper";
      config.mitigations.tvr.target_std = 0.015;
      const auto switched = [&] {
        Trainer trainer = make(config);
        Random random(7);
        std::vector<float> seen;
        for (int i = 0; i < 24; ++i) {
          const char* key = switches[static_cast<int>(random.uniform() * 3) % 3];
          trainer.set({{key, random.uniform() < 0.5 ? "true" : "false"}});
          seen.push_back(trainer.update({.batch = i % 2 == 0, .weights = i % 3 == 0}).loss);
        }
        return seen;
      };
      const auto first = switched();
      for (const float loss : first) EXPECT_LT(loss, 8) << family;  // finite, and no worse than knowing nothing
      EXPECT_EQ(switched(), first) << family;
    }
  }
}

TEST_F(TrainerTest, AnUpdateThatFailedIsAsIfItHadNotBeenTried) {
  RunConfig config = small_config();
  config.mitigations.kv_bias.enabled = true;
  config.mitigations.kv_bias.start = "neutral";
  Trainer sound = make(config), hurt = make(config);
  losses(sound, 3);
  losses(hurt, 3);
  at::Tensor weight = hurt.decoder().parameters().front().value.detach();
  const at::Tensor kept = weight.clone();
  weight.fill_(std::numeric_limits<float>::infinity());
  EXPECT_THROW(hurt.update({}), Error);
  weight.copy_(kept);
  EXPECT_EQ(losses(hurt, 4), losses(sound, 4));
}

TEST_F(TrainerTest, TheObservedBatchIsTheFirstMicroBatchAndHasItsLoss) {
  RunConfig config = small_config();
  Trainer single = make(config);
  config.train.grad_accumulation = 3;
  Trainer accumulating = make(config);
  const auto expected = single.update({.batch = true});
  const auto found = accumulating.update({.batch = true});
  EXPECT_EQ(expected.batch->loss, expected.loss);
  EXPECT_EQ(found.batch->loss, expected.batch->loss);
  EXPECT_NE(found.loss, found.batch->loss);
  EXPECT_EQ(found.batch->layers[1].median, expected.batch->layers[1].median);
}

TEST_F(TrainerTest, WeightsAreReportedAsTvrFoundThem) {
  Trainer trainer = make();
  trainer.set({{"tvr.enabled", "true"}, {"tvr.target_std", "0.001"}});
  const auto report = trainer.update({.weights = true});
  ASSERT_FALSE(report.rescaled.empty());
  for (const auto& r : report.rescaled) {
    const WeightStat& stat = report.weights->tensors[r.parameter];
    EXPECT_TRUE(stat.rescaled);
    EXPECT_NEAR(stat.std, r.std_before, 1e-6);
    EXPECT_GT(stat.tvr_ratio, 1.2F);
    EXPECT_NEAR(trainer.decoder().parameters()[r.parameter].value.std().item<double>(), 0.001, 1e-6);
  }
}

TEST_F(TrainerTest, WhatIsOffGetsNoGradientAndStaysAsItIs) {
  Trainer trainer = make();
  const auto value = [&](const std::string& name) { return trainer.decoder().require(name).value.detach().clone(); };
  const std::string k_bias = "model.layers.0.self_attn.k_bias";
  const at::Tensor before = value(k_bias);
  losses(trainer, 3);
  EXPECT_TRUE(at::equal(value(k_bias), before));
  trainer.set({{"kv_bias.enabled", "true"}});
  const at::Tensor started = value(k_bias);
  losses(trainer, 3);
  EXPECT_FALSE(at::equal(value(k_bias), started));
}

TEST_F(TrainerTest, RefusesToChangeWhatCannotChangeAndThenNothingHasChanged) {
  Trainer trainer = make();
  const RunConfig before = trainer.config();
  EXPECT_THROW(trainer.set({{"tvr.enabled", "true"}, {"model.n_layer", "3"}}), Error);
  EXPECT_THROW(trainer.set({{"tvr.enabled", "true"}, {"tvr.target", "3"}}), Error);
  EXPECT_THROW(trainer.set({{"tvr.enabled", "true"}, {"tvr.target_std", "-1"}}), Error);
  EXPECT_EQ(trainer.config(), before);
}

TEST_F(TrainerTest, ALossThatIsNotANumberNamesTheFirstLayerAndKeepsTheWeights) {
  Trainer trainer = make();
  losses(trainer, 2);
  const auto poisoned = trainer.decoder().require("model.layers.1.mlp.down_proj.weight").value.detach();
  poisoned[0][0] = std::numeric_limits<float>::quiet_NaN();
  const at::Tensor other = trainer.decoder().require("model.layers.0.mlp.down_proj.weight").value.detach().clone();
  try {
    trainer.update({});
    FAIL() << "a NaN went unnoticed";
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), Error::Kind::run);
    EXPECT_NE(std::string(error.what()).find("update 3"), std::string::npos) << error.what();
    EXPECT_NE(std::string(error.what()).find("layer 1 is the first"), std::string::npos) << error.what();
  }
  EXPECT_TRUE(at::equal(trainer.decoder().require("model.layers.0.mlp.down_proj.weight").value, other));
}

TEST_F(TrainerTest, TheProbePromptStartsWithBosAndIsCutToTheContext) {
  Trainer trainer = make();
  const auto snapshot = trainer.measure_prompt({.maps = true});
  ASSERT_EQ(snapshot.tokens.size(), 12U);
  EXPECT_EQ(snapshot.token_texts.front(), "<bos>");
  EXPECT_EQ(snapshot.token_texts[1], "S");
  EXPECT_EQ(snapshot.layers.at(1).token_max.size(), 12U);
  EXPECT_TRUE(std::isfinite(snapshot.loss));
}

TEST_F(TrainerTest, TextIsDrawnTheSameForTheSameStepAndIsPrintable) {
  Trainer one = make(), two = make();
  losses(one, 3);
  losses(two, 3);
  EXPECT_EQ(one.sample("Ann").text, two.sample("Ann").text);
  EXPECT_EQ(one.sample("Ann").prompt, "Ann");
}

/// Bytes, and nothing in front of them.
class BareBytes : public ByteTokenizer {
 public:
  BareBytes() { bos_.reset(); }
};

TEST_F(TrainerTest, ATokenTheModelDoesNotHaveIsNamedBeforeItReachesADevice) {
  RunConfig config = small_config();
  config.model.vocab_size = 'n';  // 'm' is its last token
  config.probe.prompt = "all";
  config = resolved(config);
  auto corpus = std::make_shared<Corpus>();
  corpus->name = "text.txt";
  corpus->tokenizer = std::make_shared<BareBytes>();
  corpus->text = std::string(200, 'm');
  corpus->n_train = corpus->text.size();
  Trainer whole(config, corpus, at::kCPU);
  EXPECT_TRUE(std::isfinite(whole.update({}).loss));
  for (auto& c : corpus->text) c = 'n';
  try {
    Trainer(config, corpus, at::kCPU);
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), Error::Kind::file);
    EXPECT_EQ(
        std::string(error.what()),
        "text.txt: the tokenizer reads \"n\" as id 110, the model's vocabulary has 110; does the tokenizer belong "
        "to this model?");
  }
}

TEST(ChooseDevice, NamesWhatIsWrong) {
  EXPECT_TRUE(choose_device("cpu").is_cpu());
  EXPECT_THROW(choose_device("gpu"), Error);
  EXPECT_THROW(choose_device("cuda:x"), Error);
  EXPECT_THROW(choose_device("cuda:4096"), Error);
}

}  // namespace
}  // namespace variometer
