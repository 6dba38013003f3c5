// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/text/corpus.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <set>

#include "core/base/error.h"
#include "core/text/byte_tokenizer.h"
#include "core/text/sentences.h"
#include "core/text/sha256.h"
#include "core/base/utf8.h"

namespace variometer {
namespace {

class CorpusFile : public ::testing::Test {
 protected:
  void SetUp() override {
    folder_ = std::filesystem::temp_directory_path() / ("variometer-corpus-" + std::to_string(::getpid()));
    std::filesystem::create_directories(folder_);
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }

  std::string write(const std::string& content) const {
    const auto path = folder_ / "corpus.txt";
    std::ofstream(path, std::ios::binary) << content;
    return path.string();
  }
  static std::string refusal(const DataConfig& config, std::int64_t block_size = 8) {
    try {
      load_corpus(config, block_size);
    } catch (const Error& error) {
      EXPECT_EQ(error.kind(), Error::Kind::file);
      return error.what();
    }
    return "accepted";
  }
  static DataConfig at(const std::string& path) {
    DataConfig config;
    config.corpus = path;
    return config;
  }

  std::filesystem::path folder_;
};

bool contains(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

TEST_F(CorpusFile, IsSplitIntoTrainingAndALastPartForValidation) {
  DataConfig config = at(write(std::string(80, 'a') + std::string(20, 'b')));
  config.validation_fraction = 0.2;
  const auto corpus = load_corpus(config, 8);
  EXPECT_EQ(corpus->train().bytes(), std::string(80, 'a'));
  EXPECT_EQ(corpus->validation().bytes(), std::string(20, 'b'));
  EXPECT_EQ(corpus->sha256, sha256(corpus->text));
}

TEST_F(CorpusFile, ATooShortValidationPartIsTrainedOn) {
  DataConfig config = at(write(std::string(100, 'a')));
  config.validation_fraction = 0.05;
  const auto corpus = load_corpus(config, 8);
  EXPECT_EQ(corpus->train().size(), 100U);
  EXPECT_TRUE(corpus->validation().empty());
}

TEST_F(CorpusFile, RefusesWhatCannotServeAndSaysWhy) {
  EXPECT_TRUE(contains(refusal(at((folder_ / "nothing.txt").string())), "no such corpus"));
  EXPECT_TRUE(contains(refusal(at(folder_.string())), "is a folder"));
  EXPECT_TRUE(contains(refusal(at(write(""))), "is empty"));
  EXPECT_TRUE(contains(refusal(at(write(std::string("plain te\0xt", 11)))), "a NUL at byte 8"));
  EXPECT_TRUE(contains(refusal(at(write("latin-1: caf\xE9 au lait"))), "no valid UTF-8 at byte 12"));
  EXPECT_TRUE(contains(refusal(at(write("short"))), "fewer than model.block_size = 8"));
  DataConfig other = at(write("a text that is long enough"));
  other.sha256 = sha256("another text");
  EXPECT_TRUE(contains(refusal(other), "not the text this run was trained on"));
}

TEST_F(CorpusFile, RefusesAFileItMayNotRead) {
  if (::geteuid() == 0) GTEST_SKIP() << "root may read everything";
  const std::string path = write("a text that is long enough");
  std::filesystem::permissions(path, std::filesystem::perms::none);
  EXPECT_TRUE(contains(refusal(at(path)), "cannot be read"));
}

TEST_F(CorpusFile, WithoutAFileTheBuiltInSentencesServe) {
  const auto corpus = load_corpus({}, 32);
  EXPECT_GT(corpus->text.size(), 2'000'000U);
  EXPECT_FALSE(corpus->validation().empty());
}

TEST(Sentences, AreTheSameForTheSameSeedAndDifferForAnother) {
  EXPECT_EQ(make_sentences(1, 20000), make_sentences(1, 20000));
  EXPECT_NE(make_sentences(1, 20000), make_sentences(2, 20000));
  EXPECT_EQ(make_sentences(1, 20000), make_sentences(1, 30000).substr(0, 20000));
}

TEST(Sentences, ArePlainEnglishAndHoldTheProbePrompt) {
  const std::string text = make_sentences(1, 1U << 20U);
  EXPECT_EQ(first_non_text(text), std::string::npos);
  EXPECT_TRUE(contains(text, "Summer is warm. Winter is cold."));
  EXPECT_FALSE(contains(text, "  "));
  EXPECT_FALSE(contains(text, "a apple"));
  EXPECT_TRUE(contains(text, "an apple"));
}

TEST(Sentences, HardlyEverRepeatAStory) {
  const std::string text = make_sentences(1, 1U << 20U);
  std::set<std::string> stories;
  std::size_t n_story = 0;
  for (std::size_t begin = 0, end = 0; (end = text.find('\n', begin)) != std::string::npos;
       begin = end + 1, ++n_story) {
    stories.insert(text.substr(begin, end - begin));
  }
  EXPECT_GT(n_story, 3000U);
  EXPECT_GT(stories.size(), n_story * 99 / 100);
}

}  // namespace
}  // namespace variometer
