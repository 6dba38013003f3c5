// SPDX-License-Identifier: GPL-3.0-or-later
// What a run from a model begins with: sizes, proposals, memory and time.
#include "core/train/starting_point.h"

#include <gtest/gtest.h>

#include <fstream>
#include <map>

#include "core/base/config_fields.h"
#include "core/base/error.h"
#include "core/checkpoint/model_info.h"
#include "core/model/parameter_count.h"
#include "core/text/tokenizer_json.h"
#include "core/train/live_run.h"
#include "tests/temporary_folder.h"
#include "tests/train/run_reader.h"
#include "tests/train/small_run.h"

namespace variometer {
namespace {

namespace fs = std::filesystem;
using test::TemporaryFolder;

fs::path models() { return fs::path(VARIOMETER_TEST_DATA) / "models"; }

/// A copy of a tiny model (97 ids) with a tokenizer of letters, as training needs one.
fs::path with_tokenizer(const fs::path& model, const TemporaryFolder& folder) {
  const fs::path copy = folder / model.filename().string();
  fs::create_directories(copy);
  for (const auto& file : fs::directory_iterator(model)) {
    if (!file.path().filename().string().starts_with("expected")) fs::copy(file.path(), copy);
  }
  TokenizerJson json;
  json.rest["model"] = {{"type", "BPE"}, {"unk_token", "<unk>"}};
  json.rest["added_tokens"] = {{{"content", "<unk>"}, {"special", true}, {"normalized", false}}};
  const auto add = [&json](const std::string& token) {
    json.vocab.emplace_back(token, static_cast<std::int32_t>(json.vocab.size()));
  };
  add("<unk>");
  for (char c = 'a'; c <= 'z'; ++c) add(std::string(1, c));
  for (const char* token : {" ", ".", "\n", "S", "W"}) add(token);
  std::ofstream(copy / "tokenizer.json") << tokenizer_json_text(json);
  std::ofstream(copy / "tokenizer_config.json") << R"({"tokenizer_class": "PreTrainedTokenizerFast"})";
  return copy;
}

std::map<std::string, std::string> proposals_for(const StartModel& model, const RunConfig& config,
                                                 const std::optional<TextLength>& text, double memory = 0) {
  std::map<std::string, std::string> all;
  for (const Proposal& one : propose(model, config, text, memory)) {
    EXPECT_FALSE(one.reason.empty()) << one.key;
    all[one.key] = one.value;
  }
  return all;
}

TEST(StartingPoint, EveryModelStartsWithItsSizesAndWhatIsProposed) {
  const TemporaryFolder folder;
  std::ofstream(folder / "corpus.txt") << "Summer is warm. Winter is cold. the cat sat on the mat.\n"
                                       << std::string(400, 'a');
  for (const auto& entry : fs::directory_iterator(models())) {
    SCOPED_TRACE(entry.path().filename());
    const fs::path folder_of_model = with_tokenizer(entry.path(), folder);
    const StartModel model = read_start_model(folder_of_model);
    EXPECT_EQ(model.name, entry.path().filename());
    EXPECT_EQ(model.n_parameter, read_model_info(folder_of_model).n_parameter) << "as many as its files hold";
    EXPECT_GT(model.spread.median, 0);
    EXPECT_EQ(model.spread.n_measured, model.spread.n_matrix);
    RunConfig config = small_config();  // the sizes of another model
    config.data.corpus = (folder / "corpus.txt").string();
    config.train.steps = 2;
    config.probe.prompt = "the cat";
    take_sizes(model, config);
    const TextLength text = read_text_length(config.data, folder_of_model, model.config.vocab_size);
    EXPECT_TRUE(text.exact);
    for (const Proposal& one : propose(model, config, text, 0)) set_field(config, one.key, one.value);
    LiveOptions options;
    options.init = folder_of_model;
    const auto run = start_live_run(config, options);
    RunReader(*run).until_state(RunState::finished);
  }
}

TEST(StartingPoint, AModelThatCannotBeTrainedSaysWhy) {
  const TemporaryFolder folder;
  const auto why = [](const fs::path& model) -> std::string {
    try {
      read_start_model(model);
    } catch (const Error& error) {
      return error.what();
    }
    return "nothing";
  };
  EXPECT_NE(why(models() / "llama2").find("too small for bytes"), std::string::npos) << why(models() / "llama2");
  EXPECT_NE(why(folder / "nothing").find("no such file"), std::string::npos);
  EXPECT_NE(why(folder.path()).find("config.json"), std::string::npos);
  const fs::path model = with_tokenizer(models() / "llama2", folder);
  fs::remove(model / "model.safetensors");
  EXPECT_NE(why(model), "nothing") << "no weights";
}

TEST(StartingPoint, ProposesFromTheWeightsTheSizeAndTheText) {
  StartModel model;
  model.config = resolved({}).model;
  model.config.n_embd = 576;
  model.config.block_size = 8192;
  model.config.vocab_size = 49152;
  model.n_parameter = 134'515'008;
  model.spread = {.median = 0.1, .least = 0.05, .most = 0.3, .n_measured = 210, .n_matrix = 210};
  RunConfig config;
  auto values = proposals_for(model, config, TextLength{.n_byte = 6'000'000, .n_token = 1'500'000});
  EXPECT_EQ(values["train.learning_rate"], "1e-04");
  EXPECT_EQ(values["train.min_learning_rate"], "1e-05");
  EXPECT_EQ(values["model.block_size"], "256");
  EXPECT_EQ(values["train.batch_size"], "4");
  EXPECT_NE(values["tvr.target_std"], "0.01");
  // A text shorter than the context.
  values = proposals_for(model, config, TextLength{.n_byte = 900, .n_token = 300});
  EXPECT_EQ(values["model.block_size"], "16");
  // Few updates.
  config.train.steps = 50;
  values = proposals_for(model, config, std::nullopt);
  EXPECT_EQ(values["train.warmup_steps"], "5");
  // Little memory: fewer sequences.
  EXPECT_EQ(proposals_for(model, config, std::nullopt, 1e9)["train.batch_size"], "1");
}

TEST(StartingPoint, MemoryCountsWhatATrainingHolds) {
  RunConfig config = resolved(small_config());
  const RunMemory memory = run_memory(config);
  const auto n = static_cast<double>(count_parameters(config.model));
  EXPECT_EQ(memory.weights, 4 * n);
  EXPECT_EQ(memory.gradients, 4 * n);
  EXPECT_EQ(memory.moments, 8 * n);
  EXPECT_GT(memory.activations, 0);
  EXPECT_GT(memory.available, 0);
  EXPECT_TRUE(memory.fits());
  config.model.n_embd = config.model.n_inner = 1 << 16;
  config.model.n_layer = 100;
  EXPECT_FALSE(run_memory(config).fits());
}

TEST(StartingPoint, AnUpdateIsMeasuredAndMoreLayersTakeLonger) {
  GTEST_SKIP() << "fails on a busy machine: it compares times (issue 11, 2.1)";
  RunConfig config = small_config();
  config.model.n_embd = 64;
  config.model.n_layer = 2;
  const auto two = measure_update(config);
  config.model.n_layer = 200;
  const auto many = measure_update(config);
  ASSERT_TRUE(two && many);
  EXPECT_GT(*two, 0);
  EXPECT_GT(*many, *two);
  EXPECT_THROW(measure_update(config, [] { return true; }), Cancelled);
}

}  // namespace
}  // namespace variometer
