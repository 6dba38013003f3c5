// SPDX-License-Identifier: GPL-3.0-or-later
#include <gtest/gtest.h>
#include <sched.h>
#include <sys/mount.h>
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

constexpr int kNoMount = 77;

// Runs `work` in a process of its own that sees a disk of `megabytes` at `where`. Its exit status, or kNoMount.
int on_small_disk(const std::filesystem::path& where, int megabytes, const std::function<void()>& work) {
  const pid_t child = ::fork();
  if (child == 0) {
    const bool apart = ::unshare(CLONE_NEWNS) == 0 || ::unshare(CLONE_NEWUSER | CLONE_NEWNS) == 0;
    const std::string size = "size=" + std::to_string(megabytes) + "m";
    if (!apart || ::mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0 ||
        ::mount("tmpfs", where.c_str(), "tmpfs", 0, size.c_str()) != 0) {
      ::_exit(kNoMount);
    }
    try {
      work();
    } catch (const std::exception& error) {
      ADD_FAILURE() << error.what();
    }
    ::_exit(::testing::Test::HasFailure() ? 1 : 0);
  }
  int status = 0;
  ::waitpid(child, &status, 0);
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

TEST(FullDisk, StopsWritingAndNothingElse) {
  const test::TemporaryFolder folder;
  const auto disk = folder / "disk";
  std::filesystem::create_directory(disk);
  const int status = on_small_disk(disk, 12, [&] {
    std::ofstream(disk / "ballast", std::ios::binary) << std::string(6U << 20, 'x');
    fill_and_go_on(disk / "run.h5", [&] { std::filesystem::remove(disk / "ballast"); });
  });
  if (status == kNoMount) GTEST_SKIP() << "no small disk can be mounted here";
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
  const int status = on_small_disk(disk, 1, [&] {
    EXPECT_THROW(RecordWriter(disk / "run.h5", made::info(), /*overwrite=*/false), Error);
    EXPECT_TRUE(std::filesystem::is_empty(disk));
  });
  if (status == kNoMount) GTEST_SKIP() << "no small disk can be mounted here";
  EXPECT_EQ(status, 0);
}

}  // namespace
}  // namespace variometer
