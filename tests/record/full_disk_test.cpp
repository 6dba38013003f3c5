// SPDX-License-Identifier: GPL-3.0-or-later
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstdlib>
#include <fstream>
#include <functional>

#include "core/base/error.h"
#include "core/record/export.h"
#include "core/record/record_check.h"
#include "core/record/record_reader.h"
#include "core/record/record_writer.h"
#include "tests/own_mount.h"
#include "tests/record/describe.h"
#include "tests/record/made_run.h"
#include "tests/temporary_folder.h"

namespace variometer {
namespace {

// Writes until the writer refuses; the step it refused. The error must be one a user can act on.
std::int64_t write_until_refused(RecordWriter& writer, std::int64_t step) {
  for (;; ++step) {
    try {
      writer.write(*made::snapshot(step));
    } catch (const Error& error) {
      EXPECT_EQ(error.kind(), Error::Kind::file);
      EXPECT_NE(std::string(error.what()).find("safe"), std::string::npos) << error.what();
      return step;
    }
    if (step > 10'000'000) return -1;
  }
}

void expect_steps(const RecordContent& content, std::int64_t n) {
  ASSERT_EQ(static_cast<std::int64_t>(content.snapshots.size()), n);
  for (std::int64_t step = 1; step <= n; ++step) {
    const Snapshot& read = *content.snapshots[static_cast<std::size_t>(step - 1)];
    auto made = made::snapshot(step);
    made->probe_config = read.probe_config;
    ASSERT_EQ(describe(read), describe(*made)) << step;
  }
}

// The whole story: refused, readable, refused again, room made, the same snapshot again, on and closed.
void fill_and_go_on(const std::filesystem::path& path, const std::function<void()>& make_room) {
  RecordWriter writer(path, made::info(), /*overwrite=*/false);
  const std::int64_t refused = write_until_refused(writer, 1);
  ASSERT_GT(refused, 1);
  EXPECT_EQ(write_until_refused(writer, refused), refused) << "it stays refused";
  const auto n = static_cast<std::int64_t>(read_record(path).snapshots.size());
  EXPECT_GE(n, refused - 65) << "all but the batch in hand is in the file";
  expect_steps(read_record(path), n);
  make_room();
  for (std::int64_t step = refused; step < refused + 500; ++step) writer.write(*made::snapshot(step));
  writer.close();
  const RecordContent content = read_record(path);
  EXPECT_TRUE(content.closed);
  expect_steps(content, refused + 499);
  EXPECT_TRUE(check_record(path).whole);
}

TEST(FullDisk, AFileSizeLimitStopsWritingAndNothingElse) {
  const test::TemporaryFolder folder;
  ::signal(SIGXFSZ, SIG_IGN);
  rlimit old{};
  ASSERT_EQ(::getrlimit(RLIMIT_FSIZE, &old), 0);
  const rlimit small{3U << 20, old.rlim_max};
  ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &small), 0);
  fill_and_go_on(folder / "run.h5", [&] { ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &old), 0); });
  ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &old), 0);
}

TEST(FullDisk, StopsWritingAndNothingElse) {
  const test::TemporaryFolder folder;
  const auto disk = folder / "disk";
  std::filesystem::create_directory(disk);
  const int status = test::on_small_disk(disk, 12, [&] {
    std::ofstream(disk / "ballast", std::ios::binary) << std::string(6U << 20, 'x');
    fill_and_go_on(disk / "run.h5", [&] { std::filesystem::remove(disk / "ballast"); });
  });
  if (status == test::kNoMount) GTEST_SKIP() << "no small disk can be mounted here";
  EXPECT_EQ(status, 0);
}

TEST(FullDisk, AtTheStartSaysThatNothingIsRecordedAndLeavesNothing) {
  const test::TemporaryFolder folder;
  const auto disk = folder / "disk";
  std::filesystem::create_directory(disk);
  const int status = test::on_small_disk(disk, 1, [&] {
    try {
      const RecordWriter writer(disk / "run.h5", made::info(), /*overwrite=*/false);
      ADD_FAILURE() << "it was written";
    } catch (const Error& error) {
      const std::string said = error.what();
      EXPECT_EQ(error.kind(), Error::Kind::file);
      EXPECT_TRUE(said.starts_with((disk / "run.h5").string() + ": ")) << said;
      EXPECT_NE(said.find("nothing is recorded"), std::string::npos) << said;
      EXPECT_EQ(said.find("safe"), std::string::npos) << said;
    }
    EXPECT_TRUE(std::filesystem::is_empty(disk));
  });
  if (status == test::kNoMount) GTEST_SKIP() << "no small disk can be mounted here";
  EXPECT_EQ(status, 0);
}

TEST(FullDisk, AnExportThatHasNoRoomLeavesNothingBehind) {
  const test::TemporaryFolder folder;
  const pid_t child = ::fork();
  if (child == 0) {
    std::signal(SIGXFSZ, SIG_IGN);
    const rlimit limit{1000, 1000};
    ::setrlimit(RLIMIT_FSIZE, &limit);
    CardTable table;
    table.columns = {{.name = "value", .numbers = std::vector<double>(10000, 0.1)}};
    int status = 1;
    try {
      export_table(folder / "x.h5", table, "made");
    } catch (const Error& error) {
      status = error.kind() == Error::Kind::file ? 0 : 2;
    }
    std::exit(status);  // as a program ends: HDF5 tidies up
  }
  int status = 0;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 0) << status;
  EXPECT_TRUE(std::filesystem::is_empty(folder.path()));
}

TEST(FullDisk, ARecordThatCannotBeMadeLeavesNothingBehind) {
  const test::TemporaryFolder folder;
  const auto disk = folder / "disk";
  std::filesystem::create_directory(disk);
  const int status = test::on_small_disk(disk, 1, [&] {
    EXPECT_THROW(RecordWriter(disk / "run.h5", made::info(), /*overwrite=*/false), Error);
    EXPECT_TRUE(std::filesystem::is_empty(disk));
  });
  if (status == test::kNoMount) GTEST_SKIP() << "no small disk can be mounted here";
  EXPECT_EQ(status, 0);
}

}  // namespace
}  // namespace variometer
