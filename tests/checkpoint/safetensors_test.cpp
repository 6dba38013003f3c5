// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/checkpoint/safetensors.h"

#include <gtest/gtest.h>

#include <cstring>
#include <fstream>

#include "core/base/error.h"
#include "tests/temporary_folder.h"

namespace variometer {
namespace {

std::string file_of(const std::string& header, std::size_t n_data, std::uint64_t length) {
  std::string bytes(8, '\0');
  for (std::size_t i = 0; i < 8; ++i) bytes[i] = static_cast<char>(length >> (8 * i) & 0xff);
  return bytes + header + std::string(n_data, 'x');
}

std::string file_of(const std::string& header, std::size_t n_data) { return file_of(header, n_data, header.size()); }

SafetensorsHeader parse(const std::string& bytes) {
  return parse_safetensors_header(std::as_bytes(std::span(bytes)), bytes.size(), "t.safetensors");
}

struct Hostile {
  const char* what;
  std::string bytes;
  const char* message;
};

class HostileSafetensors : public testing::TestWithParam<Hostile> {};

TEST_P(HostileSafetensors, IsRefusedInOneLineThatNamesTheFile) {
  try {
    parse(GetParam().bytes);
    FAIL() << GetParam().what << " was accepted";
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), Error::Kind::file);
    const std::string message = error.what();
    EXPECT_EQ(message.rfind("t.safetensors: ", 0), 0u) << message;
    EXPECT_NE(message.find(GetParam().message), std::string::npos) << message;
    EXPECT_EQ(message.find('\n'), std::string::npos) << message;
  }
}

std::string one(const std::string& dtype, const std::string& shape, const std::string& offsets) {
  return R"({"a":{"dtype":")" + dtype + R"(","shape":)" + shape + R"(,"data_offsets":)" + offsets + "}}";
}

INSTANTIATE_TEST_SUITE_P(
    Table, HostileSafetensors,
    testing::Values(
        Hostile{"empty file", "", "fewer than 8 bytes"}, Hostile{"seven bytes", "1234567", "fewer than 8 bytes"},
        Hostile{"header beyond the end", file_of("{}", 0, 3), "more than the file has"},
        Hostile{"largest length", file_of("{}", 0, ~std::uint64_t{0}), "over 100 MB"},
        Hostile{"length that would overflow", file_of("{}", 0, ~std::uint64_t{0} - 7), "over 100 MB"},
        Hostile{"just over 100 MB", file_of("{}", 0, 100'000'001), "over 100 MB"},
        Hostile{"no header", file_of("", 0), "not JSON"}, Hostile{"not JSON", file_of("{\"a\":", 0), "not JSON"},
        Hostile{"garbage behind the object", file_of("{}x", 0), "not JSON"},
        Hostile{"not UTF-8", file_of("{\"\xff\xfe\":{}}", 0), "not JSON"},
        Hostile{"a list", file_of("[]", 0), "not an object"}, Hostile{"a number", file_of("7", 0), "not an object"},
        Hostile{"entry is a number", file_of(R"({"a":1})", 0), "instead of an object"},
        Hostile{"entry is a list", file_of(R"({"a":[]})", 0), "instead of an object"},
        Hostile{"entry is empty", file_of(R"({"a":{}})", 0), "lacks dtype"},
        Hostile{"no shape", file_of(R"({"a":{"dtype":"F32","data_offsets":[0,4]}})", 4), "lacks dtype"},
        Hostile{"no offsets", file_of(R"({"a":{"dtype":"F32","shape":[1]}})", 4), "lacks dtype"},
        Hostile{"one offset", file_of(one("F32", "[1]", "[0]"), 4), "lacks dtype"},
        Hostile{"three offsets", file_of(one("F32", "[1]", "[0,4,4]"), 4), "more than two"},
        Hostile{"shape is a string", file_of(one("F32", "\"1\"", "[0,4]"), 4), "a string where"},
        Hostile{"shape in shape", file_of(one("F32", "[[1]]", "[0,4]"), 4), "a list where"},
        Hostile{"negative dimension", file_of(one("F32", "[-1]", "[0,4]"), 4), "a negative number where"},
        Hostile{"fractional dimension", file_of(one("F32", "[1.0]", "[0,4]"), 4), "a fraction where"},
        Hostile{"dimension of 2^64", file_of(one("F32", "[18446744073709551616]", "[0,4]"), 4), "a fraction where"},
        Hostile{"dimension of 2^63", file_of(one("F32", "[9223372036854775808]", "[0,4]"), 4), "beyond 2^62"},
        Hostile{"product that overflows to the right size",
                file_of(one("F32", "[4294967296,4294967296,0]", "[0,4]"), 4), "dtype and shape do not"},
        Hostile{"product that wraps to 4", file_of(one("U8", "[4611686018427387904,4,1]", "[0,0]"), 0),
                "dtype and shape do not"},
        Hostile{"unknown dtype", file_of(one("F31", "[1]", "[0,4]"), 4), "unknown dtype"},
        Hostile{"dtype is a number", file_of(R"({"a":{"dtype":1,"shape":[1],"data_offsets":[0,4]}})", 4),
                "a number where"},
        Hostile{"half a byte", file_of(one("F4", "[1]", "[0,1]"), 1), "dtype and shape do not"},
        Hostile{"backwards", file_of(one("F32", "[1]", "[4,0]"), 4), "does not start where"},
        Hostile{"hole at the start", file_of(one("F32", "[1]", "[4,8]"), 8), "does not start where"},
        Hostile{"size and shape differ", file_of(one("F32", "[2]", "[0,4]"), 4), "dtype and shape do not"},
        Hostile{"cut short", file_of(one("F32", "[1]", "[0,4]"), 3), "cut short"},
        Hostile{"something behind", file_of(one("F32", "[1]", "[0,4]"), 5), "something behind"},
        Hostile{"offsets of 2^64 - 1", file_of(one("U8", "[1]", "[0,18446744073709551615]"), 1),
                "dtype and shape do not"},
        Hostile{
            "overlap",
            file_of(
                R"({"a":{"dtype":"U8","shape":[4],"data_offsets":[0,4]},"b":{"dtype":"U8","shape":[4],"data_offsets":[2,6]}})",
                6),
            "does not start where"},
        Hostile{
            "hole between",
            file_of(
                R"({"a":{"dtype":"U8","shape":[4],"data_offsets":[0,4]},"b":{"dtype":"U8","shape":[4],"data_offsets":[5,9]}})",
                9),
            "does not start where"},
        Hostile{
            "same name twice",
            file_of(
                R"({"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]},"a":{"dtype":"U8","shape":[1],"data_offsets":[1,2]}})",
                2),
            "twice"},
        Hostile{"metadata of numbers", file_of(R"({"__metadata__":{"format":1}})", 0), "instead of a string"},
        Hostile{"nested metadata", file_of(R"({"__metadata__":{"format":{"a":"b"}}})", 0), "instead of a string"},
        Hostile{"metadata is a list", file_of(R"({"__metadata__":[]})", 0), "instead of an object"},
        Hostile{"deep unknown field",
                file_of(R"({"a":{"x":)" + std::string(1000, '[') + std::string(1000, ']') + "}}", 0), "too deeply"},
        Hostile{"open brackets to the end", file_of(std::string(100000, '['), 0), "not an object"},
        Hostile{"line breaks in a name", file_of("{\"a\\nb\":1}", 0), "a\\nb"}),
    [](const auto& each) {
      std::string name = each.param.what;
      for (char& c : name) {
        if (std::isalnum(static_cast<unsigned char>(c)) == 0) c = '_';
      }
      return name + "_" + std::to_string(each.index);
    });

TEST(Safetensors, TakesWhatTheFormatAllows) {
  EXPECT_TRUE(parse(file_of("{}", 0)).entries.empty());
  EXPECT_TRUE(parse(file_of("  {}  \n", 0)).entries.empty());
  EXPECT_TRUE(parse(file_of(R"({"__metadata__":null})", 0)).entries.empty());
  EXPECT_EQ(parse(file_of(R"({"__metadata__":{"format":"pt"}})", 0)).metadata.at("format"), "pt");
  const auto scalar = parse(file_of(one("F32", "[]", "[0,4]"), 4));
  EXPECT_EQ(scalar.entries.at(0).count(), 1u);
  const auto nothing = parse(file_of(one("F32", "[3,0]", "[0,0]"), 0));
  EXPECT_EQ(nothing.entries.at(0).bytes(), 0u);
  const auto unknown_field =
      parse(file_of(R"({"a":{"later":[{"x":[1,"y",null]}],"dtype":"U8","shape":[1],"data_offsets":[0,1]}})", 1));
  EXPECT_EQ(unknown_field.entries.at(0).shape, std::vector<std::int64_t>{1});
}

TEST(Safetensors, ReadsBackWhatItWroteWideTypesFirst) {
  const test::TemporaryFolder folder;
  const std::vector<float> a{1.5f, -2.0f, 3.25f};
  const std::vector<std::uint8_t> b{7, 8};
  const auto bytes = [](const auto& v) { return std::as_bytes(std::span(v)); };
  write_safetensors(folder / "t.safetensors",
                    {{"b", "U8", {2}, [&] { return bytes(b); }}, {"a", "F32", {3, 1}, [&] { return bytes(a); }}},
                    {{"format", "pt"}});
  const SafetensorsFile file(folder / "t.safetensors");
  ASSERT_EQ(file.entries().size(), 2u);
  EXPECT_EQ(file.entries()[0].name, "a");
  EXPECT_EQ(file.metadata().at("format"), "pt");
  const TensorEntry* entry = file.find("a");
  ASSERT_NE(entry, nullptr);
  EXPECT_EQ(entry->shape, (std::vector<std::int64_t>{3, 1}));
  EXPECT_EQ(std::memcmp(file.data(*entry).data(), a.data(), 12), 0);
  EXPECT_EQ(reinterpret_cast<std::uintptr_t>(file.data(*entry).data()) % 8, 0u);
  EXPECT_EQ(file.find("c"), nullptr);
}

TEST(Safetensors, SaysWhyAFileCannotBeOpened) {
  const test::TemporaryFolder folder;
  EXPECT_THROW(SafetensorsFile(folder / "missing.safetensors"), Error);
  EXPECT_THROW(SafetensorsFile(folder.path()), Error);
  EXPECT_THROW(write_safetensors(folder / "no" / "such.safetensors", {}, {}), Error);
}

TEST(TensorStore, FollowsTheIndexToEveryShard) {
  const TensorStore store(std::filesystem::path(VARIOMETER_TEST_DATA) / "models/llama-sharded");
  EXPECT_EQ(store.n_file(), 7u);
  EXPECT_TRUE(store.items().contains("model.layers.2.mlp.down_proj.weight"));
}

struct BadIndex {
  const char* what;
  const char* json;
  const char* message;
};

class HostileIndex : public testing::TestWithParam<BadIndex> {};

TEST_P(HostileIndex, IsRefused) {
  const test::TemporaryFolder folder;
  const std::vector<float> a{1.0f};
  write_safetensors(folder / "s.safetensors", {{"a", "F32", {1}, [&] { return std::as_bytes(std::span(a)); }}}, {});
  write_safetensors(folder / "t.safetensors", {{"a", "F32", {1}, [&] { return std::as_bytes(std::span(a)); }}}, {});
  std::ofstream(folder / "model.safetensors.index.json") << GetParam().json;
  try {
    const TensorStore store(folder.path());
    FAIL() << GetParam().what << " was accepted";
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), Error::Kind::file);
    EXPECT_NE(std::string(error.what()).find(GetParam().message), std::string::npos) << error.what();
  }
}

INSTANTIATE_TEST_SUITE_P(
    Table, HostileIndex,
    testing::Values(BadIndex{"no map", R"({"metadata":{}})", "weight_map"},
                    BadIndex{"empty map", R"({"weight_map":{}})", "weight_map"},
                    BadIndex{"number", R"({"weight_map":{"a":1}})", "must name a file"},
                    BadIndex{"path upwards", R"({"weight_map":{"a":"../s.safetensors"}})", "same folder"},
                    BadIndex{"absolute", R"({"weight_map":{"a":"/etc/passwd"}})", "same folder"},
                    BadIndex{"dots", R"({"weight_map":{"a":".."}})", "same folder"},
                    BadIndex{"zero byte", R"({"weight_map":{"a":"s.safetensors\u0000x"}})", "same folder"},
                    BadIndex{"missing shard", R"({"weight_map":{"a":"u.safetensors"}})", "u.safetensors"},
                    BadIndex{"tensor elsewhere", R"({"weight_map":{"b":"s.safetensors"}})", "is not in"},
                    BadIndex{"in two shards", R"({"weight_map":{"a":"s.safetensors","b":"t.safetensors"}})", "also in"},
                    BadIndex{"not JSON", "{", "not JSON"}, BadIndex{"a list", "[1]", "not a JSON object"}),
    [](const auto& each) {
      std::string name = each.param.what;
      for (char& c : name) {
        if (std::isalnum(static_cast<unsigned char>(c)) == 0) c = '_';
      }
      return name;
    });

}  // namespace
}  // namespace variometer
