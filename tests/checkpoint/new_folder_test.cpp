// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/checkpoint/new_folder.h"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <fstream>
#include <iterator>
#include <set>

#include "core/base/error.h"
#include "tests/own_mount.h"
#include "tests/temporary_folder.h"

namespace variometer {
namespace {

namespace fs = std::filesystem;

void write(const fs::path& path, const std::string& text) { std::ofstream(path, std::ios::binary) << text; }

std::string read(const fs::path& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

std::set<std::string> names_in(const fs::path& folder) {
  std::set<std::string> names;
  for (const auto& entry : fs::directory_iterator(folder)) names.insert(entry.path().filename().string());
  return names;
}

/// What a checkpoint is made of, each file with `text` in it.
void fill(const fs::path& folder, const std::string& text) {
  write(folder / "config.json", text);
  write(folder / "model.safetensors", text);
  fs::create_directory(folder / "variometer");
  write(folder / "variometer/state.json", text);
}

void save(const fs::path& folder, const std::string& text) {
  NewFolder target(folder);
  fill(target.path(), text);
  target.commit();
}

void expect_checkpoint(const fs::path& folder, const std::string& text) {
  for (const char* name : {"config.json", "model.safetensors", "variometer/state.json"}) {
    EXPECT_EQ(read(folder / name), text) << folder / name;
  }
}

const std::set<std::string> kFiles{"config.json", "model.safetensors", "variometer"};

TEST(NewFolder, IsExchangedWithTheOneBeforeIt) {
  const test::TemporaryFolder folder;
  save(folder / "a/b/c", "one");
  ::chmod((folder / "a/b/c").c_str(), 0700);
  save(folder / "a/b/c/", "two");
  expect_checkpoint(folder / "a/b/c", "two");
  EXPECT_EQ(names_in(folder / "a/b"), std::set<std::string>{"c"});
  struct stat status {};
  ASSERT_EQ(::stat((folder / "a/b/c").c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777, 0700U) << "who may read it stays as it was";
}

TEST(NewFolder, IsSavedWhereLinksLead) {
  const test::TemporaryFolder folder;
  fs::create_directory(folder / "scratch");
  fs::create_directory_symlink("scratch", folder / "ck");
  fs::create_directory_symlink("later/here", folder / "dangling");
  for (const char* text : {"one", "two"}) {
    save(folder / "ck", text);
    save(folder / "dangling", text);
    save(folder / "dangling/step-000001", text);
    expect_checkpoint(folder / "scratch", text);
    expect_checkpoint(folder / "later/here", text);
  }
  EXPECT_TRUE(fs::is_symlink(folder / "ck"));
  EXPECT_EQ(names_in(folder.path()), (std::set<std::string>{"ck", "dangling", "later", "scratch"}));
}

/// Stands in another folder while it lives.
class Standing {
 public:
  explicit Standing(const fs::path& folder) : before_(fs::current_path()) { fs::current_path(folder); }
  ~Standing() { fs::current_path(before_); }

 private:
  fs::path before_;
};

TEST(NewFolder, IsFilledWhereTheProcessStands) {
  const test::TemporaryFolder folder;
  fs::create_directories(folder / "here/below");
  {
    const Standing standing(folder / "here");
    save(".", "one");
    save(".", "two");
    expect_checkpoint(".", "two");
    EXPECT_EQ(fs::current_path(), fs::canonical(folder / "here")) << "not a folder that is gone";
    const Standing below("below");
    save("..", "three");
  }
  expect_checkpoint(folder / "here", "three");
  auto expected = kFiles;
  expected.insert("below");
  EXPECT_EQ(names_in(folder / "here"), expected);
}

TEST(NewFolder, IsFilledWhereADiskIsMounted) {
  const test::TemporaryFolder folder;
  fs::create_directory(folder / "disk");
  const int status = test::on_small_disk(folder / "disk", 4, [&] {
    fs::create_directory(folder / "disk/lost+found");
    EXPECT_TRUE(holds_nothing(folder / "disk"));
    save(folder / "disk", "one");
    save(folder / "disk", "two");
    expect_checkpoint(folder / "disk", "two");
    save(folder / "disk/step-000001", "three");
    expect_checkpoint(folder / "disk/step-000001", "three");
  });
  if (status == test::kNoMount) GTEST_SKIP() << "nothing can be mounted here";
  EXPECT_EQ(status, 0);
}

TEST(NewFolder, LeavesTheFilesOfOthersAloneButNothingOfTheOldModel) {
  const test::TemporaryFolder folder;
  save(folder / "c", "one");
  write(folder / "c/tokenizer.json", "of the old model");
  write(folder / "c/notes.txt", "mine");
  fs::create_directory(folder / "c/plots");
  write(folder / "c/plots/loss.png", "mine");
  save(folder / "c", "two");
  expect_checkpoint(folder / "c", "two");
  EXPECT_EQ(read(folder / "c/notes.txt"), "mine");
  EXPECT_EQ(read(folder / "c/plots/loss.png"), "mine");
  EXPECT_FALSE(fs::exists(folder / "c/tokenizer.json"));
  EXPECT_EQ(names_in(folder.path()), std::set<std::string>{"c"});
}

/// In a process of its own, which then ends without a word, as after SIGKILL.
template <class Work>
void and_die(const Work& work) {
  const pid_t child = ::fork();
  if (child == 0) {
    work();
    ::_exit(0);
  }
  ASSERT_EQ(::waitpid(child, nullptr, 0), child);
}

TEST(NewFolder, RemovesWhatKilledProcessesLeftButNotWhatIsBeingWritten) {
  const test::TemporaryFolder folder;
  for (const char* name : {"step-000008", "step-000010"}) {
    and_die([&] {
      auto* target = new NewFolder(folder / name);  // a process that is killed destroys nothing
      fill(target->path(), "half");
    });
  }
  fs::create_directory(folder / ".step-000008.new-of mine");
  ASSERT_EQ(names_in(folder.path()).size(), 2U) << "the second has removed what the first left";
  NewFolder living(folder / "step-000012");
  EXPECT_EQ(names_in(folder.path()).size(), 2U) << "those of other steps of the run as well";
  save(folder / "step-000014", "other");
  fill(living.path(), "whole");
  living.commit();
  expect_checkpoint(folder / "step-000012", "whole");
  EXPECT_EQ(names_in(folder.path()), (std::set<std::string>{".step-000008.new-of mine", "step-000012", "step-000014"}));
}

TEST(NewFolder, DoesNotTakeWhatKilledProcessesLeftForContent) {
  const test::TemporaryFolder folder;
  fs::create_directory(folder / "c");
  write(folder / "c/notes.txt", "mine");
  and_die([&] {
    auto* target = new NewFolder(folder / "c");
    fill(target->path(), "half");
  });
  EXPECT_FALSE(holds_nothing(folder / "c"));
  fs::remove(folder / "c/notes.txt");
  ASSERT_EQ(names_in(folder / "c").size(), 1U);
  EXPECT_TRUE(holds_nothing(folder / "c"));
  save(folder / "c", "one");
  EXPECT_EQ(names_in(folder / "c"), kFiles);
}

// The moves of a folder that is filled in place are finished by whoever comes next, wherever they were cut short.
TEST(NewFolder, FinishesWhatWasCutShortInPlace) {
  for (const int n_moved : {0, 1, 2, 3}) {
    const test::TemporaryFolder folder;
    const fs::path c = folder / "c", ready = c / ".checkpoint.ready-0123abcd";
    save(c, "old");
    write(c / "merges.txt", "old");
    fs::create_directory(ready);
    fill(ready, "new");
    if (n_moved > 0) {
      fs::rename(c / "variometer", ready / ".old");
      write(ready / ".begun", "");
      fs::remove(c / "merges.txt");
    }
    if (n_moved > 1) fs::rename(ready / "config.json", c / "config.json");
    if (n_moved > 2) fs::rename(ready / "model.safetensors", c / "model.safetensors");
    finish_interrupted(c);
    expect_checkpoint(c, "new");
    EXPECT_EQ(names_in(c), kFiles) << n_moved;
  }
}

TEST(NewFolder, SaysWhyItCannotBeMade) {
  const test::TemporaryFolder folder;
  write(folder / "f", "a file");
  for (const auto& path : {fs::path("/proc/none/c"), folder / "f/c"}) {
    try {
      const NewFolder target(path);
      ADD_FAILURE() << path;
    } catch (const Error& error) {
      EXPECT_EQ(error.kind(), Error::Kind::file);
    }
  }
  NewFolder onto_a_file(folder / "f");
  EXPECT_THROW(onto_a_file.commit(), Error);
  EXPECT_EQ(read(folder / "f"), "a file");
}

}  // namespace
}  // namespace variometer
