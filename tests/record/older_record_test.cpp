// SPDX-License-Identifier: GPL-3.0-or-later
#include <gtest/gtest.h>
#include <hdf5.h>

#include <cmath>
#include <string>
#include <vector>

#include "core/base/error.h"
#include "core/record/layout.h"
#include "core/record/record_check.h"
#include "core/record/record_reader.h"
#include "core/record/record_writer.h"
#include "core/record/recorded_run.h"
#include "tests/record/made_run.h"
#include "tests/temporary_folder.h"

// A record of a program that did not measure something yet has a column less: it reads as not measured.
namespace variometer {
namespace {

namespace fs = std::filesystem;

void remove_column(const fs::path& record, const std::string& path) {
  const hid_t file = H5Fopen(record.c_str(), H5F_ACC_RDWR, H5P_DEFAULT);
  ASSERT_GE(file, 0);
  EXPECT_GE(H5Ldelete(file, path.c_str(), H5P_DEFAULT), 0) << path;
  H5Fclose(file);
}

class OlderRecord : public testing::Test {
 protected:
  OlderRecord() {
    RecordWriter writer(folder_ / "run.h5", made::info(), /*overwrite=*/false);
    for (int step = 1; step <= 20; ++step) writer.write(*made::snapshot(step));
    writer.write_hidden(made::hidden(20, /*slot=*/false));
    writer.close();
  }
  /// The record without that column.
  fs::path without(const std::string& path) {
    const fs::path copy = folder_ / "older.h5";
    fs::copy_file(folder_ / "run.h5", copy, fs::copy_options::overwrite_existing);
    remove_column(copy, path);
    return copy;
  }
  const test::TemporaryFolder folder_;
};

TEST_F(OlderRecord, ReadsWithoutAnyOneOfItsColumns) {
  const layout::Sizes any{1, 1, 1, 1, 1, 1};
  for (const layout::Table& table :
       {layout::scalars(), layout::weight(any), layout::activation(any), layout::batch_activation(any),
        layout::massive(), layout::maps(any), layout::attention(any), layout::attention_maps(any), layout::hidden(any),
        layout::events(), layout::samples()}) {
    for (const auto& quantity : table.quantities) {
      const std::string path = table.path + "/" + quantity.name;
      const RecordReport report = check_record(without(path));
      EXPECT_TRUE(report.whole) << path << ": " << report.problem;
      EXPECT_EQ(report.n_update, 20) << path;
    }
  }
}

TEST_F(OlderRecord, HasNoNumberWhereNothingWasMeasured) {
  const auto scalars = read_record(without("/run/scalars/observe_fraction"));
  EXPECT_TRUE(std::isnan(scalars.snapshots.back()->observe_fraction));
  EXPECT_FALSE(std::isnan(scalars.snapshots.back()->loss));
  const auto whole = read_record(folder_ / "run.h5");
  const auto history = read_history(without("/run/activation/kurtosis"));
  ASSERT_FALSE(history.probe().empty());
  const auto& row = history.probe().back();
  EXPECT_TRUE(std::isnan(row.activation->layers[0].kurtosis));
  EXPECT_FALSE(std::isnan(row.activation->layers[0].median));
  const auto counts = read_history(without("/run/activation/non_finite"));
  EXPECT_EQ(counts.probe().back().activation->layers[0].non_finite, 0);
}

TEST_F(OlderRecord, IsDamagedWithoutItsJournal) {
  EXPECT_THROW(read_record(without("/run/journal/events")), Error);
  EXPECT_THROW(read_record(without("/run/scalars/step")), Error);
}

}  // namespace
}  // namespace variometer
