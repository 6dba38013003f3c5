// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/text/token_cache.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <fstream>
#include <sstream>

#include "core/base/error.h"
#include "core/text/corpus.h"
#include "core/text/sha256.h"
#include "tests/temporary_folder.h"

namespace variometer {
namespace {

namespace fs = std::filesystem;
using Ids = std::vector<std::int32_t>;

const TokenCacheKey kKey{sha256("text"), sha256("tokenizer")};

bool contains(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

std::string bytes_of(const fs::path& path) {
  std::ostringstream text;
  text << std::ifstream(path, std::ios::binary).rdbuf();
  return text.str();
}
void write(const fs::path& path, const std::string& bytes) { std::ofstream(path, std::ios::binary) << bytes; }

/// Letters count from 0, a space is 26; it counts how often it is asked.
class Letters : public Tokenizer {
 public:
  explicit Letters(std::optional<std::int32_t> bos) { bos_ = bos; }
  std::string kind() const override { return "letters"; }
  std::int64_t vocab_size() const override { return 28; }
  Ids encode(std::string_view text, SpecialTokens /*special*/) const override {
    ++n_call;
    Ids ids;
    for (const char c : text) ids.push_back(c == ' ' ? 26 : c - 'a');
    return ids;
  }
  std::string decode(std::span<const std::int32_t> /*ids*/, SpecialTokens /*special*/) const override { return ""; }
  std::string token_text(std::int32_t id) const override { return std::string(1, static_cast<char>('a' + id)); }
  mutable int n_call = 0;
};

/// A cache folder of this test's own.
class TokenCache : public ::testing::Test {
 protected:
  void SetUp() override {
    ::setenv("VARIOMETER_CACHE_DIR", folder_.path().c_str(), 1);
    write(folder_ / "corpus.txt", "the cat sat on the mat and the dog ate the rat in the hat");
    config_.corpus = (folder_ / "corpus.txt").string();
    config_.validation_fraction = 0.25;
  }
  void TearDown() override { ::unsetenv("VARIOMETER_CACHE_DIR"); }

  std::shared_ptr<const Corpus> load(std::int64_t block_size = 8, std::int64_t vocab_size = 28) {
    warnings_.clear();
    return load_corpus(
        config_, block_size,
        {.tokenizer = letters_, .sha256 = kKey.tokenizer_sha256, .vocab_size = vocab_size, .progress = {}}, warnings_);
  }
  std::string refusal(std::int64_t block_size, std::int64_t vocab_size) {
    try {
      load(block_size, vocab_size);
    } catch (const Error& error) {
      EXPECT_EQ(error.kind(), Error::Kind::file);
      return error.what();
    }
    return "accepted";
  }
  fs::path kept() const { return token_cache_path({sha256(bytes_of(folder_ / "corpus.txt")), kKey.tokenizer_sha256}); }

  test::TemporaryFolder folder_;
  DataConfig config_;
  std::shared_ptr<Letters> letters_ = std::make_shared<Letters>(27);
  std::vector<std::string> warnings_;
};

TEST_F(TokenCache, GivesBackWhatWasWrittenAndNothingWhereThereIsNothing) {
  const auto path = token_cache_path(kKey);
  EXPECT_EQ(path.parent_path(), folder_ / "tokens");
  std::string trouble;
  EXPECT_FALSE(read_token_cache(path, kKey, trouble));
  for (const Ids& ids : {Ids{0, 5, 2'000'000'000}, Ids{}}) {
    write_token_cache(path, kKey, ids);
    EXPECT_EQ(read_token_cache(path, kKey, trouble), ids);
  }
  EXPECT_EQ(trouble, "");
}

TEST_F(TokenCache, IsNeverBelievedWithOneBitAmissOrOneByteMissing) {
  const auto path = token_cache_path(kKey);
  write_token_cache(path, kKey, {1, 2, 3});
  const std::string whole = bytes_of(path);
  for (std::size_t i = 0; i < whole.size(); ++i) {
    std::string damaged = whole;
    damaged[i] = static_cast<char>(damaged[i] ^ 1);
    write(path, damaged);
    std::string trouble;
    ASSERT_FALSE(read_token_cache(path, kKey, trouble)) << i;
    ASSERT_TRUE(contains(trouble, path.string()) && contains(trouble, "made again")) << trouble;
    write(path, whole.substr(0, i));
    ASSERT_FALSE(read_token_cache(path, kKey, trouble)) << i;
  }
}

TEST_F(TokenCache, OfAnotherTextOrTokenizerIsNotTaken) {
  const auto path = token_cache_path(kKey);
  std::string trouble;
  for (const auto& other :
       {TokenCacheKey{sha256("other"), kKey.tokenizer_sha256}, TokenCacheKey{kKey.corpus_sha256, sha256("other")}}) {
    EXPECT_NE(token_cache_path(other), path);
    write_token_cache(path, other, {1, 2, 3});
    EXPECT_FALSE(read_token_cache(path, kKey, trouble));
    EXPECT_TRUE(contains(trouble, "not the tokens of this text")) << trouble;
  }
}

TEST_F(TokenCache, WhatWasNotUsedForLongestGoesFirst) {
  const auto now = fs::file_time_type::clock::now();
  const fs::path tokens = token_cache_path(kKey).parent_path();
  fs::create_directories(tokens);
  const auto make = [&](const char* name, int days_ago) {
    write(tokens / name, std::string(1000, 'x'));
    fs::last_write_time(tokens / name, now - std::chrono::hours(24 * days_ago));
  };
  make("a.tokens", 3);
  make("b.tokens", 9);
  make("c.tokens", 5);
  make("new.tokens", 20);        // just written, whatever the clock says
  make("d.tokens.12345", 2);     // a run died while it wrote
  make("e.tokens.12346", 0);     // a run writes now
  make("somebody's.notes", 50);  // not ours
  prune_token_cache(tokens / "new.tokens", 2500);
  std::vector<std::string> left;
  for (const auto& file : fs::directory_iterator(tokens)) left.push_back(file.path().filename().string());
  std::ranges::sort(left);
  EXPECT_EQ(left, (std::vector<std::string>{"a.tokens", "e.tokens.12346", "new.tokens", "somebody's.notes"}));
}

TEST_F(TokenCache, ReadingCountsAsUse) {
  const fs::path path = token_cache_path(kKey);
  write_token_cache(path, kKey, {1, 2, 3});
  const auto long_ago = fs::file_time_type::clock::now() - std::chrono::hours(1000);
  fs::last_write_time(path, long_ago);
  std::string trouble;
  ASSERT_TRUE(read_token_cache(path, kKey, trouble));
  EXPECT_GT(fs::last_write_time(path), long_ago + std::chrono::hours(999));
}

TEST_F(TokenCache, AFolderInItsPlaceIsToldAndNotRemoved) {
  const auto path = token_cache_path(kKey);
  fs::create_directories(path);
  std::string trouble;
  EXPECT_FALSE(read_token_cache(path, kKey, trouble));
  EXPECT_TRUE(contains(trouble, "not a file"));
  EXPECT_THROW(write_token_cache(path, kKey, {1}), Error);
  EXPECT_TRUE(fs::is_directory(path));
}

TEST_F(TokenCache, ACorpusIsTokenizedOnceAndSplitByTokens) {
  const auto first = load();
  ASSERT_EQ(first->ids.size(), 57U);
  EXPECT_EQ(first->train().size(), 43U);
  EXPECT_EQ(first->validation().size(), 14U);
  EXPECT_EQ(first->train()[0], 't' - 'a');
  EXPECT_EQ(first->validation()[0], first->ids[43]);
  EXPECT_EQ(first->sha256, sha256(bytes_of(folder_ / "corpus.txt")));
  EXPECT_EQ(letters_->n_call, 1);
  EXPECT_EQ(load()->ids, first->ids);
  EXPECT_EQ(letters_->n_call, 1) << "kept from the first time";
  EXPECT_TRUE(warnings_.empty());
}

TEST_F(TokenCache, ADamagedFileIsToldAndMadeAgain) {
  const auto ids = load()->ids;
  std::string bytes = bytes_of(kept());
  bytes[200] = static_cast<char>(bytes[200] ^ 4);
  write(kept(), bytes);
  EXPECT_EQ(load()->ids, ids);
  EXPECT_EQ(letters_->n_call, 2);
  ASSERT_EQ(warnings_.size(), 1U);
  EXPECT_TRUE(contains(warnings_[0], "damaged"));
  load();
  EXPECT_EQ(letters_->n_call, 2);
  EXPECT_TRUE(warnings_.empty());
}

TEST_F(TokenCache, AnIdTheModelDoesNotHaveIsNamed) {
  const std::string what = refusal(8, 26);
  EXPECT_TRUE(contains(what, "id 26") && contains(what, "vocabulary has 26")) << what;
}

TEST_F(TokenCache, ATextShorterThanAContextIsRefusedInTokens) {
  EXPECT_EQ(refusal(57, 28), "accepted");
  EXPECT_TRUE(contains(refusal(58, 28), "has 57 tokens to train on, fewer than model.block_size = 58"));
  letters_ = std::make_shared<Letters>(std::nullopt);
  EXPECT_TRUE(contains(refusal(57, 28), "57 tokens")) << "without BOS a sequence takes one token more";
}

}  // namespace
}  // namespace variometer
