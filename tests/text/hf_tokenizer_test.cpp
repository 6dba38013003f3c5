// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/text/hf_tokenizer.h"

#include <gtest/gtest.h>

#include <ctime>

#include "core/base/error.h"
#include "core/text/byte_characters.h"
#include "core/text/random.h"
#include "core/text/tokenizer_files.h"
#include "core/base/utf8.h"

namespace variometer {
namespace {

using nlohmann::json;
using Ids = std::vector<std::int32_t>;

/// A BPE over a, b, ab, aab with what a test changes in it.
json small_bpe() {
  return {{"version", "1.0"},
          {"model",
           {{"type", "BPE"},
            {"vocab", {{"a", 0}, {"b", 1}, {"ab", 2}, {"aab", 3}, {"<unk>", 4}}},
            {"merges", {"a b", "a ab"}}}}};
}

Ids encode(const json& description, const std::string& text) {
  return tokenizer_from_json(description.dump())->encode(text, SpecialTokens::keep);
}

std::string refusal(const std::string& text) {
  try {
    tokenizer_from_json(text);
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), Error::Kind::file);
    EXPECT_EQ(std::string(error.what()).find('\n'), std::string::npos);
    return error.what();
  }
  return "accepted";
}

bool contains(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

TEST(HfTokenizer, JoinsTheLowestRankFirstAndTheLeftmostOfEquals) {
  EXPECT_EQ(encode(small_bpe(), "aab"), (Ids{3}));
  EXPECT_EQ(encode(small_bpe(), "abab"), (Ids{2, 2}));
  EXPECT_EQ(encode(small_bpe(), ""), Ids{});
}

TEST(HfTokenizer, UnknownCharactersAreDroppedNamedOrFused) {
  json description = small_bpe();
  EXPECT_EQ(encode(description, "axxb"), (Ids{2}));  // dropped, and the rest grows together
  description["model"]["unk_token"] = "<unk>";
  EXPECT_EQ(encode(description, "axxb"), (Ids{0, 4, 4, 1}));
  description["model"]["fuse_unk"] = true;
  EXPECT_EQ(encode(description, "axxb"), (Ids{0, 4, 1}));
}

TEST(HfTokenizer, AWholePieceInTheVocabularyNeedsNoMergesWhereTheFileSaysSo) {
  json description = small_bpe();
  description["model"]["merges"] = json::array();
  EXPECT_EQ(encode(description, "aab"), (Ids{0, 0, 1}));
  description["model"]["ignore_merges"] = true;
  EXPECT_EQ(encode(description, "aab"), (Ids{3}));
}

TEST(HfTokenizer, AddedTokensTakeTheirIdFromTheVocabularyOrBehindIt) {
  json description = small_bpe();
  description["added_tokens"] = {{{"id", 4}, {"content", "<unk>"}, {"special", true}},
                                 {{"id", 99}, {"content", "<x>"}, {"lstrip", true}, {"rstrip", true}}};
  const auto tokenizer = tokenizer_from_json(description.dump());
  EXPECT_EQ(tokenizer->encode("a<unk> <x>  b", SpecialTokens::keep), (Ids{0, 4, 5, 1}));
  EXPECT_EQ(tokenizer->vocab_size(), 6);
  ASSERT_EQ(tokenizer->warnings().size(), 1U);
  EXPECT_TRUE(contains(tokenizer->warnings()[0], "<x> says id 99 but gets 5"));
  EXPECT_EQ(tokenizer->token_text(5), "<x>");
  EXPECT_EQ(tokenizer->token_text(17), "<17>");
}

TEST(HfTokenizer, MalformedTextCountsAsReplacementCharacters) {
  json description = small_bpe();
  description["model"]["unk_token"] = "<unk>";
  EXPECT_EQ(encode(description, "a\xFF\xE2\x82z"), encode(description, "a\xEF\xBF\xBD\xEF\xBF\xBDz"));
}

TEST(HfTokenizer, RefusesBadMergesInOneLine) {
  const auto with = [](const json& merges) {
    json description = small_bpe();
    description["model"]["merges"] = merges;
    return refusal(description.dump());
  };
  EXPECT_TRUE(contains(with({"a c"}), "merge 1 (\"a\", \"c\"): \"c\" is not in the vocabulary"));
  EXPECT_TRUE(contains(with({"a b", "b a"}), "merge 2 (\"b\", \"a\"): its result \"ba\" is not in the vocabulary"));
  EXPECT_TRUE(contains(with({" a"}), "one of the pieces is empty"));
  EXPECT_TRUE(contains(with({"a b a"}), "merge 1 is not two pieces"));
  EXPECT_TRUE(contains(with({{"a", "b", "a"}}), "merge 1 is not a pair"));
  EXPECT_TRUE(contains(with({7}), "something else than tokens"));
  EXPECT_EQ(with({"a b", "a b"}), "accepted");  // the later rank counts, as in the reference
}

TEST(HfTokenizer, RefusesFilesThatAreNoTokenizers) {
  EXPECT_TRUE(contains(refusal(""), "not JSON"));
  EXPECT_TRUE(contains(refusal("{\"model\": {\"type\": \"BPE\", \"voc"), "not JSON at byte"));
  EXPECT_TRUE(contains(refusal("[]"), "not a JSON object"));
  EXPECT_TRUE(contains(refusal("{}"), "model is missing"));
  EXPECT_TRUE(contains(refusal(std::string(200000, '[')), "nested too deeply"));
  EXPECT_TRUE(contains(refusal("{\"a\":" + std::string(200000, '[') + std::string(200000, ']') + "}"), "too deeply"));
  EXPECT_TRUE(contains(refusal(R"({"model": {"type": "BPE", "vocab": {"a": -1}, "merges": []}})"), "negative"));
  EXPECT_TRUE(
      contains(refusal(R"({"model": {"type": "BPE", "vocab": {"a": 4294967295}, "merges": []}})"), "too large"));
  EXPECT_TRUE(contains(refusal(R"({"model": {"type": "BPE", "vocab": {"a": {}}, "merges": []}})"), "something else"));
  EXPECT_TRUE(contains(refusal(R"({"model": {"type": "Magic"}})"), "model Magic is not supported"));
  EXPECT_TRUE(contains(refusal(R"({"model": {"type": "Unigram", "vocab": [["a"]]}})"), "not a piece and its score"));
  EXPECT_TRUE(contains(refusal(R"({"model": {"type": "Unigram", "vocab": [["a", 0]], "unk_id": 1}})"), "unk_id"));
  const auto with = [](const char* key, const json& value) {
    json description = small_bpe();
    description[key] = value;
    return refusal(description.dump());
  };
  EXPECT_TRUE(contains(with("normalizer", {{"type", "Precompiled"}}), "normalizer Precompiled is not supported"));
  EXPECT_TRUE(contains(with("normalizer", 3), "type is missing"));
  EXPECT_TRUE(
      contains(with("pre_tokenizer", {{"type", "Split"}, {"pattern", {{"Regex", "(a"}}}, {"behavior", "Isolated"}}),
               "regular expression (a is wrong"));
  EXPECT_TRUE(contains(with("post_processor", {{"type", "TemplateProcessing"},
                                               {"single", {{{"SpecialToken", {{"id", "<s>"}}}}}},
                                               {"special_tokens", json::object()}}),
                       "special token <s> has no ids"));
  json deep = {{"type", "Lowercase"}};
  for (int i = 0; i < 30; ++i) deep = {{"type", "Sequence"}, {"normalizers", {deep}}};
  EXPECT_TRUE(contains(with("normalizer", deep), "nested too deeply"));
}

TEST(HfTokenizer, DamagedFilesEndInOneLineOrATokenizerNeverACrash) {
  const std::string good = small_bpe().dump();
  Random random(5);
  for (int trial = 0; trial < 3000; ++trial) {
    std::string damaged = good;
    for (std::uint64_t n = 1 + random.below(3); n > 0; --n) {
      const auto at = random.below(damaged.size());
      switch (random.below(3)) {
        case 0: damaged[at] = static_cast<char>(random.below(256)); break;
        case 1: damaged.erase(at, 1 + random.below(4)); break;
        default: damaged.insert(at, damaged.substr(random.below(damaged.size()), random.below(9)));
      }
    }
    try {
      tokenizer_from_json(damaged)->encode("aab b", SpecialTokens::keep);
    } catch (const Error& error) {
      EXPECT_EQ(error.kind(), Error::Kind::file);
    }
  }
}

/// What this thread was given by the processor: other programs do not count.
double processor_seconds() {
  timespec now{};
  ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) + 1e-9 * static_cast<double>(now.tv_nsec);
}

/// A BPE whose merges double: x, xx, xxxx ... as hard as merging gets.
TEST(HfTokenizer, TwoMegabytesInOnePieceTakeAboutEightTimesTheWorkOfAQuarter) {
  json vocabulary = json::object();
  json merges = json::array();
  std::string run = "x";
  for (int id = 0; id < 12; ++id, run += run) {
    vocabulary[run] = id;
    if (run.size() > 1) merges.push_back(run.substr(run.size() / 2) + " " + run.substr(run.size() / 2));
  }
  const json description{{"model", {{"type", "BPE"}, {"vocab", vocabulary}, {"merges", merges}}}};
  const auto tokenizer = tokenizer_from_json(description.dump());
  const auto work = [&](std::size_t n_byte) {
    const std::string text(n_byte, 'x');
    double least = 0;
    for (int round = 0; round < 2; ++round) {
      const auto begin = processor_seconds();
      EXPECT_FALSE(tokenizer->encode(text, SpecialTokens::keep).empty());
      const double seconds = processor_seconds() - begin;
      least = round == 0 ? seconds : std::min(least, seconds);
    }
    return least;
  };
  const auto ids = tokenizer->encode(std::string(2'000'000, 'x'), SpecialTokens::keep);
  EXPECT_EQ(ids.size(), 2'000'000U / 2048 + 2);    // 976 of 2048, and 1152 = 1024 + 128
  EXPECT_LT(work(2'000'000), 24 * work(250'000));  // n log n: 9 times; quadratic: 64 times
}

TEST(HfTokenizer, TextComesBackFromByteLevelTokensWhateverItIs) {
  json vocabulary = json::object();
  for (std::size_t byte = 0; byte < 256; ++byte) vocabulary[byte_characters()[byte]] = byte;
  json description{{"model", {{"type", "BPE"}, {"vocab", vocabulary}, {"merges", json::array()}}}};
  for (const char* part : {"pre_tokenizer", "decoder"}) {
    description[part] = {{"type", "ByteLevel"}, {"add_prefix_space", false}, {"use_regex", true}};
  }
  const auto tokenizer = tokenizer_from_json(description.dump());
  Random random(11);
  for (int trial = 0; trial < 300; ++trial) {
    std::string text;
    for (std::uint64_t n = random.below(40); n > 0; --n) {
      auto code = static_cast<char32_t>(random.below(random.below(2) == 0 ? 0x200 : 0x110000));
      if (code >= 0xD800 && code < 0xE000) code = U' ';
      append_utf8(text, code);
    }
    EXPECT_EQ(tokenizer->decode(tokenizer->encode(text, SpecialTokens::keep), SpecialTokens::keep), text);
  }
}

}  // namespace
}  // namespace variometer
