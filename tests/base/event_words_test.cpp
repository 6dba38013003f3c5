// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/base/event_words.h"

#include <gtest/gtest.h>

namespace variometer {
namespace {

TEST(EventWords, OfASentenceAreTheSentence) {
  EXPECT_EQ(event_words({.step = 3, .kind = "warning", .detail = R"({"what":"the text is read byte by byte"})"}),
            "the text is read byte by byte");
  EXPECT_EQ(event_words({.step = 3, .kind = "failed", .detail = R"({"what":"the loss is not finite","status":5})"}),
            "the loss is not finite");
  EXPECT_EQ(
      event_words({.step = 3, .kind = "alarm", .detail = R"({"what":"checkpoint not saved","why":"d: disk full"})"}),
      "checkpoint not saved: d: disk full");
  EXPECT_EQ(event_words({.step = 3, .kind = "alarm", .detail = R"({"what":"loss jumped","loss":2.5,"before":1})"}),
            "loss jumped: before 1, loss 2.5");
}

}  // namespace
}  // namespace variometer
