// SPDX-License-Identifier: GPL-3.0-or-later
// Models as users have them: where a text ends, numbers that broke down, texts that are not quite right.
#include <gtest/gtest.h>

#include <cstring>
#include <fstream>
#include <limits>
#include <nlohmann/json.hpp>

#include "tests/cli/command.h"

namespace variometer::test {
namespace {

using nlohmann::json;
namespace fs = std::filesystem;

/// A LLaMA with a tokenizer that always writes "a", which generation_config.json lists among its end tokens.
const fs::path kModel = fs::path(VARIOMETER_TEST_DATA) / "tokenized" / "llama";

struct OwnModel {
  OwnModel() { fs::copy(kModel, folder / "m", fs::copy_options::recursive); }
  std::string path() const { return (folder / "m").string(); }
  /// Every weight of these tensors becomes NaN. Data begin behind the header.
  void ruin(const std::string& part) const {
    const auto file = folder / "m" / "model.safetensors";
    std::string bytes = read_text(file);
    std::uint64_t header = 0;
    std::memcpy(&header, bytes.data(), 8);
    const auto tensors = json::parse(bytes.substr(8, header));
    const float nan = std::numeric_limits<float>::quiet_NaN();
    for (const auto& [name, tensor] : tensors.items()) {
      if (name.find(part) == std::string::npos) continue;
      ASSERT_EQ(tensor["dtype"], "F32");
      const auto begin = tensor["data_offsets"][0].get<std::size_t>(),
                 end = tensor["data_offsets"][1].get<std::size_t>();
      for (auto at = begin; at < end; at += 4) std::memcpy(bytes.data() + 8 + header + at, &nan, 4);
    }
    write_text(file, bytes);
  }
  TemporaryFolder folder;
};

json generated(const std::string& model) {
  const Result result =
      run_variometer({"generate", model, "--prompt", "Hello", "--tokens", "10", "--temperature", "0", "--json"});
  EXPECT_EQ(result.status, 0) << result.err;
  return json::parse(result.out);
}

TEST(Generate, EndsAtTheTokensTheModelsFilesName) {
  const OwnModel model;
  const auto without = [&](const char* file, const char* key, const json& value) {
    auto config = json::parse(read_text(model.folder / "m" / file));
    config[key] = value;
    write_text(model.folder / "m" / file, config.dump());
  };
  EXPECT_EQ(generated(model.path())["text"], "") << "a list in generation_config.json";
  without("generation_config.json", "eos_token_id", 67);
  EXPECT_EQ(generated(model.path())["text"], "") << "one id";
  fs::remove(model.folder / "m" / "generation_config.json");
  EXPECT_EQ(generated(model.path())["text"], "") << "config.json";
  without("config.json", "eos_token_id", 2);
  EXPECT_EQ(generated(model.path())["text"], "aaaaaaaaaa") << "another token";
  without("config.json", "eos_token_id", nullptr);
  EXPECT_EQ(generated(model.path())["text"], "aaaaaaaaaa") << "the tokenizer's own";
}

TEST(Generate, OfAModelOfNaNSaysSoAndFails) {
  const OwnModel model;
  model.ruin("layers.1.mlp.down_proj");
  for (const char* temperature : {"0", "0.8"}) {
    const Result result =
        run_variometer({"generate", model.path(), "--prompt", "Hello", "--tokens", "5", "--temperature", temperature});
    EXPECT_EQ(result.status, 5) << result.out;
    EXPECT_EQ(lines_of(result.err).size(), 1U) << result.err;
    EXPECT_NE(result.err.find("not finite"), std::string::npos) << result.err;
  }
}

TEST(InspectModel, ALayerWithoutAFiniteValueIsNotMeasured) {
  const OwnModel model;
  model.ruin("layers.1.mlp.down_proj");
  write_text(model.folder / "ids.json", "[1,2,3]");
  const std::vector<std::string> command{"inspect", model.path(), "--ids", (model.folder / "ids.json").string()};
  auto as_json = command;
  as_json.emplace_back("--json");
  const Result result = run_variometer(as_json);
  ASSERT_EQ(result.status, 0) << result.err;
  const auto all = json::parse(result.out);
  EXPECT_TRUE(all["loss"].is_null());
  const auto &sound = all["layers"][0], &broken = all["layers"][1];
  for (const char* key : {"median", "mean", "variance", "kurtosis", "ratio"}) {
    // Most of h is 0 in this model: its median is 0, and there is no ratio to it.
    EXPECT_EQ(sound[key].is_number(), key != std::string_view("ratio")) << key;
    EXPECT_TRUE(broken[key].is_null()) << key << " " << broken[key];
  }
  EXPECT_EQ(sound["non_finite"], 0);
  EXPECT_EQ(broken["non_finite"], 3 * 32);
  EXPECT_TRUE(broken["top"].empty());
  const auto table = run_variometer(command).out;
  EXPECT_NE(table.find("loss not finite"), std::string::npos) << table;
  EXPECT_NE(table.find("not measured: none of its 96 values is finite"), std::string::npos) << table;
  EXPECT_EQ(table.find("nan"), std::string::npos) << table;
  // Its record says the same: NaN where there is nothing, in every step and table.
  const auto record = (model.folder / "s.h5").string();
  auto recorded = command;
  recorded.insert(recorded.end(), {"--out", record});
  ASSERT_EQ(run_variometer(recorded).status, 0);
  const Result csv =
      run_variometer({"export", record, "--what", "median", "--out", (model.folder / "m.csv").string()});
  ASSERT_EQ(csv.status, 0) << csv.err;
  const auto last = lines_of(read_text(model.folder / "m.csv")).back();
  EXPECT_TRUE(last.ends_with(",") || last.ends_with("nan") || last.ends_with("NaN")) << last;
}

TEST(InspectModel, ATextThatIsNotQuiteRightIsToldOf) {
  const TemporaryFolder folder;
  write_text(folder / "latin1.txt", "caf\xe9 \xe9\n");
  const Result latin =
      run_variometer({"inspect", kModel.string(), "--text", (folder / "latin1.txt").string(), "--json"});
  EXPECT_EQ(latin.status, 0);
  EXPECT_NE(latin.err.find("not UTF-8 at byte 3"), std::string::npos) << latin.err;
  EXPECT_EQ(lines_of(latin.err).size(), 1U) << latin.err;
  for (const char* command : {"inspect", "generate"}) {
    const Result twice = run_variometer({command, kModel.string(), "--prompt", "<s>Hello", "--json"});
    EXPECT_EQ(twice.status, 0);
    EXPECT_NE(twice.err.find("BOS"), std::string::npos) << twice.err;
    EXPECT_EQ(lines_of(twice.err).size(), 1U) << twice.err;
    EXPECT_EQ(run_variometer({command, kModel.string(), "--prompt", "Hello", "--json"}).err, "");
  }
  EXPECT_EQ(run_variometer({"inspect", kModel.string(), "--prompt", "<s>Hello", "--no-bos", "--json"}).err, "");
}

}  // namespace
}  // namespace variometer::test
