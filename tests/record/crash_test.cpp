// SPDX-License-Identifier: GPL-3.0-or-later
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <csignal>
#include <fstream>
#include <random>

#include "core/base/error.h"
#include "core/record/hdf5.h"
#include "core/record/record_check.h"
#include "core/record/record_reader.h"
#include "core/record/record_writer.h"
#include "tests/record/describe.h"
#include "tests/record/made_run.h"
#include "tests/temporary_folder.h"

namespace variometer {
namespace {

constexpr int kBatch = 64;  // the largest batch a writer keeps in hand

// A process that records without end and tells through `report` which step it has handed to the writer.
pid_t start_writer(const std::filesystem::path& path, int report) {
  const pid_t child = ::fork();
  if (child != 0) return child;
  try {
    RecordWriter writer(path, made::info(), /*overwrite=*/false);
    for (std::int32_t step = 1;; ++step) {
      writer.write(*made::snapshot(step));
      if (step % 97 == 0) writer.write_hidden(made::hidden(step, /*slot=*/true));
      if (::write(report, &step, sizeof step) != sizeof step) ::_exit(2);
    }
  } catch (...) {
    ::_exit(1);
  }
}

// Reads reports until `target` was handed over, lets a moment pass, kills; returns the last step that was handed over.
std::int32_t kill_after(pid_t child, int report, std::int32_t target, std::chrono::microseconds moment) {
  std::int32_t step = 0;
  while (step < target && ::read(report, &step, sizeof step) == sizeof step) {
  }
  const auto then = std::chrono::steady_clock::now() + moment;
  while (std::chrono::steady_clock::now() < then) {
  }
  ::kill(child, SIGKILL);
  int status = 0;
  ::waitpid(child, &status, 0);
  EXPECT_TRUE(WIFSIGNALED(status)) << "the writer ended by itself with " << WEXITSTATUS(status);
  while (::read(report, &step, sizeof step) == sizeof step) {
  }
  return step;
}

TEST(Crash, TwentyFiveKillsLoseNothingButTheBatchInHand) {
  const auto seed = std::random_device{}();
  SCOPED_TRACE("seed " + std::to_string(seed));
  std::mt19937 random(seed);
  int n_record = 0;
  for (int round = 0; round < 25; ++round) {
    const test::TemporaryFolder folder;
    const auto path = folder / "run.h5";
    int ends[2];
    ASSERT_EQ(::pipe(ends), 0);
    const pid_t child = start_writer(path, ends[1]);
    ::close(ends[1]);
    // Every fifth dies while it makes the file.
    const std::int32_t target = round % 5 == 4 ? 0 : static_cast<std::int32_t>(1 + random() % 600);
    const std::int32_t handed = kill_after(child, ends[0], target, std::chrono::microseconds(random() % 40000));
    ::close(ends[0]);
    if (!std::filesystem::exists(path)) {
      EXPECT_EQ(handed, 0);
      continue;
    }
    ++n_record;

    const RecordContent as_is = read_record(path);
    EXPECT_FALSE(as_is.closed);
    EXPECT_GT(static_cast<std::int32_t>(as_is.snapshots.size()), handed - kBatch);
    const RecordReport before = check_record(path);
    EXPECT_TRUE(before.whole) << before.problem;
    EXPECT_FALSE(before.being_written);
    EXPECT_TRUE(repair_record(path));

    const RecordContent repaired = read_record(path);
    EXPECT_TRUE(repaired.closed);
    ASSERT_EQ(repaired.snapshots.size(), as_is.snapshots.size());
    for (std::size_t i = 0; i < repaired.snapshots.size(); ++i) {
      auto made = made::snapshot(static_cast<std::int64_t>(i) + 1);
      made->probe_config = repaired.snapshots[i]->probe_config;
      ASSERT_EQ(describe(*repaired.snapshots[i]), describe(*made)) << "round " << round << " step " << i + 1;
    }
    const RecordReport after = check_record(path);
    EXPECT_TRUE(after.whole) << after.problem;
    for (const auto& group : after.groups) EXPECT_EQ(group.n_unfinished, 0) << group.path;
    EXPECT_LE(after.bytes, before.bytes + (1U << 16));
    EXPECT_FALSE(repair_record(path));
  }
  EXPECT_GE(n_record, 20);
}

std::string bytes_of(const std::filesystem::path& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

// Opens whatever it is as everything that opens records does. True: it was read.
bool readable(const std::filesystem::path& path) {
  try {
    RecordReader reader(path);
    while (!reader.next(64).empty()) {
    }
    for (std::int64_t i = 0; i < reader.n_hidden(); ++i) reader.hidden(i);
    check_record(path);
    return true;
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), Error::Kind::file) << error.what();
    EXPECT_NE(std::string(error.what()).find(path.string()), std::string::npos) << error.what();
    EXPECT_EQ(std::string(error.what()).find('\n'), std::string::npos) << error.what();
    return false;
  }
}

std::string small_record(const test::TemporaryFolder& folder) {
  RecordWriter writer(folder / "run.h5", made::info(), /*overwrite=*/false);
  for (int step = 1; step <= 20; ++step) writer.write(*made::snapshot(step));
  writer.write_hidden(made::hidden(20, /*slot=*/true));
  writer.close();
  return bytes_of(folder / "run.h5");
}

TEST(DamagedRecord, CutAnywhereIsRefusedInOneLine) {
  const test::TemporaryFolder folder;
  const std::string whole = small_record(folder);
  for (std::size_t i = 0; i < 150; ++i) {
    const std::size_t n = i < 20 ? i * 16 : (whole.size() - 1) * i / 150;
    const auto path = folder / ("cut" + std::to_string(i) + ".h5");
    std::ofstream(path, std::ios::binary) << whole.substr(0, n);
    EXPECT_FALSE(readable(path)) << n << " of " << whole.size() << " bytes";
    std::filesystem::remove(path);
  }
}

TEST(DamagedRecord, FlippedBytesNeverCrashTheReader) {
  const test::TemporaryFolder folder;
  const std::string whole = small_record(folder);
  std::mt19937 random(7);
  int n_refused = 0;
  for (int i = 0; i < 400; ++i) {
    std::string damaged = whole;
    // Half of the time near the beginning, where the structure is.
    const std::size_t most = i % 2 == 0 ? damaged.size() : damaged.size() / 8;
    for (int k = 0; k < 1 + i % 8; ++k) damaged[random() % most] ^= static_cast<char>(1U + random() % 255);
    const auto path = folder / ("flip" + std::to_string(i) + ".h5");
    std::ofstream(path, std::ios::binary) << damaged;
    n_refused += readable(path) ? 0 : 1;
    std::filesystem::remove(path);
  }
  EXPECT_GT(n_refused, 50);
}

TEST(DamagedRecord, AxesOfOneGroupMustAgree) {
  const test::TemporaryFolder folder;
  for (const std::string name : {"/run/activation/mean", "/run/activation/top_value", "/run/weight/mean",
                                 "/run/batch_activation/channel_max", "/run/weight/rescaled"}) {
    const auto path = folder / "run.h5";
    small_record(folder);
    {
      const hid_t file = H5Fopen(path.c_str(), H5F_ACC_RDWR, H5P_DEFAULT);
      const hid_t old = H5Dopen2(file, name.c_str(), H5P_DEFAULT);
      const hid_t type = H5Dget_type(old), space = H5Dget_space(old), properties = H5Dget_create_plist(old);
      std::array<hsize_t, 3> size{};
      const int n_axis = H5Sget_simple_extent_dims(space, size.data(), nullptr);
      size[1] += 1;
      H5Pset_chunk(properties, n_axis, size.data());
      const hid_t larger = H5Screate_simple(n_axis, size.data(), nullptr);
      H5Ldelete(file, name.c_str(), H5P_DEFAULT);
      const hid_t made = H5Dcreate2(file, name.c_str(), type, larger, H5P_DEFAULT, properties, H5P_DEFAULT);
      ASSERT_GE(made, 0);
      for (const auto dataset : {old, made}) H5Dclose(dataset);
      for (const auto extent : {space, larger}) H5Sclose(extent);
      H5Tclose(type);
      H5Pclose(properties);
      H5Fclose(file);
    }
    EXPECT_FALSE(readable(path)) << name;
    std::filesystem::remove(path);
  }
}

TEST(DamagedRecord, OtherFilesAreRefused) {
  const test::TemporaryFolder folder;
  std::ofstream(folder / "empty.h5");
  std::ofstream(folder / "text.h5") << std::string(5000, 'x');
  EXPECT_FALSE(readable(folder / "empty.h5"));
  EXPECT_FALSE(readable(folder / "text.h5"));
}

}  // namespace
}  // namespace variometer
