// SPDX-License-Identifier: GPL-3.0-or-later
// Ids and texts that Hugging Face `tokenizers` gave for small tokenizers with the components of published ones.
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>

#include "core/text/tokenizer_files.h"

namespace variometer {
namespace {

namespace fs = std::filesystem;

class FixtureTokenizer : public ::testing::TestWithParam<std::string> {};

TEST_P(FixtureTokenizer, GivesTheIdsAndTextsOfTheReference) {
  const fs::path folder = fs::path(VARIOMETER_TEST_DATA) / "tokenizers" / GetParam();
  const auto loaded = load_tokenizer(folder);
  EXPECT_TRUE(loaded.warnings.empty()) << loaded.warnings.front();
  const auto& tokenizer = *loaded.tokenizer;
  std::ifstream file(folder / "cases.json");
  const auto cases = nlohmann::json::parse(file);
  ASSERT_GT(cases.size(), 20U);
  for (const auto& item : cases) {
    const auto text = item["text"].get<std::string>();
    const auto ids = item["ids"].get<std::vector<std::int32_t>>();
    ASSERT_EQ(tokenizer.encode(text, SpecialTokens::leave_out), ids) << text;
    ASSERT_EQ(tokenizer.encode(text, SpecialTokens::keep), item["ids_special"].get<std::vector<std::int32_t>>())
        << text;
    ASSERT_EQ(tokenizer.decode(ids, SpecialTokens::keep), item["decoded"].get<std::string>()) << text;
    if (item.contains("decoded_plain")) {
      ASSERT_EQ(tokenizer.decode(ids, SpecialTokens::leave_out), item["decoded_plain"].get<std::string>()) << text;
    }
  }
}

std::vector<std::string> folders() {
  std::vector<std::string> names;
  for (const auto& entry : fs::directory_iterator(fs::path(VARIOMETER_TEST_DATA) / "tokenizers")) {
    if (entry.is_directory()) names.push_back(entry.path().filename().string());
  }
  std::ranges::sort(names);
  return names;
}

INSTANTIATE_TEST_SUITE_P(All, FixtureTokenizer, ::testing::ValuesIn(folders()),
                         [](const auto& test) { return test.param; });

}  // namespace
}  // namespace variometer
