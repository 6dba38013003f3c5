// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/cli_process.h"

#include <gtest/gtest.h>
#include <sys/resource.h>
#include <unistd.h>

#include <atomic>
#include <csignal>
#include <filesystem>
#include <fstream>

#include "core/base/error.h"
#include "tests/temporary_folder.h"

namespace variometer {
namespace {

TEST(GoOnInChild, GivesTheStatusOfTheChild) {
  const auto status = go_on_in_child("run.h5");
  if (!status) ::_exit(7);
  EXPECT_EQ(*status, 7);
}

TEST(GoOnInChild, SaysWhichFileBroughtTheLibraryDown) {
  try {
    if (!go_on_in_child("run.h5")) ::kill(::getpid(), SIGKILL);
    FAIL() << "a child that was killed has no status";
  } catch (const Error& error) {
    EXPECT_EQ(error.exit_status(), 3);
    EXPECT_EQ(std::string(error.what()).rfind("run.h5: ", 0), 0u) << error.what();
    EXPECT_NE(std::string(error.what()).find("Killed"), std::string::npos) << error.what();
  }
}

TEST(GoOnInChild, BlamesTheProgramForWhatHappensAfterTheFileWasRead) {
  try {
    if (!go_on_in_child("run.h5")) {
      note_file_was_read();
      ::kill(::getpid(), SIGKILL);
    }
    FAIL() << "a child that was killed has no status";
  } catch (const Error& error) {
    EXPECT_EQ(error.exit_status(), 5);
    EXPECT_NE(std::string(error.what()).find("fault of the program"), std::string::npos) << error.what();
    EXPECT_EQ(std::string(error.what()).find("HDF5"), std::string::npos) << error.what();
  }
  // The next child begins with its file unread.
  try {
    if (!go_on_in_child("other.h5")) ::kill(::getpid(), SIGKILL);
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.exit_status(), 3) << error.what();
  }
}

TEST(GoOnInChild, CutsOffALibraryThatDoesNotComeBack) {
  try {
    if (!go_on_in_child("run.h5")) {
      const rlimit soon{1, 2};
      ::setrlimit(RLIMIT_CPU, &soon);
      std::atomic<int> n{0};
      while (n.fetch_add(1) != -1) {
      }
    }
    FAIL() << "a child that was cut off has no status";
  } catch (const Error& error) {
    EXPECT_EQ(error.exit_status(), 3);
    EXPECT_NE(std::string(error.what()).find("run.h5: the HDF5 library did not come back"), std::string::npos)
        << error.what();
  }
}

TEST(GoOnInChild, GivesLargerFilesMoreTime) {
  EXPECT_EQ(seconds_for("no such file"), 120u);
  const test::TemporaryFolder folder;
  const auto path = folder.path() / "large.h5";
  std::ofstream(path).put('x');
  std::filesystem::resize_file(path, std::uintmax_t{1} << 30);  // takes no room: a hole
  EXPECT_EQ(seconds_for(path.string()), 120u + 1024u);
}

}  // namespace
}  // namespace variometer
