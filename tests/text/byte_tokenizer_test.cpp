// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/text/byte_tokenizer.h"
#include "core/base/utf8.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "core/text/random.h"
#include "core/text/sha256.h"

namespace variometer {
namespace {

TEST(ByteTokenizer, PutsBosFirstAndGivesEveryTextBack) {
  const std::string text = "Gr\xC3\xBC\xC3\x9F dich\n\xF0\x9F\x8C\x8D";
  const auto ids = encode_bytes(text);
  EXPECT_EQ(ids.size(), text.size() + 1);
  EXPECT_EQ(ids[0], kBosToken);
  EXPECT_EQ(ids[1], 'G');
  EXPECT_EQ(decode_bytes(ids), text);
}

TEST(ByteTokenizer, TokenTextsCanBeShownWhateverTheByte) {
  EXPECT_EQ(byte_token_text(kBosToken), "<bos>");
  EXPECT_EQ(byte_token_text('S'), "S");
  EXPECT_EQ(byte_token_text(' '), " ");
  EXPECT_EQ(byte_token_text('\n'), "\\n");
  EXPECT_EQ(byte_token_text(0xC3), "<0xC3>");
  EXPECT_EQ(byte_token_text(0), "<0x00>");
  for (std::int32_t id = 0; id < 300; ++id) EXPECT_EQ(first_non_text(byte_token_text(id)), std::string::npos) << id;
}

TEST(ByteTokenizer, MalformedUtf8BecomesReplacementCharacters) {
  EXPECT_EQ(printable_utf8("a\xFFz"), "a\xEF\xBF\xBDz");
  EXPECT_EQ(printable_utf8("\xC3"), "\xEF\xBF\xBD");                  // cut off
  EXPECT_EQ(printable_utf8("\xC0\x80"), "\xEF\xBF\xBD\xEF\xBF\xBD");  // overlong NUL
  EXPECT_EQ(printable_utf8("\xE2\x82\xAC"), "\xE2\x82\xAC");          // the euro sign is whole
}

TEST(ByteTokenizer, RandomBytesAlwaysBecomeValidUtf8) {
  Random random(7);
  for (int trial = 0; trial < 2000; ++trial) {
    std::string bytes(random.below(24), '\0');
    for (auto& c : bytes) c = static_cast<char>(1 + random.below(255));
    EXPECT_EQ(first_non_text(printable_utf8(bytes)), std::string::npos);
  }
}

TEST(ByteTokenizer, NamesTheFirstByteThatIsNotText) {
  EXPECT_EQ(first_non_text("plain"), std::string::npos);
  EXPECT_EQ(first_non_text(std::string("ab\0c", 4)), 2U);
  EXPECT_EQ(first_non_text("abc\xED\xA0\x80"), 3U);   // a surrogate
  EXPECT_EQ(first_non_text("\xF4\x90\x80\x80"), 0U);  // past U+10FFFF
}

// Vectors of FIPS 180-4 and of coreutils' sha256sum.
TEST(Sha256, AgreesWithPublishedVectors) {
  EXPECT_EQ(sha256(""), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  EXPECT_EQ(sha256("abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  EXPECT_EQ(sha256("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq"),
            "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
  EXPECT_EQ(sha256(std::string(1000000, 'a')), "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
}

TEST(Sha256, OfAFileIsThatOfItsBytesAroundEveryBlockBoundary) {
  const auto path = std::filesystem::temp_directory_path() / ("variometer-sha-" + std::to_string(::getpid()));
  for (const std::size_t n :
       {0UL, 1UL, 55UL, 56UL, 63UL, 64UL, 65UL, (1UL << 20U) - 1, 1UL << 20U, (1UL << 20U) + 60}) {
    std::string bytes(n, '\0');
    for (std::size_t i = 0; i < n; ++i) bytes[i] = static_cast<char>(i * 31 + n);
    std::ofstream(path, std::ios::binary) << bytes;
    EXPECT_EQ(file_sha256(path), sha256(bytes)) << n;
  }
  std::filesystem::remove(path);
}

}  // namespace
}  // namespace variometer
