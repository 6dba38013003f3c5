// SPDX-License-Identifier: GPL-3.0-or-later
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "tests/cli/command.h"

namespace variometer::test {
namespace {

using nlohmann::json;

std::string fixture(const std::string& name) { return std::string(VARIOMETER_TEST_DATA) + "/tokenizers/" + name; }

TEST(TokenizeCommand, PrintsIdsAndFindsTheWayBack) {
  const TemporaryFolder folder;
  write_text(folder / "text.txt", "Hello world, \u00e9 123");
  for (const std::string model : {"llama3", "llama2/tokenizer.json", "own_model_gemma", "own_vocab_merges"}) {
    const auto result = run_variometer({"tokenize", fixture(model), "--text", (folder / "text.txt").string()});
    ASSERT_EQ(result.status, 0) << result.err;
    const auto ids = json::parse(result.out).at("ids");
    EXPECT_GT(ids.size(), 3U);
    write_text(folder / "ids.json", result.out);
    const auto back =
        run_variometer({"tokenize", fixture(model), "--decode", "--text", (folder / "ids.json").string()});
    ASSERT_EQ(back.status, 0) << back.err;
    EXPECT_EQ(json::parse(back.out), (json{{"text", "Hello world, \u00e9 123"}})) << model;
  }
}

TEST(TokenizeCommand, ABatchIsAListOfListsBothWays) {
  const TemporaryFolder folder;
  const json texts = {"", "a", "\u00e9\U0001F600 x"};
  write_text(folder / "texts.json", texts.dump());
  const auto result = run_variometer({"tokenize", fixture("gpt2"), "--batch", (folder / "texts.json").string()});
  ASSERT_EQ(result.status, 0) << result.err;
  ASSERT_EQ(json::parse(result.out).size(), 3U);
  write_text(folder / "ids.json", result.out);
  const auto back =
      run_variometer({"tokenize", fixture("gpt2"), "--decode", "--batch", (folder / "ids.json").string()});
  EXPECT_EQ(json::parse(back.out), texts);
  const auto special =
      run_variometer({"tokenize", fixture("llama2"), "--special", "--batch", (folder / "texts.json").string()});
  for (const auto& ids : json::parse(special.out)) EXPECT_EQ(ids.front(), 1);  // <s>
}

TEST(TokenizeCommand, MalformedTextIsTokenizedWithAWarning) {
  const TemporaryFolder folder;
  write_text(folder / "text.txt", "a\xFFz");
  const auto result = run_variometer({"tokenize", fixture("gpt2"), "--text", (folder / "text.txt").string()});
  EXPECT_EQ(result.status, 0);
  EXPECT_NE(result.err.find("not UTF-8 at byte 1"), std::string::npos);
}

TEST(TokenizeCommand, WhatIsWrongEndsInOneLineThatNamesTheFile) {
  const TemporaryFolder folder;
  write_text(folder / "tokenizer.json", R"({"model": {"type": "BPE", "vocab": {"a": 0}, "merges": ["a b"]}})");
  write_text(folder / "text.txt", "a");
  write_text(folder / "bad.json", "[1, -2]");
  const auto text = (folder / "text.txt").string();
  const auto refused = [](const std::vector<std::string>& arguments, int status, const std::string& part) {
    const auto result = run_variometer(arguments);
    EXPECT_EQ(result.status, status) << result.err;
    EXPECT_EQ(lines_of(result.err).size(), 1U) << result.err;
    EXPECT_NE(result.err.find(part), std::string::npos) << result.err;
    EXPECT_TRUE(result.out.empty());
  };
  refused({"tokenize", folder.path().string(), "--text", text}, 3,
          "tokenizer.json: merge 1 (\"a\", \"b\"): \"b\" is not");
  refused({"tokenize", (folder / "nowhere").string(), "--text", text}, 3, "no such file or folder");
  refused({"tokenize", fixture("gpt2"), "--text", (folder / "none.txt").string()}, 3, "none.txt");
  refused({"tokenize", fixture("gpt2"), "--decode", "--text", (folder / "bad.json").string()}, 3,
          "whole numbers from 0");
  refused({"tokenize"}, 2, "MODEL");
}

}  // namespace
}  // namespace variometer::test
