// SPDX-License-Identifier: GPL-3.0-or-later
#include <gtest/gtest.h>
#include <sys/resource.h>

#include <algorithm>
#include <cmath>
#include <csignal>
#include <cstring>
#include <nlohmann/json.hpp>

#include "core/checkpoint/safetensors.h"
#include "tests/cli/command.h"

namespace variometer::test {
namespace {

using nlohmann::json;

std::string model(const std::string& name) { return std::string(VARIOMETER_TEST_DATA) + "/models/" + name; }

template <class T>
std::vector<T> values(const SafetensorsFile& file, const std::string& name) {
  const TensorEntry* entry = file.find(name);
  if (entry == nullptr) throw std::runtime_error(name + " is missing");
  std::vector<T> all(entry->count());
  std::memcpy(all.data(), file.data(*entry).data(), entry->bytes());
  return all;
}

std::string test_name(std::string model) {
  std::ranges::replace(model, '-', '_');
  return model;
}

class Inspect : public testing::TestWithParam<const char*> {};

TEST_P(Inspect, MatchesTransformersInEveryNumber) {
  const SafetensorsFile expected(model(GetParam()) + "/expected_f32.safetensors");
  const auto ids = values<std::int64_t>(expected, "input_ids");  // (2, T)
  const std::size_t T = ids.size() / 2, C = static_cast<std::size_t>(expected.find("layer_out.1")->shape[2]);
  const double tolerance = std::string(GetParam()).find("rope") != std::string::npos ? 5e-5 : 1e-5;
  const TemporaryFolder folder;
  write_text(folder / "ids.json", json{std::vector(ids.begin(), ids.begin() + static_cast<long>(T)),
                                       std::vector(ids.begin() + static_cast<long>(T), ids.end())}
                                      .dump());
  const auto dump = (folder / "dump.safetensors").string();
  const Result result =
      run_variometer({"inspect", model(GetParam()), "--ids", (folder / "ids.json").string(), "--json", "--dump", dump});
  ASSERT_EQ(result.status, 0) << result.err;
  const auto all = json::parse(result.out);
  EXPECT_EQ(all["dtype"], "float32");
  ASSERT_EQ(all["sequences"].size(), 2u);

  const auto states = values<float>(expected, "layer_out.1");      // (2, T, C)
  const auto attention = values<float>(expected, "attentions.1");  // (2, 4, T, T)
  const auto logits = values<float>(expected, "logits");           // (2, T, 97)
  for (std::size_t s = 0; s < 2; ++s) {
    const auto& sequence = all["sequences"][s];
    EXPECT_EQ(sequence["ids"].get<std::vector<std::int64_t>>(),
              std::vector(ids.begin() + static_cast<long>(T * s), ids.begin() + static_cast<long>(T * (s + 1))));
    const auto& layer = sequence["layers"][1];
    const float* h = states.data() + s * T * C;
    std::size_t largest = 0;
    double sum = 0, sum2 = 0;
    std::vector<float> magnitude;
    for (std::size_t i = 0; i < T * C; ++i) {
      if (std::abs(h[i]) > std::abs(h[largest])) largest = i;
      sum += h[i];
      sum2 += static_cast<double>(h[i]) * h[i];
      magnitude.push_back(std::abs(h[i]));
    }
    std::sort(magnitude.begin(), magnitude.end());
    const double n = static_cast<double>(T * C), mean = sum / n, median = magnitude[(T * C - 1) / 2];
    EXPECT_EQ(layer["top"][0]["token"], largest / C);
    EXPECT_EQ(layer["top"][0]["channel"], largest % C);
    EXPECT_NEAR(layer["top"][0]["value"].get<double>(), h[largest], 1e-4 * std::abs(h[largest]));
    EXPECT_NEAR(layer["mean"].get<double>(), mean, 1e-4);
    EXPECT_NEAR(layer["variance"].get<double>(), sum2 / n - mean * mean, 1e-4 * sum2 / n);
    EXPECT_NEAR(layer["median"].get<double>(), median, 1e-4 * median);
    EXPECT_NEAR(layer["ratio"].get<double>(), std::abs(h[largest]) / median, 1e-3 * std::abs(h[largest]) / median);
    double share = 0;
    for (std::size_t head = 0; head < 4; ++head) {
      for (std::size_t query = 1; query < T; ++query) share += attention[((s * 4 + head) * T + query) * T];
    }
    EXPECT_NEAR(layer["first_token_share"].get<double>(), share / static_cast<double>(4 * (T - 1)), 1e-5);
    EXPECT_TRUE(layer["kv_slot_share"].is_null());
    double loss = 0;
    for (std::size_t t = 0; t + 1 < T; ++t) {
      const float* row = logits.data() + (s * T + t) * 97;
      double total = 0;
      for (std::size_t v = 0; v < 97; ++v) total += std::exp(static_cast<double>(row[v]));
      loss += std::log(total) - row[ids[s * T + t + 1]];
    }
    EXPECT_NEAR(sequence["loss"].get<double>(), loss / static_cast<double>(T - 1), 1e-4);
    EXPECT_NEAR(sequence["perplexity"].get<double>(), std::exp(loss / static_cast<double>(T - 1)),
                1e-3 * std::exp(loss / static_cast<double>(T - 1)));
    EXPECT_EQ(sequence["non_finite"], 0);
  }

  const SafetensorsFile dumped(dump);
  for (const char* name : {"layer_out.0", "layer_out.2", "attn_out.1", "mlp_out.2", "attentions.0", "logits"}) {
    const auto ours = values<float>(dumped, name), theirs = values<float>(expected, name);
    ASSERT_EQ(dumped.find(name)->shape, expected.find(name)->shape) << name;
    double worst = 0, scale = 0;
    for (std::size_t i = 0; i < ours.size(); ++i) {
      worst = std::max(worst, std::abs(static_cast<double>(ours[i]) - theirs[i]));
      scale = std::max(scale, std::abs(static_cast<double>(theirs[i])));
    }
    EXPECT_LT(worst, tolerance * scale) << name;
  }
}

// The last has more tokens than max_position_embeddings: ids are taken as they are.
INSTANTIATE_TEST_SUITE_P(Models, Inspect, testing::Values("llama2", "gpt2", "llama-rope-llama3"),
                         [](const auto& each) { return test_name(each.param); });

TEST(InspectCommand, WritesASnapshotFileThatIsARecord) {
  const TemporaryFolder folder;
  write_text(folder / "ids.json", "[1,2,3,4]");
  const auto out = (folder / "s.h5").string();
  const Result result =
      run_variometer({"inspect", model("llama2"), "--ids", (folder / "ids.json").string(), "--out", out});
  ASSERT_EQ(result.status, 0) << result.err;
  EXPECT_EQ(run_variometer({"check", out}).status, 0);
  EXPECT_EQ(run_variometer({"inspect", model("llama2"), "--ids", (folder / "ids.json").string(), "--out", out}).status,
            2);
}

TEST(InspectCommand, ASnapshotFileThatIsBrokenOffLeavesNothingAndWhatWasThereStays) {
  struct Tight {  // files of 8 kB at most, as on a full disk
    Tight() {
      handler = std::signal(SIGXFSZ, SIG_IGN);
      ::getrlimit(RLIMIT_FSIZE, &old);
      const rlimit tight{.rlim_cur = 8192, .rlim_max = old.rlim_max};
      ::setrlimit(RLIMIT_FSIZE, &tight);
    }
    ~Tight() {
      ::setrlimit(RLIMIT_FSIZE, &old);
      std::signal(SIGXFSZ, handler);
    }
    rlimit old{};
    void (*handler)(int) = nullptr;
  };
  const TemporaryFolder folder;
  const auto file = folder / "s.h5";
  write_text(folder / "ids.json", "[1, 2, 3, 4, 5]");
  const std::vector<std::string> words{"inspect", model("gpt2"),    "--ids",      (folder / "ids.json").string(),
                                       "--out",   file.string(), "--overwrite"};
  for (const bool there : {false, true}) {
    if (there) write_text(file, "what was there");
    Result result;
    {
      const Tight tight;
      result = run_variometer(words);
    }
    EXPECT_EQ(result.status, 3) << result.err;
    EXPECT_TRUE(result.err.find(file.string() + ": ") != std::string::npos) << result.err;
    EXPECT_TRUE(result.err.find("inspect again") != std::string::npos) << result.err;
    EXPECT_EQ(lines_of(result.err).size(), 1U) << result.err;
    std::vector<std::string> names;
    for (const auto& entry : std::filesystem::directory_iterator(folder.path())) {
      names.push_back(entry.path().filename().string());
    }
    std::ranges::sort(names);
    EXPECT_EQ(names, there ? std::vector<std::string>({"ids.json", "s.h5"}) : std::vector<std::string>({"ids.json"}));
    if (there) {
      EXPECT_EQ(read_text(file), "what was there");
    }
  }
}

TEST(InspectCommand, SaysHowAFileOfStoredPassesIsLookedAt) {
  const TemporaryFolder folder;
  write_text(folder / "s.h5", "");
  const Result result = run_variometer({"inspect", (folder / "s.h5").string()});
  EXPECT_EQ(result.status, 3);
  EXPECT_NE(result.err.find("variometer open " + (folder / "s.h5").string()), std::string::npos) << result.err;
}

TEST(InspectCommand, TakesAnotherRule) {
  const TemporaryFolder folder;
  write_text(folder / "ids.json", "[1,2,3,4,5,6]");
  const auto dump = (folder / "dump.safetensors").string();
  const Result result =
      run_variometer({"inspect", model("llama2"), "--ids", (folder / "ids.json").string(), "--json", "--dump", dump,
                      "--set", "probe.ratio_only=true", "--set", "probe.small_ratio_threshold=3"});
  ASSERT_EQ(result.status, 0) << result.err;
  const auto layer = json::parse(result.out)["layers"][1];
  auto h = values<float>(SafetensorsFile(dump), "layer_out.1");
  for (auto& x : h) x = std::abs(x);
  const float threshold = 3 * layer["median"].get<float>();
  EXPECT_GT(layer["massive"].size(), 0u);
  EXPECT_EQ(layer["massive"].size(), std::ranges::count_if(h, [&](float x) { return x > threshold; }));
}

TEST(InspectCommand, RefusesWhatItCannotShow) {
  const TemporaryFolder folder;
  const auto with_ids = [&](const std::string& text) {
    write_text(folder / "ids.json", text);
    return run_variometer({"inspect", model("llama2"), "--ids", (folder / "ids.json").string()}).status;
  };
  EXPECT_EQ(with_ids("{"), 3);
  EXPECT_EQ(with_ids("[]"), 3);
  EXPECT_EQ(with_ids("[1,-2]"), 3);
  EXPECT_EQ(with_ids("[1.5]"), 3);
  EXPECT_EQ(with_ids("[[1,2],[3]]"), 3);
  EXPECT_EQ(with_ids("[99999999999]"), 3);
  EXPECT_EQ(with_ids("[97]"), 2);                                                          // outside the vocabulary
  EXPECT_EQ(run_variometer({"inspect", model("llama2"), "--prompt", "hello"}).status, 3);  // no tokenizer there
  EXPECT_EQ(run_variometer({"inspect", (folder / "none").string()}).status, 3);
  EXPECT_EQ(run_variometer({"inspect", model("llama2"), "--dtype", "int3"}).status, 2);
  EXPECT_EQ(run_variometer({"inspect", model("llama2"), "--prompt", "a", "--text", "b"}).status, 2);
  EXPECT_EQ(run_variometer({"inspect", model("llama2"), "--set", "train.steps=3"}).status, 2);
  EXPECT_EQ(run_variometer({"inspect", model("llama2"), "--set", "probe.ratio_treshold=3"}).status, 2);
  for (const char* bad : {"probe.top_k=0", "probe.top_k=99999999999", "probe.ratio_threshold=nan"}) {
    EXPECT_EQ(run_variometer({"inspect", model("llama2"), "--set", bad}).status, 2) << bad;
  }
}

}  // namespace
}  // namespace variometer::test
