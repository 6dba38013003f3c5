// SPDX-License-Identifier: GPL-3.0-or-later
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "tests/cli/command.h"

namespace variometer::test {
namespace {

using nlohmann::json;

TEST(BenchLoad, TimesOpeningTheFirstPassAndTheTokenizer) {
  const TemporaryFolder folder;
  const auto model = (folder / "model").string();
  const Result trained = run_variometer({"train", "--steps", "1", "--threads", "1", "--checkpoint", model});
  ASSERT_EQ(trained.status, 0) << trained.err;

  const Result result = run_variometer({"bench", "load", model, "--rounds", "2", "--threads", "1", "--json"});
  ASSERT_EQ(result.status, 0) << result.err;
  const auto bench = json::parse(result.out);
  EXPECT_EQ(bench["dtype"], "float32");
  EXPECT_EQ(bench["device"], "cpu");
  EXPECT_GT(bench["weight_bytes"], 0);
  for (const char* key : {"open_seconds", "pass_seconds", "tokenizer_seconds"}) EXPECT_GT(bench[key], 0) << key;
  ASSERT_EQ(bench["texts"].size(), 2u);
  for (const auto& text : bench["texts"]) {
    EXPECT_EQ(text["n_token"], text["n_byte"]) << "one token a byte of plain text";
    EXPECT_GT(text["seconds"], 0);
  }
}

TEST(BenchLoad, HasNoTextsWhereThereIsNoTokenizer) {
  const Result result =
      run_variometer({"bench", "load", std::string(VARIOMETER_TEST_DATA) + "/models/qwen3", "--rounds", "1", "--json"});
  ASSERT_EQ(result.status, 0) << result.err;
  const auto bench = json::parse(result.out);
  EXPECT_EQ(bench["tokenizer_seconds"], 0);
  EXPECT_TRUE(bench["texts"].empty());
}

TEST(BenchLoad, RefusesWhatIsNoModel) {
  const Result result = run_variometer({"bench", "load", "/nowhere"});
  EXPECT_EQ(result.status, 3);
  EXPECT_EQ(lines_of(result.err).size(), 1u) << result.err;
}

}  // namespace
}  // namespace variometer::test
