// SPDX-License-Identifier: GPL-3.0-or-later
#include <gtest/gtest.h>

#include <fstream>
#include <functional>

#include "core/base/error.h"
#include "core/record/record_check.h"
#include "core/record/record_writer.h"
#include "tests/record/made_run.h"
#include "tests/temporary_folder.h"

// Others may move, delete or replace a record while it is written.
namespace variometer {
namespace {

namespace fs = std::filesystem;

constexpr std::int64_t kSteps = 100;

/// Writes half a run, lets `happen` happen, writes the rest and closes; what `close` said.
std::string write_around(const fs::path& record, const std::function<void()>& happen) {
  RecordWriter writer(record, made::info(), /*overwrite=*/false);
  for (std::int64_t step = 1; step <= kSteps / 2; ++step) writer.write(*made::snapshot(step));
  writer.flush();
  EXPECT_TRUE(writer.place().as_named);
  happen();
  for (std::int64_t step = kSteps / 2 + 1; step <= kSteps; ++step) writer.write(*made::snapshot(step));
  writer.flush();
  EXPECT_FALSE(writer.place().as_named) << "it is known before the end";
  try {
    writer.close();
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), Error::Kind::file);
    return error.what();
  }
  return "nothing";
}

void expect_whole(const fs::path& record) {
  const RecordReport report = check_record(record);
  EXPECT_TRUE(report.whole) << report.problem;
  EXPECT_TRUE(report.closed);
  EXPECT_EQ(report.n_update, kSteps);
}

TEST(MovedRecord, IsWrittenToItsEndAndClosedWhereItIs) {
  const test::TemporaryFolder folder;
  fs::create_directory(folder / "d");
  const auto to = folder / "d/kept.h5";
  const auto said = write_around(folder / "run.h5", [&] { fs::rename(folder / "run.h5", to); });
  EXPECT_NE(said.find("was moved to " + to.string()), std::string::npos) << said;
  EXPECT_FALSE(fs::exists(folder / "run.h5"));
  expect_whole(to);
}

TEST(MovedRecord, LeavesTheFileAloneThatHasItsNameNow) {
  const test::TemporaryFolder folder;
  {
    RecordWriter other(folder / "other.h5", made::info(), /*overwrite=*/false);
    other.write(*made::snapshot(1));
    other.flush();
    fs::copy_file(folder / "other.h5", folder / "open.h5");  // as a crash leaves it: not closed
  }
  const auto said = write_around(folder / "run.h5", [&] {
    fs::rename(folder / "run.h5", folder / "kept.h5");
    fs::rename(folder / "open.h5", folder / "run.h5");
  });
  EXPECT_NE(said.find("another file has its name"), std::string::npos) << said;
  expect_whole(folder / "kept.h5");
  EXPECT_FALSE(check_record(folder / "run.h5").closed) << "it was taken for ours";
}

TEST(MovedRecord, SaysThatItWasDeleted) {
  const test::TemporaryFolder folder;
  const auto said = write_around(folder / "run.h5", [&] { fs::remove(folder / "run.h5"); });
  EXPECT_NE(said.find("was deleted"), std::string::npos) << said;
  EXPECT_TRUE(fs::is_empty(folder.path()));
}

TEST(MovedRecord, IsFoundWhenItsFolderIsMoved) {
  const test::TemporaryFolder folder;
  fs::create_directory(folder / "d");
  const auto said = write_around(folder / "d/run.h5", [&] { fs::rename(folder / "d", folder / "e"); });
  EXPECT_NE(said.find((folder / "e/run.h5").string()), std::string::npos) << said;
  expect_whole(folder / "e/run.h5");
}

}  // namespace
}  // namespace variometer
