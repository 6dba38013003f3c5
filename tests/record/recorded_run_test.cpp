// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/record/recorded_run.h"

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <csignal>
#include <fstream>
#include <thread>

#include "core/base/error.h"
#include "core/record/record_check.h"
#include "core/record/record_reader.h"
#include "core/record/record_writer.h"
#include "tests/record/describe.h"
#include "tests/record/made_run.h"
#include "tests/temporary_folder.h"

namespace variometer {
namespace {

// Drains until a snapshot says that no more will come.
std::vector<SnapshotPtr> drain_all(Run& run) {
  std::vector<SnapshotPtr> all;
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(60);
  while (std::chrono::steady_clock::now() < deadline) {
    for (auto& snapshot : run.drain()) all.push_back(std::move(snapshot));
    if (!all.empty() && all.back()->state > RunState::paused) return all;
    std::this_thread::yield();
  }
  ADD_FAILURE() << "the record never ended";
  return all;
}

std::filesystem::path record_of(const test::TemporaryFolder& folder, int n_step) {
  RecordWriter writer(folder / "run.h5", made::info(), /*overwrite=*/false);
  for (int step = 1; step <= n_step; ++step) writer.write(*made::snapshot(step));
  writer.close();
  return folder / "run.h5";
}

TEST(RecordedRun, HandsOutTheWholeRecordAndThenSaysThatItEnds) {
  const test::TemporaryFolder folder;
  const auto run = open_record(record_of(folder, 300));
  EXPECT_EQ(run->info().n_layer, 2);
  const auto all = drain_all(*run);
  ASSERT_EQ(all.size(), 301U);
  EXPECT_EQ(all[299]->step, 300);
  EXPECT_EQ(all[300]->state, RunState::stopped);
  EXPECT_FALSE(all[300]->is_update);
  EXPECT_EQ(all[300]->message, "");
  EXPECT_TRUE(run->drain().empty());
}

TEST(RecordedRun, KeepsNothingOfWhatWasHandedOut) {
  const test::TemporaryFolder folder;
  const auto run = open_record(record_of(folder, 100));
  std::vector<std::weak_ptr<const Snapshot>> seen;
  for (const auto& snapshot : drain_all(*run)) seen.push_back(snapshot);
  ASSERT_GT(seen.size(), 100U);
  EXPECT_LE(std::count_if(seen.begin(), seen.end(), [](const auto& each) { return !each.expired(); }), 1);
}

TEST(RecordedRun, HandsOutPicturesOfAnInspectedModelOneByOne) {
  auto frame = std::make_shared<Frame>();
  frame->layer = 3;
  const auto run = memory_run(made::info(), {made::snapshot(1)}, {frame});
  EXPECT_EQ(run->take_frame()->layer, 3);
  EXPECT_EQ(run->take_frame(), nullptr);
}

TEST(RecordedRun, FollowsARecordThatAnotherProcessWrites) {
  const test::TemporaryFolder folder;
  const auto path = folder / "run.h5";
  int ready[2], go[2];
  ASSERT_EQ(::pipe(ready), 0);
  ASSERT_EQ(::pipe(go), 0);
  const pid_t child = ::fork();
  if (child == 0) {
    try {
      RecordWriter writer(path, made::info(), /*overwrite=*/false);
      char byte = 0;
      for (int step = 1; step <= 3200; ++step) {
        writer.write(*made::snapshot(step));
        if (step % 800 != 0) continue;
        writer.flush();
        if (::write(ready[1], &byte, 1) != 1 || ::read(go[0], &byte, 1) != 1) ::_exit(2);
      }
      writer.close();
      ::_exit(0);
    } catch (...) {
      ::_exit(1);
    }
  }
  char byte = 0;
  ASSERT_EQ(::read(ready[0], &byte, 1), 1);
  const auto run = open_record(path);
  std::vector<SnapshotPtr> all;
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(60);
  for (std::size_t part = 1; part <= 4; ++part) {
    while (all.size() < part * 800 && std::chrono::steady_clock::now() < deadline) {
      for (auto& snapshot : run->drain()) all.push_back(std::move(snapshot));
      std::this_thread::yield();
    }
    ASSERT_EQ(all.size(), part * 800) << "what was flushed is seen while the writer waits, and no more";
    ASSERT_EQ(::write(go[1], &byte, 1), 1);
    if (part < 4) {
      ASSERT_EQ(::read(ready[0], &byte, 1), 1);
    }
  }
  for (auto& snapshot : drain_all(*run)) all.push_back(std::move(snapshot));
  int status = 0;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  EXPECT_EQ(status, 0);
  ASSERT_EQ(all.size(), 3201U);
  for (int step = 1; step <= 3200; ++step) {
    auto made = made::snapshot(step);
    made->mitigations = all[step - 1]->mitigations;
    made->probe_config = all[step - 1]->probe_config;
    ASSERT_EQ(describe(*all[step - 1]), describe(*made)) << step;
  }
  EXPECT_EQ(all.back()->message, "") << "it was closed properly";
  for (const int end : {ready[0], ready[1], go[0], go[1]}) ::close(end);
}

// HDF5 1.10 reads wrong rows when one of two handles of a dataset is refreshed; the journal's first chunk is 1024 rows.
TEST(RecordedRun, OfTheSameFileTwiceInOneProcessReadTheSame) {
  const test::TemporaryFolder folder;
  const auto path = record_of(folder, 1030);
  RecordReader first(path);
  while (!first.next(256).empty()) {
  }
  RecordReader second(path);
  second.refresh();
  first.refresh();
  std::int64_t step = 0;
  for (auto some = second.next(1029); !some.empty(); some = second.next(1)) {
    for (const auto& snapshot : some) ASSERT_EQ(snapshot->step, ++step);
  }
  EXPECT_EQ(step, 1030);
  for (const auto& group : check_record(path).groups) EXPECT_EQ(group.n_unfinished, 0) << group.path;
}

TEST(RecordedRun, SaysThatARecordingBrokeOff) {
  const test::TemporaryFolder folder;
  const pid_t child = ::fork();
  if (child == 0) {
    RecordWriter writer(folder / "run.h5", made::info(), /*overwrite=*/false);
    writer.write(*made::snapshot(1));
    writer.flush();
    ::raise(SIGKILL);
  }
  ASSERT_EQ(::waitpid(child, nullptr, 0), child);
  const auto run = open_record(folder / "run.h5");
  const auto all = drain_all(*run);
  ASSERT_EQ(all.size(), 2U);
  EXPECT_EQ(all[1]->state, RunState::stopped);
  EXPECT_NE(all[1]->message.find("broke off"), std::string::npos);
}

TEST(RecordedRun, HandsOutWhatIsThereWithoutWaitingForTheDisk) {
  const test::TemporaryFolder folder;
  const auto run = open_record(record_of(folder, 5000));
  std::size_t n = 0, n_empty = 0;
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(60);
  while (n < 5001 && std::chrono::steady_clock::now() < deadline) {
    const auto some = run->drain();
    n += some.size();
    n_empty += some.empty() ? 1 : 0;
  }
  EXPECT_EQ(n, 5001U);
  EXPECT_GT(n_empty, 0U) << "twice in a row, faster than a batch is read: nothing is new, and it says so";
}

TEST(RecordedRun, IsReadAtOnceForACommand) {
  const test::TemporaryFolder folder;
  std::vector<SnapshotPtr> all;
  const auto info =
      read_snapshots(record_of(folder, 300), [&](const SnapshotPtr& snapshot) { all.push_back(snapshot); });
  EXPECT_EQ(info.n_layer, 2);
  ASSERT_EQ(all.size(), 301U);
  EXPECT_EQ(all[299]->step, 300);
  EXPECT_EQ(all[300]->state, RunState::stopped);
}

TEST(RecordedRun, IsReadNoFurtherThanItsRehearsal) {
  const test::TemporaryFolder folder;
  const auto rehearsal = std::make_shared<Rehearsal>();
  rehearsal->tell(10);
  const auto run = open_record(record_of(folder, 300), rehearsal);
  EXPECT_EQ(run->drain().size(), 10U);
  EXPECT_TRUE(run->drain().empty());  // without waiting
  std::thread teller([&] {
    for (int n = 20; n <= 250; n += 10) rehearsal->tell(n);
  });
  std::size_t n = 10;
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(60);
  while (n < 250 && std::chrono::steady_clock::now() < deadline) n += run->drain().size();
  teller.join();
  EXPECT_EQ(n, 250U);
  rehearsal->pass();
  EXPECT_EQ(drain_all(*run).size(), 51U);
}

TEST(RecordedRun, EndsWhereItsRehearsalFailedAndSaysWhy) {
  const test::TemporaryFolder folder;
  const auto rehearsal = std::make_shared<Rehearsal>();
  rehearsal->tell(100);
  rehearsal->fail("run.h5: HDF5 fell over it");
  rehearsal->pass();  // too late
  const auto all = drain_all(*open_record(record_of(folder, 300), rehearsal));
  ASSERT_EQ(all.size(), 101U);
  EXPECT_EQ(all[99]->step, 100);
  EXPECT_EQ(all[100]->message, "run.h5: HDF5 fell over it");
}

TEST(RecordedRun, CanBeClosedWhileItsRehearsalGoesOn) {
  const test::TemporaryFolder folder;
  const auto rehearsal = std::make_shared<Rehearsal>();
  rehearsal->tell(1);
  open_record(record_of(folder, 300), rehearsal);  // comes back
  EXPECT_FALSE(rehearsal->passed());
}

TEST(RecordedRun, RefusesWhatIsNoRecord) {
  const test::TemporaryFolder folder;
  for (const auto& path : {folder / "missing.h5", std::filesystem::path("/")}) {
    try {
      open_record(path);
      FAIL() << path;
    } catch (const Error& error) {
      EXPECT_EQ(error.kind(), Error::Kind::file);
      EXPECT_NE(std::string(error.what()).find(path.string()), std::string::npos);
    }
  }
}

TEST(RecordedRun, SaysWhyAFileCannotBeOpened) {
  const test::TemporaryFolder folder;
  const auto cut = record_of(folder, 5), text = folder / "notes.h5";
  std::filesystem::resize_file(cut, 3000);
  std::ofstream(text) << "not a record at all";
  for (const auto& [path, why] : {std::pair{cut, "cut short"}, {text, "no HDF5 file"}}) {
    try {
      open_record(path);
      FAIL() << path;
    } catch (const Error& error) {
      EXPECT_NE(std::string(error.what()).find(why), std::string::npos) << error.what();
    }
  }
}

}  // namespace
}  // namespace variometer
