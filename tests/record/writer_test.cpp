// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/record/record_writer.h"

#include <gtest/gtest.h>

#include <chrono>
#include <cstdio>
#include <filesystem>
#include <fstream>

#include "core/base/error.h"
#include "tests/record/made_run.h"
#include "tests/temporary_folder.h"

namespace variometer {
namespace {

TEST(RecordWriter, RefusesAnExistingFileUnlessTold) {
  const test::TemporaryFolder folder;
  const auto path = folder / "run.h5";
  std::ofstream(path) << "mine";
  try {
    const RecordWriter writer(path, made::info(), /*overwrite=*/false);
    FAIL() << "it was overwritten";
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), Error::Kind::usage);
  }
  EXPECT_EQ(std::filesystem::file_size(path), 4U);
  RecordWriter(path, made::info(), /*overwrite=*/true).close();
  EXPECT_GT(std::filesystem::file_size(path), 4U);
}

TEST(RecordWriter, SaysWhichPathItCannotWrite) {
  const test::TemporaryFolder folder;
  try {
    const RecordWriter writer(folder / "missing" / "run.h5", made::info(), /*overwrite=*/false);
    FAIL() << "it was written";
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), Error::Kind::file);
    EXPECT_NE(std::string(error.what()).find("run.h5"), std::string::npos) << error.what();
  }
}

TEST(RecordWriter, RefusesAFileAnotherWriterHolds) {
  const test::TemporaryFolder folder;
  const RecordWriter first(folder / "run.h5", made::info(), /*overwrite=*/false);
  EXPECT_THROW(RecordWriter(folder / "run.h5", made::info(), /*overwrite=*/true), Error);
}

TEST(RecordWriter, RefusesASnapshotOfAnotherModelAndGoesOn) {
  const test::TemporaryFolder folder;
  RecordWriter writer(folder / "run.h5", made::info(), /*overwrite=*/false);
  auto wrong = made::snapshot(4);
  auto weights = std::make_shared<WeightSnapshot>(*wrong->weights);
  weights->tensors.pop_back();
  wrong->weights = weights;
  EXPECT_THROW(writer.write(*wrong), Error);
  writer.write(*made::snapshot(4));
  writer.close();
  EXPECT_THROW(writer.write(*made::snapshot(5)), Error);
}

// The trainer writes on its own thread: a step of scalars may not be felt. The bound is the issue's, on a machine that
// also does other things: the best of some rounds counts.
TEST(RecordWriter, WritesAStepOfScalarsInLessThanATenthOfAMillisecond) {
  const test::TemporaryFolder folder;
  RecordWriter writer(folder / "run.h5", made::info(), /*overwrite=*/false);
  Snapshot snapshot;
  double best = 1e9;
  for (int round = 0; round < 10; ++round) {
    const auto begin = std::chrono::steady_clock::now();
    for (int i = 0; i < 1000; ++i) {
      ++snapshot.step;
      writer.write(snapshot);
    }
    best = std::min(best,
                    std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - begin).count() / 1000);
  }
  RecordProperty("milliseconds_per_step", std::to_string(best));
  std::printf("%.4f ms per step\n", best);
  EXPECT_LT(best, 0.1);
}

}  // namespace
}  // namespace variometer
