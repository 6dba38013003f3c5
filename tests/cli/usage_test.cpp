// SPDX-License-Identifier: GPL-3.0-or-later
#include <gtest/gtest.h>

#include "tests/cli/command.h"

namespace variometer::test {
namespace {

TEST(CommandLine, TellsItsVersionOnStdout) {
  const Result result = run_variometer({"--version"});
  EXPECT_EQ(result.status, 0);
  EXPECT_EQ(result.out.rfind("variometer ", 0), 0u);
  EXPECT_EQ(result.err, "");
}

TEST(CommandLine, HelpTeachesByExampleAndNamesTheExitStatuses) {
  const Result result = run_variometer({"--help"});
  EXPECT_EQ(result.status, 0);
  EXPECT_NE(result.out.find("Examples:"), std::string::npos);
  EXPECT_NE(result.out.find("Exit status:"), std::string::npos);
}

TEST(CommandLine, TakesAPathAloneAsOneToOpen) {
  if (run_variometer({"render", "--list"}).status == 0) GTEST_SKIP() << "a window would open";
  const TemporaryFolder folder;
  const Result result = run_variometer({folder.path().string()});
  EXPECT_EQ(result.status, 2);
  EXPECT_NE(result.err.find("no window"), std::string::npos) << result.err;
}

TEST(CommandLine, RefusesAPictureAsATextInOnePlainLine) {
  const TemporaryFolder folder;
  const auto picture = (folder / "photo.png").string();
  write_text(picture, std::string("\x89PNG\r\n\x1A\n\0\0\0\rIHDR", 16) + std::string(4000, '\x07'));
  std::vector<std::vector<std::string>> commands{{"train", "--corpus", picture, "--steps", "1"}};
  if (run_variometer({"render", "--list"}).status == 0) commands.push_back({"open", picture});  // there is a window
  for (const auto& command : commands) {
    const Result result = run_variometer(command);
    EXPECT_EQ(result.status, 3) << command[0];
    const auto lines = lines_of(result.err);
    ASSERT_EQ(lines.size(), 1u) << result.err;
    EXPECT_NE(lines[0].find("photo.png is a PNG picture, not text"), std::string::npos) << lines[0];
  }
}

TEST(CommandLine, RefusesAnOptionWithNothingInIt) {
  // As "--resume $DIR" is where the variable is not set: it must not begin a new run.
  const std::vector<std::vector<std::string>> empty{{"train", "--resume", ""},
                                                    {"train", "--init", ""},
                                                    {"train", "--record", ""},
                                                    {"bench", "train", "--device", ""}};
  for (const auto& arguments : empty) {
    const Result result = run_variometer(arguments);
    EXPECT_EQ(result.status, 2) << arguments[1];
    const auto lines = lines_of(result.err);
    ASSERT_EQ(lines.size(), 1u) << result.err;
    EXPECT_NE(lines[0].find("empty"), std::string::npos) << lines[0];
  }
  const Result positional = run_variometer({"info", ""});
  EXPECT_EQ(positional.status, 2);
  EXPECT_EQ(positional.err, "variometer: PATH is empty; see variometer info --help\n");
}

TEST(CommandLine, RefusesANumberThatIsNone) {
  const std::vector<std::vector<std::string>> wrong{{"train", "--steps", "99999999999999999999"},
                                                    {"train", "--seed", "0x10"},
                                                    {"train", "--threads", " 5"},
                                                    {"render", "run.h5", "--at", "-1"},
                                                    {"generate", "model", "--top-k", "1e3"}};
  for (const auto& arguments : wrong) {
    const Result result = run_variometer(arguments);
    EXPECT_EQ(result.status, 2) << arguments.back();
    EXPECT_NE(result.err.find("is not a whole number from"), std::string::npos) << result.err;
  }
}

TEST(CommandLine, RefusesAnUnknownCommandInOneLine) {
  const Result result = run_variometer({"trian"});
  EXPECT_EQ(result.status, 2);
  EXPECT_EQ(result.out, "");
  const auto lines = lines_of(result.err);
  ASSERT_EQ(lines.size(), 1u);
  EXPECT_EQ(lines[0].rfind("variometer: ", 0), 0u);
  EXPECT_NE(lines[0].find("trian"), std::string::npos);
}

TEST(CommandLine, RefusesANumberBelowTheLeastInOneShortLine) {
  for (const char* value : {"0", "-3", "x", "2.5", "99999999999999999999"}) {
    const Result result = run_variometer({"inspect", "anything", "--context", value});
    EXPECT_EQ(result.status, 2) << value;
    const auto lines = lines_of(result.err);
    ASSERT_EQ(lines.size(), 1u) << result.err;
    EXPECT_NE(lines[0].find("is not a whole number from 1 on"), std::string::npos) << lines[0];
    EXPECT_LT(lines[0].size(), 120u);
  }
}

}  // namespace
}  // namespace variometer::test
