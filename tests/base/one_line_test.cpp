// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/base/one_line.h"

#include <gtest/gtest.h>

namespace variometer {
namespace {

TEST(OneLine, LeavesTextAloneAndFoldsLines) {
  EXPECT_EQ(one_line(""), "");
  EXPECT_EQ(one_line("run 1: \u00fc \u4e2d \U0001f600"), "run 1: \u00fc \u4e2d \U0001f600");
  EXPECT_EQ(one_line("a\nb\tc\r\n"), "a b c");
}

TEST(OneLine, NothingInItMovesATerminal) {
  EXPECT_EQ(one_line("\x1b[2J\x07 name"), "\uFFFD[2J\uFFFD name");
  EXPECT_EQ(one_line("a\x7f\u009b"
                     "b"),
            "a\uFFFD\uFFFDb");  // DEL, and the one-character form of ESC [
  EXPECT_EQ(one_line(std::string("a\0b", 3)), "a\uFFFDb");
}

TEST(OneLine, MalformedUtf8BecomesItsReplacement) {
  EXPECT_EQ(one_line("a\x80z"), "a\uFFFDz");
  EXPECT_EQ(one_line("\xf0\x9f\x98"), "\uFFFD");
  EXPECT_EQ(one_line("\xff\xfe"), "\uFFFD\uFFFD");
}

}  // namespace
}  // namespace variometer
