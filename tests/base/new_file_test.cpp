// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/base/new_file.h"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <fstream>
#include <iterator>

#include "core/base/error.h"
#include "tests/temporary_folder.h"

namespace variometer {
namespace {

namespace fs = std::filesystem;

void write(const fs::path& path, const std::string& text) { std::ofstream(path, std::ios::binary) << text; }

std::string read(const fs::path& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

std::ptrdiff_t n_entry(const fs::path& folder) { return std::distance(fs::directory_iterator(folder), {}); }

void put(const fs::path& path, const std::string& text) {
  NewFile file(path);
  write(file.path(), text);
  file.commit();
}

/// A process that dies in the middle of writing there.
void write_and_die(const fs::path& path) {
  const pid_t child = ::fork();
  if (child == 0) {
    const NewFile file(path);
    write(file.path(), "half");
    ::_exit(0);  // no destructor runs, as after SIGKILL
  }
  ASSERT_EQ(::waitpid(child, nullptr, 0), child);
}

TEST(NewFile, AppearsWithCommitAndLeavesNothingWithout) {
  const test::TemporaryFolder folder;
  {
    const NewFile file(folder / "a.csv");
    write(file.path(), "never");
    EXPECT_FALSE(fs::exists(folder / "a.csv"));
  }
  EXPECT_EQ(n_entry(folder.path()), 0);
  put(folder / "a.csv", "one");
  put(folder / "a.csv", "two");
  EXPECT_EQ(read(folder / "a.csv"), "two");
  EXPECT_EQ(n_entry(folder.path()), 1);
}

TEST(NewFile, KeepsWhoMayReadTheFileItReplaces) {
  const test::TemporaryFolder folder;
  write(folder / "secret.csv", "one");
  ::chmod((folder / "secret.csv").c_str(), 0600);
  put(folder / "secret.csv", "two");
  struct stat status {};
  ASSERT_EQ(::stat((folder / "secret.csv").c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777, 0600U);
}

TEST(NewFile, IsWrittenWhereALinkLeads) {
  const test::TemporaryFolder folder;
  fs::create_directory(folder / "disk");
  fs::create_symlink("disk/a.csv", folder / "a.csv");  // leads nowhere yet
  put(folder / "a.csv", "one");
  put(folder / "a.csv", "two");
  EXPECT_TRUE(fs::is_symlink(folder / "a.csv"));
  EXPECT_EQ(read(folder / "disk/a.csv"), "two");
  fs::create_symlink("loop", folder / "loop");
  EXPECT_THROW(NewFile(folder / "loop"), Error);
}

TEST(NewFile, ReplacesNoFolderNoDeviceAndNoPipe) {
  const test::TemporaryFolder folder;
  fs::create_directory(folder / "d");
  ASSERT_EQ(::mkfifo((folder / "pipe").c_str(), 0600), 0);
  for (const auto& path : {folder / "d", folder / "pipe", fs::path("/dev/null")}) {
    EXPECT_THROW(NewFile{path}, Error) << path;
  }
  EXPECT_THROW(NewFile(folder / "none/a.csv"), Error);
  EXPECT_TRUE(fs::is_fifo(folder / "pipe"));
}

TEST(NewFile, MayHaveAsLongANameAsAnyFile) {
  const test::TemporaryFolder folder;
  const std::string name(255, 'x');
  put(folder / name, "one");
  EXPECT_EQ(read(folder / name), "one");
}

TEST(NewFile, RemovesWhatAKilledProcessLeftButNotWhatIsBeingWritten) {
  const test::TemporaryFolder folder;
  write_and_die(folder / "a.csv");
  write_and_die(folder / "b.csv");
  ASSERT_EQ(n_entry(folder.path()), 2);
  const NewFile living(folder / "a.csv");
  EXPECT_EQ(n_entry(folder.path()), 2) << "what was left of a.csv is gone, what was left of b.csv is not a.csv's";
  write(living.path(), "whole");
  const std::string mine = (folder / ".a.csv.new-notes").string(), copy = (folder / ".a.csv.new-12345678x").string();
  write(mine, "mine");
  write(copy, "mine");
  const pid_t child = ::fork();  // another process writes to the same place
  if (child == 0) {
    put(folder / "a.csv", "other");
    ::_exit(0);
  }
  ASSERT_EQ(::waitpid(child, nullptr, 0), child);
  EXPECT_EQ(read(folder / "a.csv"), "other");
  EXPECT_EQ(read(living.path()), "whole");
  EXPECT_EQ(read(mine), "mine");
  EXPECT_EQ(read(copy), "mine");
}

TEST(RemoveWhole, LeavesNoHalfUnderTheNameItRemoves) {
  const test::TemporaryFolder folder;
  fs::create_directories(folder / "step-000012/variometer");
  write(folder / "step-000012/variometer/state.json", "{}");
  // As where the process is killed in the middle: what is left bears the name of something unfinished.
  fs::create_directory(folder / (unfinished_prefix("step-000011") + "0123abcd"));
  remove_whole(folder / "step-000012");
  EXPECT_EQ(n_entry(folder.path()), 1);
  remove_abandoned(folder.path(), ".step-");
  EXPECT_TRUE(fs::is_empty(folder.path()));
  EXPECT_THROW(remove_whole(folder / "step-000012"), Error);
}

}  // namespace
}  // namespace variometer
