// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/checkpoint/gguf.h"

#include <gtest/gtest.h>

#include <functional>

#include "core/base/error.h"
#include "tests/checkpoint/gguf_bytes.h"
#include "tests/temporary_folder.h"

namespace variometer {
namespace {

using test::GgufBytes;
using test::TemporaryFolder;

constexpr std::uint64_t kHuge = ~std::uint64_t{0};

GgufHeader parse(const std::string& bytes) { return parse_gguf(std::as_bytes(std::span(bytes)), "t.gguf"); }

struct Hostile {
  const char* what;
  std::string bytes;
  const char* message;
};

class HostileGguf : public testing::TestWithParam<Hostile> {};

TEST_P(HostileGguf, IsRefusedInOneLineThatNamesTheFile) {
  try {
    parse(GetParam().bytes);
    FAIL() << GetParam().what << " was accepted";
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), Error::Kind::file);
    const std::string message = error.what();
    EXPECT_EQ(message.rfind("t.gguf: ", 0), 0u) << message;
    EXPECT_NE(message.find(GetParam().message), std::string::npos) << message;
    EXPECT_EQ(message.find('\n'), std::string::npos) << message;
  }
}

template <class Change>
std::string changed(Change change) {
  GgufBytes file;
  file.add_text("general.architecture", "llama");
  change(file);
  return file.bytes();
}

std::string with_tensor(const std::vector<std::uint64_t>& dimensions, std::uint32_t type, std::uint64_t offset = 0,
                        std::size_t n_data = 64) {
  return changed([&](GgufBytes& f) { f.add_tensor_at("a", dimensions, type, offset, std::string(n_data, 'x')); });
}

std::string with_value(std::uint32_t type, const std::string& value) {
  return changed([&](GgufBytes& f) { f.add("k", type, value); });
}

std::string cut(std::string bytes, std::size_t n) { return bytes.substr(0, bytes.size() - n); }

INSTANTIATE_TEST_SUITE_P(
    Table, HostileGguf,
    testing::Values(
        Hostile{"empty file", "", "does not begin"}, Hostile{"three bytes", "GGU", "does not begin"},
        Hostile{"another magic", changed([](GgufBytes& f) { f.magic = "GGML"; }), "does not begin"},
        Hostile{"nothing but the magic", "GGUF", "ends in the version"},
        Hostile{"version 0", changed([](GgufBytes& f) { f.version = 0; }), "big-endian"},
        Hostile{"version 1", changed([](GgufBytes& f) { f.version = 1; }), "version 1"},
        Hostile{"version 4", changed([](GgufBytes& f) { f.version = 4; }), "version 4"},
        Hostile{"big-endian", changed([](GgufBytes& f) { f.version = 0x03000000; }), "big-endian"},
        Hostile{"no counts", std::string("GGUF") + GgufBytes::number(std::uint32_t{3}), "number of tensors"},
        Hostile{"2^64 - 1 entries", changed([](GgufBytes& f) { f.n_value = kHuge; }), "metadata entries, more than"},
        Hostile{"2^64 - 1 tensors", changed([](GgufBytes& f) { f.n_tensor = kHuge; }), "tensors, more than"},
        Hostile{"one entry too many", changed([](GgufBytes& f) { f.n_value = 2; }), "metadata entr"},
        Hostile{"one tensor too many", changed([](GgufBytes& f) {
                  f.add_u32("k", 1);
                  f.n_tensor = 1;
                }),
                "tensor"},
        Hostile{"empty key", changed([](GgufBytes& f) { f.add_u32("", 1); }), "empty key"},
        Hostile{"key of 64 kB", changed([](GgufBytes& f) { f.add_u32(std::string(65536, 'k'), 1); }), "than allowed"},
        Hostile{"the same key twice", changed([](GgufBytes& f) { f.add_u32("k", 1).add_u32("k", 2); }),
                "\"k\" is there"},
        Hostile{"unknown type", with_value(13, "x"), "unknown type 13"},
        Hostile{"string longer than the file", with_value(8, GgufBytes::number(kHuge) + "x"), "more than the file has"},
        Hostile{"string of 2^63", with_value(8, GgufBytes::number(std::uint64_t{1} << 63) + "x"), "more than the file"},
        Hostile{"value cut short", cut(with_value(11, GgufBytes::number(std::int64_t{1})), 1), "it ends in"},
        Hostile{"list longer than the file", with_value(9, GgufBytes::list(4, kHuge, "1234")), "more than fit"},
        Hostile{"list whose bytes overflow", with_value(9, GgufBytes::list(4, std::uint64_t{1} << 62, "1234")),
                "more than fit"},
        Hostile{"list of strings longer than the file", with_value(9, GgufBytes::list(8, 1u << 30, "12345678")),
                "more than fit"},
        Hostile{"list of strings cut short", with_value(9, GgufBytes::list(8, 2, GgufBytes::text("ab") + "12345678")),
                "more than the file has"},
        Hostile{"list of lists", with_value(9, GgufBytes::list(9, 1, GgufBytes::list(4, 1, "1234"))), "list of lists"},
        Hostile{"list of an unknown type", with_value(9, GgufBytes::list(99, 1, "x")), "unknown type 99"},
        Hostile{"alignment 0", changed([](GgufBytes& f) { f.add_u32("general.alignment", 0); }), "no power of two"},
        Hostile{"alignment 24", changed([](GgufBytes& f) { f.add_u32("general.alignment", 24); }), "no power of two"},
        Hostile{"alignment is text", changed([](GgufBytes& f) { f.add_text("general.alignment", "32"); }), "not a u32"},
        Hostile{"tensor without a name", changed([](GgufBytes& f) { f.add_tensor("", {4}, 0, "1234567890123456"); }),
                "no name"},
        Hostile{"name of 64 bytes", changed([](GgufBytes& f) { f.add_tensor(std::string(64, 'n'), {1}, 0, "1234"); }),
                "more than allowed"},
        Hostile{"the same tensor twice",
                changed([](GgufBytes& f) { f.add_tensor("a", {1}, 0, "1234").add_tensor("a", {1}, 0, "1234"); }),
                "tensor \"a\" is there twice"},
        Hostile{"five dimensions", with_tensor({1, 1, 1, 1, 1}, 0), "5 dimensions"},
        Hostile{"2^32 - 1 dimensions", changed([](GgufBytes& f) {
                  f.add("x", 8, GgufBytes::text("y") + GgufBytes::text("a") + GgufBytes::number(~std::uint32_t{0}));
                  f.n_tensor = 1;
                  f.add_text("pad", std::string(64, 'p'));
                  f.n_value = 2;
                }),
                "dimensions"},
        Hostile{"negative dimension", with_tensor({kHuge}, 0), "beyond 2^63"},
        Hostile{"product that overflows", with_tensor({1u << 31, 1u << 31, 1u << 31}, 0), "larger than the file"},
        Hostile{"product that wraps to nothing", with_tensor({std::uint64_t{1} << 62, 4}, 24), "larger than the file"},
        Hostile{"product that overflows behind a zero", with_tensor({std::uint64_t{1} << 62, 4, 0}, 24), "larger than"},
        Hostile{"rows that fill no block", with_tensor({31}, 2), "rows of 31"},
        Hostile{"unknown tensor type", with_tensor({32}, 4), "unknown type 4"},
        Hostile{"data behind the end", with_tensor({17}, 0), "ends behind the file"},
        Hostile{"offset that wraps", with_tensor({8}, 0, kHuge - 31), "does not start where"},
        Hostile{"gap before the first", with_tensor({8}, 0, 32), "does not start where"},
        Hostile{"two that overlap", changed([](GgufBytes& f) {
                  f.add_tensor("a", {8}, 0, std::string(32, 'x')).add_tensor_at("b", {8}, 0, 0, std::string(32, 'x'));
                }),
                "tensor \"b\" does not start where"},
        Hostile{"a gap between", changed([](GgufBytes& f) {
                  f.add_tensor("a", {8}, 0, std::string(32, 'x')).add_tensor_at("b", {8}, 0, 64, std::string(64, 'x'));
                }),
                "tensor \"b\" does not start where"},
        Hostile{"cut in the data", cut(with_tensor({16}, 0), 1), "ends behind the file (cut short?)"},
        Hostile{"cut before the data", cut(with_tensor({16}, 0), 65), "before its tensors"}));

TEST(Gguf, ReadsEveryKindOfValue) {
  TemporaryFolder folder;
  GgufBytes file;
  file.add("u8", 0, GgufBytes::number(std::uint8_t{200}));
  file.add("i8", 1, GgufBytes::number(std::int8_t{-3}));
  file.add("u16", 2, GgufBytes::number(std::uint16_t{65000}));
  file.add("i16", 3, GgufBytes::number(std::int16_t{-300}));
  file.add_u32("u32", 4'000'000'000);
  file.add("i32", 5, GgufBytes::number(std::int32_t{-7}));
  file.add_f32("f32", 0.25F);
  file.add_flag("yes", true);
  file.add_flag("no", false);
  file.add_text("text", "gr\xc3\xbc\xc3\x9f");
  file.add("u64", 10, GgufBytes::number(std::uint64_t{1} << 40));
  file.add("too large", 10, GgufBytes::number(kHuge));
  file.add("i64", 11, GgufBytes::number(std::int64_t{-1} << 40));
  file.add("f64", 12, GgufBytes::number(1e300));
  file.add_texts("texts", {"a", "", "ccc"});
  file.add("ids", 9, GgufBytes::list(5, 2, GgufBytes::number(std::int32_t{5}) + GgufBytes::number(std::int32_t{-6})));
  file.add("scores", 9, GgufBytes::list(6, 2, GgufBytes::number(-1.5F) + GgufBytes::number(2.0F)));
  file.add("pattern", 9, GgufBytes::list(7, 3, std::string("\1\0\1", 3)));
  file.write(folder / "m.gguf");
  const GgufFile gguf(folder / "m.gguf");
  EXPECT_EQ(gguf.integer("u8"), 200);
  EXPECT_EQ(gguf.integer("i8"), -3);
  EXPECT_EQ(gguf.integer("u16"), 65000);
  EXPECT_EQ(gguf.integer("i16"), -300);
  EXPECT_EQ(gguf.integer("u32"), 4'000'000'000);
  EXPECT_EQ(gguf.integer("i32"), -7);
  EXPECT_EQ(gguf.number("f32"), 0.25);
  EXPECT_EQ(gguf.number("i32"), -7.0);
  EXPECT_EQ(gguf.flag("yes"), true);
  EXPECT_EQ(gguf.flag("no"), false);
  EXPECT_EQ(gguf.text("text"), "gr\xc3\xbc\xc3\x9f");
  EXPECT_EQ(gguf.integer("u64"), std::int64_t{1} << 40);
  EXPECT_EQ(gguf.integer("i64"), std::int64_t{-1} << 40);
  EXPECT_EQ(gguf.number("f64"), 1e300);
  EXPECT_EQ(gguf.texts("texts"), (std::vector<std::string_view>{"a", "", "ccc"}));
  EXPECT_EQ(gguf.integers("ids"), (std::vector<std::int64_t>{5, -6}));
  EXPECT_EQ(gguf.integers("u8"), std::vector<std::int64_t>{200}) << "a scalar counts as a list of one";
  EXPECT_EQ(gguf.numbers("scores"), (std::vector<double>{-1.5, 2.0}));
  EXPECT_EQ(gguf.flags("pattern"), (std::vector<bool>{true, false, true}));
  EXPECT_EQ(gguf.text("absent"), std::nullopt);
  EXPECT_EQ(gguf.integer("absent"), std::nullopt);
  EXPECT_EQ(gguf.texts("absent"), std::nullopt);
  for (const auto& wrong : {std::function<void()>([&] { gguf.text("u8"); }),
                            {[&] { gguf.integer("text"); }},
                            {[&] { gguf.integer("f32"); }},
                            {[&] { gguf.integer("too large"); }},
                            {[&] { gguf.integer("ids"); }},
                            {[&] { gguf.flag("u8"); }},
                            {[&] { gguf.texts("ids"); }},
                            {[&] { gguf.numbers("texts"); }},
                            {[&] { gguf.integers("scores"); }}}) {
    EXPECT_THROW(wrong(), Error);
  }
}

TEST(Gguf, ShowsTensorsSlowestAxisFirstAndTheirBytes) {
  TemporaryFolder folder;
  GgufBytes file;
  file.alignment = 64;
  file.add_u32("general.alignment", 64);
  file.add_tensor("token_embd.weight", {32, 3}, 2, std::string(54, 'q'));
  file.add_tensor("one", {}, 0, "1234");
  file.add_tensor("none", {0}, 0, "");
  file.add_tensor("norm", {2}, 0, "abcdefgh");
  file.write(folder / "m.gguf");
  const GgufFile gguf(folder / "m.gguf");
  ASSERT_EQ(gguf.tensors().size(), 4u);
  const GgufTensor* embedding = gguf.find_tensor("token_embd.weight");
  ASSERT_NE(embedding, nullptr);
  EXPECT_EQ(embedding->shape, (std::vector<std::int64_t>{3, 32}));
  EXPECT_EQ(embedding->bytes(), 54u);
  EXPECT_EQ(embedding->begin % 64, 0u);
  EXPECT_EQ(gguf.find_tensor("none")->count(), 0u);
  const auto norm = gguf.data(*gguf.find_tensor("norm"));
  EXPECT_EQ(std::string(reinterpret_cast<const char*>(norm.data()), norm.size()), "abcdefgh");
  EXPECT_EQ(gguf.find_tensor("absent"), nullptr);
}

TEST(Gguf, EveryCutAndEveryChangedByteIsReadOrRefusedNeverWorse) {
  GgufBytes file;
  file.add_text("general.architecture", "llama").add_texts("tokens", {"a", "bb", "c"}).add_u32("n", 7);
  file.add_tensor("a", {32, 2}, 2, std::string(36, 'q')).add_tensor("b", {3}, 0, std::string(12, 'x'));
  const std::string good = file.bytes();
  ASSERT_NO_THROW(parse(good));
  int n_refused = 0;
  const auto try_one = [&](const std::string& bytes) {
    try {
      parse(bytes);
    } catch (const Error&) {
      ++n_refused;
    }
  };
  // The copies are exactly as long as they are, so that a sanitizer sees a read behind the end.
  for (std::size_t n = 0; n < good.size(); ++n) try_one(std::string(good.begin(), good.begin() + n));
  EXPECT_GT(n_refused, 200);
  for (std::size_t i = 0; i < good.size(); ++i) {
    for (const int value : {0x00, 0x01, 0x7f, 0x80, 0xff}) {
      std::string bytes = good;
      bytes[i] = static_cast<char>(value);
      try_one(bytes);
    }
  }
}

TEST(Gguf, FoldersAndMissingFilesAreSaidToBeThat) {
  TemporaryFolder folder;
  EXPECT_FALSE(is_gguf(folder.path()));
  EXPECT_FALSE(is_gguf(folder / "absent"));
  std::ofstream(folder / "text") << "GG";
  EXPECT_FALSE(is_gguf(folder / "text"));
  GgufBytes().write(folder / "m");
  EXPECT_TRUE(is_gguf(folder / "m"));
  const auto message_of = [](const std::filesystem::path& path) -> std::string {
    try {
      GgufFile file(path);
    } catch (const Error& error) {
      return error.what();
    }
    return "accepted";
  };
  EXPECT_EQ(message_of(folder.path()), folder.path().string() + ": it is a folder, not a file");
  EXPECT_NE(message_of(folder / "absent").find("No such file"), std::string::npos);
}

}  // namespace
}  // namespace variometer
