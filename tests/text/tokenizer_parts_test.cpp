// SPDX-License-Identifier: GPL-3.0-or-later
#include <gtest/gtest.h>

#include "core/base/error.h"
#include "core/text/known_patterns.h"
#include "core/text/pattern.h"
#include "core/text/prefix_finder.h"
#include "core/text/random.h"
#include "core/text/splitter.h"
#include "core/base/utf8.h"

namespace variometer {
namespace {

std::vector<std::string> parts_of(const Pattern& pattern, std::string_view text, SplitBehavior behavior, bool invert) {
  std::vector<std::string> parts;
  Splitter splitter(text, behavior, invert, [&](std::string_view part) { parts.emplace_back(part); });
  pattern.for_each_match(text, [&](std::size_t begin, std::size_t end) { splitter.match(begin, end); });
  splitter.finish();
  return parts;
}

TEST(Splitter, FollowsEveryBehavior) {
  using Parts = std::vector<std::string>;
  const auto cut = [](SplitBehavior behavior, bool invert = false) {
    return parts_of(Pattern::literal("-"), "The-final--countdown", behavior, invert);
  };
  EXPECT_EQ(cut(SplitBehavior::removed), (Parts{"The", "final", "countdown"}));
  EXPECT_EQ(cut(SplitBehavior::removed, true), (Parts{"-", "-", "-"}));
  EXPECT_EQ(cut(SplitBehavior::isolated), (Parts{"The", "-", "final", "-", "-", "countdown"}));
  EXPECT_EQ(cut(SplitBehavior::contiguous), (Parts{"The", "-", "final", "--", "countdown"}));
  EXPECT_EQ(cut(SplitBehavior::merged_with_previous), (Parts{"The-", "final-", "-", "countdown"}));
  EXPECT_EQ(cut(SplitBehavior::merged_with_next), (Parts{"The", "-final", "-", "-countdown"}));
}

TEST(Pattern, SearchesLeftToRightAndSkipsEmptyMatchesBehindAMatch) {
  std::vector<std::pair<std::size_t, std::size_t>> found;
  const auto add = [&](std::size_t begin, std::size_t end) { found.emplace_back(begin, end); };
  Pattern::expression("x*").for_each_match("axxb", add);
  EXPECT_EQ(found, (std::vector<std::pair<std::size_t, std::size_t>>{{0, 0}, {1, 3}, {4, 4}}));
  EXPECT_THROW(Pattern::expression("[a"), Error);
}

TEST(Pattern, LettersAndNumbersIncludeWhatCameAfterUnicode14) {
  const auto n_match = [](const char* expression, const std::string& text) {
    int n = 0;
    Pattern::expression(expression).for_each_match(text, [&](std::size_t, std::size_t) { ++n; });
    return n;
  };
  const std::string garay = "\xF0\x90\xB5\x90";  // U+10D50, a letter of Unicode 16
  EXPECT_EQ(n_match(R"(\p{L})", garay), 1);
  EXPECT_EQ(n_match(R"([^\p{L}])", garay), 0);
  EXPECT_EQ(n_match(R"([^\s\p{L}\p{N}]+)", garay), 0);
  EXPECT_EQ(with_newer_characters(R"(\\p{L}[\]a])"), R"(\\p{L}[\]a])");  // an escaped backslash, then p{L}
}

/// The expressions written by hand against Oniguruma, which runs the same one made unrecognisable.
TEST(KnownPatterns, CutAsTheRegularExpressionsThemselves) {
  const std::vector<std::string> expressions = {
      std::string(kGpt2Pattern),
      R"((?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+)",
      R"((?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+)"};
  const std::vector<std::string> words = {"a",
                                          "Z",
                                          "'s",
                                          "'S",
                                          "'ll",
                                          "'LL",
                                          "'re",
                                          "'vE",
                                          "'m",
                                          "'",
                                          " ",
                                          "  ",
                                          "\t",
                                          "\n",
                                          "\r",
                                          "7",
                                          "1234",
                                          "!",
                                          "?!",
                                          "\xC2\x85",
                                          "\xC2\xA0",
                                          "\xE2\x80\xA8",
                                          "\xC5\xBF",
                                          "\xC3\xA9",
                                          "\xC2\xBD",
                                          "\xE4\xBD\xA0",
                                          "\xF0\x9F\x98\x80",
                                          "\xF0\x90\xB5\x90",
                                          "\xF0\x91\xB7\xA0",
                                          "\xE1\xA0\x8E",
                                          "_"};
  Random random(3);
  for (const auto& expression : expressions) {
    ASSERT_TRUE(Pattern::expression(expression).by_hand());
    const auto by_hand = Pattern::expression(expression);
    const auto by_regex = Pattern::expression("(?:" + expression + ")");
    ASSERT_FALSE(by_regex.by_hand());
    for (int trial = 0; trial < 4000; ++trial) {
      std::string text;
      for (std::uint64_t n = random.below(9); n > 0; --n) text += words[random.below(words.size())];
      if (text.empty()) continue;
      ASSERT_EQ(parts_of(by_hand, text, SplitBehavior::isolated, false),
                parts_of(by_regex, text, SplitBehavior::isolated, false))
          << expression << " on: " << text;
    }
  }
}

TEST(PrefixFinder, FindsEveryTextAnotherBeginsWith) {
  const PrefixFinder finder({{"a", 1}, {"abc", 2}, {"ab", 3}, {"b", 4}, {"abd", 5}, {"a", 6}});
  std::vector<std::pair<std::size_t, std::int32_t>> found;
  finder.for_each_prefix("abcd", [&](std::size_t n, std::int32_t value) { found.emplace_back(n, value); });
  EXPECT_EQ(found, (std::vector<std::pair<std::size_t, std::int32_t>>{{1, 6}, {2, 3}, {3, 2}}));
  EXPECT_TRUE(finder.begins_with('b'));
  EXPECT_FALSE(finder.begins_with('c'));
}

TEST(Utf8, CountsTheBytesThatAreStillToBeFinished) {
  EXPECT_EQ(n_unfinished_byte(""), 0U);
  EXPECT_EQ(n_unfinished_byte("abc"), 0U);
  EXPECT_EQ(n_unfinished_byte("a\xE2\x82"), 2U);
  EXPECT_EQ(n_unfinished_byte("a\xF0\x9F\x98"), 3U);
  EXPECT_EQ(n_unfinished_byte("a\xE2\x82\xAC"), 0U);
  EXPECT_EQ(n_unfinished_byte("a\xFF"), 0U);
  EXPECT_EQ(n_unfinished_byte("\x80\x80\x80\x80"), 0U);
}

TEST(Utf8, ASequenceThatBreaksOffIsOneReplacementCharacter) {
  EXPECT_EQ(printable_utf8("\xE2\x82z"), "\xEF\xBF\xBDz");
  EXPECT_EQ(printable_utf8("\xF0\x9F\x98"), "\xEF\xBF\xBD");
  EXPECT_EQ(printable_utf8("\xED\xA0\x80"), "\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD");  // a surrogate: three bad bytes
}

}  // namespace
}  // namespace variometer
