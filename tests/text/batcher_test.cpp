// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/text/batcher.h"

#include <gtest/gtest.h>

#include <set>

#include "core/base/error.h"
#include "core/text/byte_tokenizer.h"

namespace variometer {
namespace {

const std::string kText = "the quick brown fox jumps over the lazy dog";

TEST(Batcher, EverySequenceIsBosAndAWindowAndItsTargetsAreOneAhead) {
  Batcher batcher(kText, 4, 8, 3);
  for (int i = 0; i < 50; ++i) {
    const Batch batch = batcher.next();
    ASSERT_EQ(batch.ids.size(), 32U);
    for (std::size_t b = 0; b < 4; ++b) {
      EXPECT_EQ(batch.ids[b * 8], kBosToken);
      std::string window;
      for (std::size_t t = 0; t < 8; ++t) {
        window.push_back(static_cast<char>(batch.targets[b * 8 + t]));
        if (t > 0) {
          EXPECT_EQ(batch.ids[b * 8 + t], batch.targets[b * 8 + t - 1]);
        }
      }
      EXPECT_NE(kText.find(window), std::string::npos) << window;
    }
  }
}

TEST(Batcher, ReachesEveryPlaceIncludingTheLast) {
  Batcher batcher(kText, 8, 40, 1);
  std::set<std::int64_t> firsts;
  for (int i = 0; i < 50; ++i) {
    const Batch batch = batcher.next();
    for (std::size_t b = 0; b < 8; ++b) firsts.insert(batch.targets[b * 40]);
  }
  EXPECT_EQ(firsts, (std::set<std::int64_t>{'t', 'h', 'e', ' '}));  // 43 bytes hold four windows of 40
}

TEST(Batcher, GoesOnFromASavedState) {
  Batcher one(kText, 2, 5, 9);
  one.next();
  const auto state = one.state();
  const Batch expected = one.next();
  Batcher two(kText, 2, 5, 1);
  two.set_state(state);
  EXPECT_EQ(two.next().ids, expected.ids);
}

TEST(Batcher, CutsIdsAndPutsTheTokenizersOwnBosInFront) {
  const std::vector<std::int32_t> ids{100, 101, 102, 103, 104, 105};
  Batcher batcher(TokenSpan(ids), 7, 4, 3, 1);
  std::set<std::int64_t> firsts;
  for (int i = 0; i < 30; ++i) {
    const Batch batch = batcher.next();
    for (std::size_t b = 0; b < 4; ++b) {
      EXPECT_EQ(batch.ids[3 * b], 7);
      EXPECT_EQ(batch.ids[3 * b + 1], batch.targets[3 * b]);
      EXPECT_EQ(batch.ids[3 * b + 2], batch.targets[3 * b + 1]);
      EXPECT_EQ(batch.targets[3 * b + 2], batch.targets[3 * b] + 2);
      firsts.insert(batch.targets[3 * b]);
    }
  }
  EXPECT_EQ(firsts, (std::set<std::int64_t>{100, 101, 102, 103}));
}

TEST(Batcher, WithoutABosASequenceBeginsInTheText) {
  const std::vector<std::int32_t> ids{100, 101, 102, 103, 104, 105};
  Batcher batcher(TokenSpan(ids), std::nullopt, 4, 3, 1);
  std::set<std::int64_t> firsts;
  for (int i = 0; i < 30; ++i) {
    const Batch batch = batcher.next();
    for (std::size_t place = 0; place < 12; ++place) EXPECT_EQ(batch.targets[place], batch.ids[place] + 1);
    for (std::size_t b = 0; b < 4; ++b) firsts.insert(batch.ids[3 * b]);
  }
  EXPECT_EQ(firsts, (std::set<std::int64_t>{100, 101, 102}));
  EXPECT_THROW(Batcher(TokenSpan(ids), std::nullopt, 1, 6, 1), Error);
  EXPECT_NO_THROW(Batcher(TokenSpan(ids), 7, 1, 6, 1));
}

TEST(Batcher, RefusesATextShorterThanOneWindow) {
  EXPECT_THROW(Batcher("short", 1, 6, 1), Error);
  EXPECT_NO_THROW(Batcher("short", 1, 5, 1));
}

}  // namespace
}  // namespace variometer
