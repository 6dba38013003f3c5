// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/record/export.h"

#include <gtest/gtest.h>
#include <hdf5.h>

#include <cmath>
#include <cstring>
#include <fstream>

#include "core/base/error.h"
#include "tests/temporary_folder.h"

namespace variometer {
namespace {

CardTable table() {
  CardTable table;
  table.columns = {{.name = "step", .unit = "updates", .numbers = {1, 2}},
                   {.name = "text", .texts = {"a", "\xC3\xA9,"}, .is_text = true},
                   {.name = "value", .numbers = {0.5, std::nan("")}}};
  return table;
}

std::string bytes_of(const std::filesystem::path& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

TEST(Export, WritesCsv) {
  const test::TemporaryFolder folder;
  export_table(folder / "t.csv", table(), "a table");
  EXPECT_EQ(bytes_of(folder / "t.csv"), "step,text,value\n1,a,0.5\n2,\"\xC3\xA9,\",\n");
}

TEST(Export, WritesNumPyFilesAlignedTo64) {
  const test::TemporaryFolder folder;
  export_table(folder / "t.npy", table(), "a table");
  const std::string bytes = bytes_of(folder / "t.npy");
  ASSERT_GT(bytes.size(), 10U);
  EXPECT_EQ(bytes.substr(0, 8), std::string("\x93NUMPY\x01\x00", 8));
  const std::size_t header = 10 + static_cast<unsigned char>(bytes[8]) + 256 * static_cast<unsigned char>(bytes[9]);
  EXPECT_EQ(header % 64, 0U);
  EXPECT_NE(bytes.find("'descr': '<f8', 'fortran_order': False, 'shape': (2, 2)"), std::string::npos);
  ASSERT_EQ(bytes.size(), header + 4 * sizeof(double));
  double values[4];
  std::memcpy(values, bytes.data() + header, sizeof values);
  EXPECT_EQ(values[0], 1);
  EXPECT_EQ(values[1], 0.5);
  EXPECT_EQ(values[2], 2);
  EXPECT_TRUE(std::isnan(values[3]));
}

std::uint32_t word(const std::string& bytes, std::size_t at) {
  std::uint32_t value = 0;
  std::memcpy(&value, bytes.data() + at, sizeof value);
  return value;
}

/// Bob Jenkins's lookup3 (hashlittle), the checksum of HDF5's metadata; 44 bytes, as a superblock has before its own.
std::uint32_t lookup3_of_44(const std::string& bytes) {
  const auto rotated = [](std::uint32_t x, unsigned k) { return x << k | x >> (32 - k); };
  std::uint32_t a = 0xdeadbeef + 44, b = a, c = a;
  std::size_t at = 0;
  for (; 44 - at > 12; at += 12) {
    a += word(bytes, at), b += word(bytes, at + 4), c += word(bytes, at + 8);
    a -= c, a ^= rotated(c, 4), c += b;
    b -= a, b ^= rotated(a, 6), a += c;
    c -= b, c ^= rotated(b, 8), b += a;
    a -= c, a ^= rotated(c, 16), c += b;
    b -= a, b ^= rotated(a, 19), a += c;
    c -= b, c ^= rotated(b, 4), b += a;
  }
  a += word(bytes, at), b += word(bytes, at + 4);  // eight bytes are left
  c ^= b, c -= rotated(b, 14);
  a ^= c, a -= rotated(c, 11);
  b ^= a, b -= rotated(a, 25);
  c ^= b, c -= rotated(b, 16);
  a ^= c, a -= rotated(c, 4);
  b ^= a, b -= rotated(a, 14);
  c ^= b, c -= rotated(b, 24);
  return c;
}

TEST(Export, WritesHdf5ThatTheLibraryOpens) {
  const test::TemporaryFolder folder;
  export_table(folder / "t.h5", table(), "a table");
  const std::string bytes = bytes_of(folder / "t.h5");
  ASSERT_EQ(bytes.substr(0, 8), "\x89HDF\r\n\x1A\n");
  ASSERT_GE(bytes[8], 2) << "version of the superblock";
  EXPECT_EQ(bytes[11], 0) << "flags of a file that nobody has open";
  EXPECT_EQ(word(bytes, 44), lookup3_of_44(bytes));

  const hid_t file = H5Fopen((folder / "t.h5").c_str(), H5F_ACC_RDONLY, H5P_DEFAULT);
  ASSERT_GE(file, 0);
  const hid_t values = H5Dopen2(file, "value", H5P_DEFAULT);
  ASSERT_GE(values, 0);
  double read[2] = {};
  EXPECT_GE(H5Dread(values, H5T_NATIVE_DOUBLE, H5S_ALL, H5S_ALL, H5P_DEFAULT, read), 0);
  EXPECT_EQ(read[0], 0.5);
  EXPECT_TRUE(std::isnan(read[1]));
  H5Dclose(values);
  H5Fclose(file);
}

TEST(Export, WritesHdf5OfNothing) {
  const test::TemporaryFolder folder;
  CardTable empty = table();
  for (auto& column : empty.columns) {
    column.numbers.clear();
    column.texts.clear();
  }
  EXPECT_NO_THROW(export_table(folder / "empty.h5", empty, "nothing"));
}

TEST(Export, RefusesOtherEndingsAndLeavesNothingBehind) {
  const test::TemporaryFolder folder;
  EXPECT_THROW(export_table(folder / "t.xlsx", table(), ""), Error);
  for (const char* name : {"t.csv", "t.npy", "t.h5"}) {
    try {
      export_table(folder / "missing" / name, table(), "");
      FAIL() << name;
    } catch (const Error& error) {
      EXPECT_EQ(error.kind(), Error::Kind::file);
      EXPECT_NE(std::string(error.what()).find(name), std::string::npos);
    }
  }
  EXPECT_TRUE(std::filesystem::is_empty(folder / ""));
}

}  // namespace
}  // namespace variometer
