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

TEST(Export, WritesHdf5ThatTheLibraryOpens) {
  const test::TemporaryFolder folder;
  export_table(folder / "t.h5", table(), "a table");
  const std::string bytes = bytes_of(folder / "t.h5");
  ASSERT_EQ(bytes.substr(0, 8), "\x89HDF\r\n\x1A\n");
  EXPECT_EQ(bytes[8], 0) << "later superblocks have a checksum, which an image made by HDF5 1.10 leaves wrong";

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
