// SPDX-License-Identifier: GPL-3.0-or-later
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
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

class Inspect : public testing::TestWithParam<const char*> {};

TEST_P(Inspect, MatchesTransformersInEveryNumber) {
  const SafetensorsFile expected(model(GetParam()) + "/expected_f32.safetensors");
  const auto ids = values<std::int64_t>(expected, "input_ids");  // (2, 23)
  const TemporaryFolder folder;
  write_text(folder / "ids.json",
             json{std::vector(ids.begin(), ids.begin() + 23), std::vector(ids.begin() + 23, ids.end())}.dump());
  const auto dump = (folder / "dump.safetensors").string();
  const Result result =
      run_variometer({"inspect", model(GetParam()), "--ids", (folder / "ids.json").string(), "--json", "--dump", dump});
  ASSERT_EQ(result.status, 0) << result.err;
  const auto all = json::parse(result.out);
  EXPECT_EQ(all["dtype"], "float32");
  ASSERT_EQ(all["sequences"].size(), 2u);

  const auto states = values<float>(expected, "layer_out.1");      // (2, 23, 32)
  const auto attention = values<float>(expected, "attentions.1");  // (2, 4, 23, 23)
  const auto logits = values<float>(expected, "logits");           // (2, 23, 97)
  for (std::size_t s = 0; s < 2; ++s) {
    const auto& sequence = all["sequences"][s];
    EXPECT_EQ(sequence["ids"].get<std::vector<std::int64_t>>(),
              std::vector(ids.begin() + 23 * static_cast<long>(s), ids.begin() + 23 * static_cast<long>(s + 1)));
    const auto& layer = sequence["layers"][1];
    const float* h = states.data() + s * 23 * 32;
    std::size_t largest = 0;
    double sum = 0, sum2 = 0;
    std::vector<float> magnitude;
    for (std::size_t i = 0; i < 23 * 32; ++i) {
      if (std::abs(h[i]) > std::abs(h[largest])) largest = i;
      sum += h[i];
      sum2 += static_cast<double>(h[i]) * h[i];
      magnitude.push_back(std::abs(h[i]));
    }
    std::sort(magnitude.begin(), magnitude.end());
    const double n = 23 * 32, mean = sum / n, median = magnitude[(23 * 32 - 1) / 2];
    EXPECT_EQ(layer["top"][0]["token"], largest / 32);
    EXPECT_EQ(layer["top"][0]["channel"], largest % 32);
    EXPECT_NEAR(layer["top"][0]["value"].get<double>(), h[largest], 1e-4 * std::abs(h[largest]));
    EXPECT_NEAR(layer["mean"].get<double>(), mean, 1e-4);
    EXPECT_NEAR(layer["variance"].get<double>(), sum2 / n - mean * mean, 1e-4 * sum2 / n);
    EXPECT_NEAR(layer["median"].get<double>(), median, 1e-4 * median);
    EXPECT_NEAR(layer["ratio"].get<double>(), std::abs(h[largest]) / median, 1e-3 * std::abs(h[largest]) / median);
    double share = 0;
    for (std::size_t head = 0; head < 4; ++head) {
      for (std::size_t query = 1; query < 23; ++query) share += attention[((s * 4 + head) * 23 + query) * 23];
    }
    EXPECT_NEAR(layer["first_token_share"].get<double>(), share / (4 * 22), 1e-5);
    EXPECT_TRUE(layer["kv_slot_share"].is_null());
    double loss = 0;
    for (std::size_t t = 0; t + 1 < 23; ++t) {
      const float* row = logits.data() + (s * 23 + t) * 97;
      double total = 0;
      for (std::size_t v = 0; v < 97; ++v) total += std::exp(static_cast<double>(row[v]));
      loss += std::log(total) - row[ids[s * 23 + t + 1]];
    }
    EXPECT_NEAR(sequence["loss"].get<double>(), loss / 22, 1e-4);
    EXPECT_NEAR(sequence["perplexity"].get<double>(), std::exp(loss / 22), 1e-3 * std::exp(loss / 22));
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
    EXPECT_LT(worst, 1e-5 * scale) << name;
  }
}

INSTANTIATE_TEST_SUITE_P(Models, Inspect, testing::Values("llama2", "gpt2"),
                         [](const auto& each) { return std::string(each.param); });

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
}

}  // namespace
}  // namespace variometer::test
