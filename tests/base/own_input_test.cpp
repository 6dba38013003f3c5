// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/base/own_input.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <fstream>

#include "core/base/error.h"
#include "tests/temporary_folder.h"

namespace variometer {
namespace {

namespace fs = std::filesystem;

void write(const fs::path& path) { std::ofstream(path) << "text"; }

class OwnInput : public testing::Test {
 protected:
  OwnInput() {
    write(folder_ / "run.h5");
    write(folder_ / "other.h5");
    fs::create_directories(folder_ / "m/variometer");
    for (const char* name :
         {"config.json", "model-00001-of-00002.safetensors", "tokenizer.json", "variometer/state.json"}) {
      write(folder_ / "m" / name);
    }
  }
  fs::path operator/(const std::string& name) const { return folder_ / name; }

  /// The kind of the refusal; none: allowed.
  static int refusal(const fs::path& output, const fs::path& input) {
    try {
      check_output_file(output, /*overwrite=*/true, {{}, {input, "the input"}});
      return 0;
    } catch (const Error& error) {
      if (error.kind() == Error::Kind::usage) {
        EXPECT_NE(std::string(error.what()).find("the input"), std::string::npos) << error.what();
      }
      return error.exit_status();
    }
  }

  const test::TemporaryFolder folder_;
};

TEST_F(OwnInput, IsKnownByAnyName) {
  const fs::path input = *this / "run.h5";
  fs::create_symlink(input, *this / "soft.h5");
  fs::create_symlink("soft.h5", *this / "softer.h5");
  fs::create_hard_link(input, *this / "hard.h5");
  for (const fs::path& name : {input, *this / "./run.h5", *this / "m/../run.h5", *this / "soft.h5", *this / "softer.h5",
                               *this / "hard.h5", fs::relative(input)}) {
    EXPECT_EQ(refusal(name, input), 2) << name;
    EXPECT_EQ(refusal(input, name), 2) << name;
  }
  EXPECT_EQ(refusal(*this / "other.h5", input), 0);
  EXPECT_EQ(refusal(*this / "new.h5", input), 0);
}

TEST_F(OwnInput, IsEveryFileOfAFolderThatIsRead) {
  write(*this / "blob");
  fs::create_symlink("../blob", *this / "m/model-00002-of-00002.safetensors");  // as in Hugging Face's cache
  for (const char* name : {"config.json", "model-00001-of-00002.safetensors", "tokenizer.json", "variometer/state.json",
                           "model-00002-of-00002.safetensors"}) {
    EXPECT_EQ(refusal(folder_ / "m" / name, *this / "m"), 2) << name;
  }
  EXPECT_EQ(refusal(*this / "blob", *this / "m"), 2);
  EXPECT_EQ(refusal(*this / "m/dump.safetensors", *this / "m"), 0);
}

TEST_F(OwnInput, OfAModelsFileAreAlsoItsNeighbours) {
  const fs::path weights = *this / "m/model-00001-of-00002.safetensors";
  EXPECT_EQ(refusal(*this / "m/config.json", weights), 2);
  EXPECT_EQ(refusal(*this / "m/tokenizer.json", weights), 2);
  EXPECT_EQ(refusal(*this / "other.h5", weights), 0);
}

TEST_F(OwnInput, FoldersThatWouldBeReplacedHoldNone) {
  const auto refused = [](const fs::path& folder, const fs::path& input) {
    try {
      refuse_folder_of_input(folder, {{input, "the input"}});
      return false;
    } catch (const Error&) {
      return true;
    }
  };
  EXPECT_TRUE(refused(*this / "m", *this / "m"));
  EXPECT_TRUE(refused(folder_.path(), *this / "m"));
  fs::create_directory_symlink("m", *this / "link");
  EXPECT_TRUE(refused(*this / "link", *this / "m/config.json"));
  EXPECT_FALSE(refused(*this / "m2", *this / "m"));
  EXPECT_FALSE(refused(*this / "m/new", *this / "m"));
}

TEST_F(OwnInput, OutputsAreOrdinaryFilesInAFolder) {
  const auto kind = [&](const fs::path& output, bool overwrite) {
    try {
      check_output_file(output, overwrite, {});
      return 0;
    } catch (const Error& error) {
      return error.exit_status();
    }
  };
  EXPECT_EQ(kind(*this / "run.h5", false), 2);
  EXPECT_EQ(kind(*this / "run.h5", true), 0);
  EXPECT_EQ(kind(*this / "m", true), 3);
  EXPECT_EQ(kind("/dev/null", true), 3);
  EXPECT_EQ(kind(*this / "none/new.h5", true), 3);
  EXPECT_EQ(kind("", false), 0);
}

}  // namespace
}  // namespace variometer
