// SPDX-License-Identifier: GPL-3.0-or-later
// Runs that start from a model with a tokenizer of its own.
#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>

#include "core/base/error.h"
#include "core/checkpoint/hf_config.h"
#include "core/record/recorded_run.h"
#include "core/text/tokenizer_files.h"
#include "core/text/tokenizer_json.h"
#include "core/train/fork.h"
#include "core/train/replay.h"
#include "tests/temporary_folder.h"
#include "tests/train/run_reader.h"
#include "tests/train/small_run.h"

namespace variometer {
namespace {

namespace fs = std::filesystem;

constexpr const char* kText =
    "the cat sat on the mat. the dog ran to the cat. a bird sang in the tree and the cat sat still on the mat.\n";

std::string bytes_of(const fs::path& path) {
  std::ostringstream text;
  text << std::ifstream(path, std::ios::binary).rdbuf();
  return text.str();
}

/// A copy of the tiny LLaMA (97 ids) with a tokenizer of letters and two merges.
class TokenizerRun : public ::testing::Test {
 protected:
  void SetUp() override {
    ::setenv("VARIOMETER_CACHE_DIR", (folder_ / "cache").c_str(), 1);
    model_ = folder_ / "model";
    fs::create_directories(model_);
    for (const char* name : {"config.json", "model.safetensors"}) {
      fs::copy_file(fs::path(VARIOMETER_TEST_DATA) / "models/llama2" / name, model_ / name);
    }
    std::ofstream text(folder_ / "corpus.txt");
    for (int i = 0; i < 20; ++i) text << kText;
  }
  void TearDown() override { ::unsetenv("VARIOMETER_CACHE_DIR"); }

  void write_tokenizer(const std::string& one_more = "!") const {
    TokenizerJson json;
    json.rest["model"] = {{"type", "BPE"}, {"unk_token", "<unk>"}};
    json.rest["added_tokens"] = {{{"content", "<unk>"}, {"special", true}, {"normalized", false}},
                                 {{"content", "<s>"}, {"special", true}, {"normalized", false}}};
    for (const char* token : {"<unk>", "<s>", "at", "th"}) add(json, token);
    for (char c = 'a'; c <= 'z'; ++c) add(json, std::string(1, c));
    for (const char* token : {" ", ".", "\n"}) add(json, token);
    add(json, one_more);
    json.merges = {{"a", "t"}, {"t", "h"}};
    std::ofstream(model_ / "tokenizer.json") << tokenizer_json_text(json);
    std::ofstream(model_ / "tokenizer_config.json")
        << R"({"tokenizer_class": "PreTrainedTokenizerFast", "bos_token": "<s>"})";
  }
  static void add(TokenizerJson& json, const std::string& token) {
    json.vocab.emplace_back(token, static_cast<std::int32_t>(json.vocab.size()));
  }

  RunConfig config() const {
    RunConfig config = small_config();
    config.model = read_hf_config(model_);
    config.model.block_size = 12;
    config.data.corpus = (folder_ / "corpus.txt").string();
    config.train.steps = 8;
    config.train.validation_every = 4;
    config.train.sample_every = 8;
    config.probe.prompt = "the cat";
    return config;
  }
  LiveOptions from_model() const {
    LiveOptions options;
    options.init = model_;
    return options;
  }
  static std::vector<float> losses_of(const RunConfig& config, const LiveOptions& options,
                                      std::vector<SnapshotPtr>* seen = nullptr) {
    const auto run = start_live_run(config, options);
    RunReader reader(*run);
    reader.until_state(RunState::finished);
    if (seen != nullptr) *seen = reader.seen();
    return reader.losses();
  }
  static std::string failure_of(const RunConfig& config, const LiveOptions& options) {
    const auto run = start_live_run(config, options);
    for (;;) {
      for (const auto& snapshot : run->drain()) {
        if (snapshot->state == RunState::failed) return snapshot->message;
        if (snapshot->state == RunState::finished) return "finished";
      }
    }
  }
  static std::vector<nlohmann::json> events(const std::vector<SnapshotPtr>& seen, const std::string& kind) {
    std::vector<nlohmann::json> found;
    for (const auto& snapshot : seen) {
      for (const auto& event : snapshot->events) {
        if (event.kind == kind) found.push_back(nlohmann::json::parse(event.detail));
      }
    }
    return found;
  }
  static bool contains(const std::string& text, const std::string& part) {
    return text.find(part) != std::string::npos;
  }

  test::TemporaryFolder folder_;
  fs::path model_;
};

TEST_F(TokenizerRun, ReadsPromptCorpusAndSamplesWithTheModelsTokenizer) {
  write_tokenizer();
  std::vector<SnapshotPtr> seen;
  const auto losses = losses_of(config(), from_model(), &seen);
  EXPECT_EQ(losses.size(), 8U);
  const auto named = events(seen, "tokenizer");
  ASSERT_EQ(named.size(), 1U);
  EXPECT_EQ(named[0]["path"], model_.string());
  EXPECT_EQ(named[0]["sha256"].get<std::string>().size(), 64U);
  EXPECT_TRUE(events(seen, "warning").empty());
  const auto measured = std::ranges::find_if(seen, [](const auto& s) { return s->probe != nullptr; });
  ASSERT_NE(measured, seen.end());
  // BOS, "th", "e", " ", "c", "at"
  EXPECT_EQ((*measured)->probe->tokens, (std::vector<std::int32_t>{1, 3, 8, 30, 6, 2}));
  EXPECT_EQ((*measured)->probe->token_texts, (std::vector<std::string>{"<s>", "th", "e", " ", "c", "at"}));
  const auto sampled = std::ranges::find_if(seen, [](const auto& s) { return s->sample.has_value(); });
  ASSERT_NE(sampled, seen.end());
  std::size_t n_kept = 0;
  for (const auto& entry : fs::directory_iterator(folder_ / "cache/tokens")) n_kept += entry.is_regular_file() ? 1 : 0;
  EXPECT_EQ(n_kept, 1U);
  EXPECT_EQ(losses_of(config(), from_model()), losses) << "with the tokens kept";
}

TEST_F(TokenizerRun, ACheckpointCarriesTheTokenizerAndIsAllThatIsNeededToGoOn) {
  write_tokenizer();
  const auto whole = losses_of(config(), from_model());
  LiveOptions first = from_model();
  first.checkpoint = folder_ / "saved";
  first.checkpoint_every = 4;
  losses_of(config(), first);
  const fs::path checkpoint = folder_ / "saved/step-000004";
  for (const char* name : {"tokenizer.json", "tokenizer_config.json"}) {
    EXPECT_EQ(bytes_of(checkpoint / name), bytes_of(model_ / name)) << name;
  }
  EXPECT_EQ(load_tokenizer(checkpoint).tokenizer->bos(), 1);
  fs::remove_all(model_);
  LiveOptions rest;
  rest.resume = checkpoint;
  const auto resumed = losses_of(resume_config(checkpoint), rest);
  ASSERT_EQ(resumed.size(), 8U);
  EXPECT_EQ(std::vector(resumed.begin() + 4, resumed.end()), std::vector(whole.begin() + 4, whole.end()));
  // With other tokens the same checkpoint is another run.
  std::ofstream(checkpoint / "tokenizer.json", std::ios::app) << "\n";
  EXPECT_TRUE(contains(failure_of(resume_config(checkpoint), rest), "its tokenizer is not the one"));
}

TEST_F(TokenizerRun, ReplayAndForkGiveTheSameLossesAndRefuseAnotherTokenizer) {
  write_tokenizer();
  LiveOptions recorded = from_model();
  recorded.record = folder_ / "run.h5";
  recorded.timed = {{3, set_command({{"tvr.enabled", "true"}})}};
  const auto losses = losses_of(config(), recorded);
  EXPECT_TRUE(replay(recorded.record).equal());
  const ForkPlan plan = plan_fork({.record = recorded.record, .step = 6, .change = {}, .n_step = {}});
  EXPECT_EQ(losses_of(plan.config, plan.live), losses);
  write_tokenizer("?");
  try {
    replay(recorded.record);
    ADD_FAILURE() << "replayed with another tokenizer";
  } catch (const Error& error) {
    EXPECT_TRUE(contains(error.what(), "its tokenizer is not the one")) << error.what();
  }
}

TEST_F(TokenizerRun, AModelWithoutATokenizerIsTrainedOnBytesOnlyWhereTheyFit) {
  EXPECT_TRUE(contains(failure_of(config(), from_model()), "97 is too small for bytes (257)"));
  std::ofstream(model_ / "tokenizer.json") << "{";
  EXPECT_TRUE(contains(failure_of(config(), from_model()), "tokenizer.json")) << "damaged, and says where";
}

TEST_F(TokenizerRun, APromptOfTokensTheModelLacksIsRefusedBeforeAndMeanwhile) {
  write_tokenizer();
  // The tokenizer alone knows "zz": an id above the model's 97.
  auto json = nlohmann::json::parse(bytes_of(model_ / "tokenizer.json"));
  json["model"]["vocab"]["zz"] = 200;
  json["model"]["merges"].push_back("z z");
  std::ofstream(model_ / "tokenizer.json") << json.dump();
  RunConfig bad = config();
  bad.probe.prompt = "pizza";
  const std::string what = failure_of(bad, from_model());
  EXPECT_TRUE(contains(what, "id 200") && contains(what, "vocabulary has 97")) << what;
  LiveOptions paused = from_model();
  paused.start_paused = true;
  const auto run = start_live_run(config(), paused);
  run->post(set_command({{"probe.prompt", "pizza"}}, 5));
  RunReader reader(*run);
  EXPECT_TRUE(contains(reader.until_applied(5)->applied.back().error, "id 200"));
}

}  // namespace
}  // namespace variometer
