// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/base/text_check.h"

#include <gtest/gtest.h>

#include <fstream>

#include "tests/temporary_folder.h"

namespace variometer {
namespace {

using namespace std::string_view_literals;

TEST(TextCheck, AcceptsUtf8OfAnyLanguageAndNamesWhatIsNone) {
  EXPECT_EQ(why_no_text("Summer is warm.\nSommer, \xC3\xA9t\xC3\xA9, \xE5\xA4\x8F\n"sv, true), "");
  EXPECT_EQ(why_no_text("BM stands for Bowman. GIF89a is a format. PK\t\f\x1B[0m"sv, true), "");
  EXPECT_EQ(why_no_text("\x89PNG\r\n\x1A\n\0\0\0\rIHDR"sv, true), "is a PNG picture, not text");
  EXPECT_EQ(why_no_text("\xFF\xD8\xFF\xE0\0\x10JFIF"sv, true), "is a JPEG picture, not text");
  EXPECT_EQ(why_no_text("%PDF-1.7\n1 0 obj"sv, true), "is a PDF document, not text");
  EXPECT_EQ(why_no_text("PK\x03\x04\x14\0\x06"sv, true), "is a ZIP archive or an office document, not text");
  EXPECT_EQ(why_no_text("\xFF\xFEH\0i\0"sv, true), "is not UTF-8 text but UTF-16");
  EXPECT_EQ(why_no_text("abc\xE9t\xE9"sv, true), "is not text: no valid UTF-8 at byte 3") << "Latin-1";
  EXPECT_EQ(why_no_text("ab\0c"sv, true), "is not text: a NUL at byte 2");
}

TEST(TextCheck, ACharacterMayBreakOffAtTheEndOfABeginning) {
  EXPECT_EQ(why_no_text("\xC3\xA9t\xC3"sv, false), "");
  EXPECT_NE(why_no_text("\xC3\xA9t\xC3"sv, true), "");
}

TEST(TextCheck, LooksAtTheBeginningOfAFileAlone) {
  const test::TemporaryFolder folder;
  std::ofstream(folder / "long.txt") << std::string(100000, 'a') << '\0';
  EXPECT_EQ(why_no_text(folder / "long.txt"), "");
  std::ofstream(folder / "umlaut.txt") << "a" << [] {
    std::string text;
    for (int i = 0; i < 40000; ++i) text += "\xC3\xA9";
    return text;
  }();
  EXPECT_EQ(why_no_text(folder / "umlaut.txt"), "") << "the 64 KiB end within a character";
  std::ofstream(folder / "x.png") << "\x89PNG\r\n\x1A\n";
  EXPECT_EQ(why_no_text(folder / "x.png"), "is a PNG picture, not text");
  EXPECT_EQ(why_no_text(folder / "nowhere"), "");
}

}  // namespace
}  // namespace variometer
