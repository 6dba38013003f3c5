// SPDX-License-Identifier: GPL-3.0-or-later
#include <gtest/gtest.h>
#include <unistd.h>

#include <csignal>
#include <cstdlib>
#include <nlohmann/json.hpp>
#include <set>

#include "tests/cli/command.h"

// What is written is where it was asked for, never lost, and never in the place of something else.
namespace variometer::test {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

/// A run of a fraction of a second: one layer, eight channels.
std::vector<std::string> tiny(const std::string& steps, std::vector<std::string> more) {
  std::vector<std::string> arguments{
      "train", "--steps",        steps,   "--threads",         "1", "--set", "model.n_layer=1",
      "--set", "model.n_embd=8", "--set", "train.batch_size=2"};
  arguments.insert(arguments.end(), more.begin(), more.end());
  return arguments;
}

Result train(const std::string& steps, std::vector<std::string> more) {
  return run_variometer(tiny(steps, std::move(more)));
}

std::set<std::string> names_in(const fs::path& folder) {
  std::set<std::string> names;
  for (const auto& entry : fs::directory_iterator(folder)) names.insert(entry.path().filename().string());
  return names;
}

/// The first update a resumed run makes.
std::int64_t first_step_from(const std::string& resume, const std::string& steps) {
  const Result result = run_variometer({"train", "--resume", resume, "--steps", steps, "--json"});
  EXPECT_EQ(result.status, 0) << result.err;
  const auto lines = lines_of(result.out);
  return lines.empty() ? -1 : json::parse(lines.front())["step"].get<std::int64_t>();
}

class Files : public testing::Test {
 protected:
  std::string path(const std::string& name) const { return (folder_ / name).string(); }
  const TemporaryFolder folder_;
};

TEST_F(Files, ACheckpointIsSavedWhereALinkLeads) {
  fs::create_directory(path("scratch"));
  fs::create_directory_symlink("scratch", path("ck"));
  fs::create_directory_symlink("later", path("dangling"));
  for (const char* name : {"ck", "dangling"}) {
    const Result result = train("2", {"--checkpoint", path(name)});
    EXPECT_EQ(result.status, 0) << result.err;
    EXPECT_TRUE(fs::is_symlink(path(name)));
    EXPECT_EQ(first_step_from(path(name), "3"), 3);
  }
  EXPECT_TRUE(fs::exists(path("scratch/variometer/state.json")));
  EXPECT_TRUE(fs::exists(path("later/variometer/state.json")));
  fs::create_directory_symlink("numbered", path("every"));
  EXPECT_EQ(train("2", {"--checkpoint", path("every"), "--every", "1"}).status, 0);
  EXPECT_EQ(names_in(path("numbered")), (std::set<std::string>{"step-000001", "step-000002"}));
}

TEST_F(Files, ACheckpointIsSavedBesideTheRecordInItsFolder) {
  fs::create_directory(path("out"));
  const Result result = train("3", {"--checkpoint", path("out"), "--record", path("out/run.h5")});
  EXPECT_EQ(result.status, 0) << result.err;
  EXPECT_EQ(run_variometer({"check", path("out/run.h5")}).status, 0);
  EXPECT_EQ(first_step_from(path("out"), "4"), 4);
}

TEST_F(Files, ACheckpointThatCannotBeSavedIsRefusedBeforeTheFirstUpdate) {
  fs::create_directory(path("m"));
  write_text(path("m/config.json"), "{}");
  const Result result = train("1000000", {"--checkpoint", path("m"), "--overwrite"});
  EXPECT_EQ(result.status, 3) << result.err;
  EXPECT_NE(result.err.find("it will not be replaced"), std::string::npos) << result.err;
  EXPECT_EQ(read_text(path("m/config.json")), "{}");
}

TEST_F(Files, ARunThatReplacesAnotherKeepsItsOwnCheckpoints) {
  const std::string ck = path("ck");
  ASSERT_EQ(train("30", {"--checkpoint", ck, "--every", "10"}).status, 0);
  ASSERT_EQ(
      train("5", {"--seed", "7", "--checkpoint", ck, "--every", "1", "--overwrite", "--record", path("r.h5")}).status,
      0);
  EXPECT_EQ(names_in(ck), (std::set<std::string>{"step-000003", "step-000004", "step-000005"}));
  EXPECT_EQ(first_step_from(ck, "6"), 6);
  EXPECT_EQ(first_step_from(path("r.h5"), "6"), 6);
}

TEST_F(Files, ARunThatGoesOnFromAnEarlierStepIsTheOneResumed) {
  const std::string ck = path("ck");
  ASSERT_EQ(train("30", {"--checkpoint", ck, "--every", "10"}).status, 0);
  ASSERT_EQ(run_variometer({"train", "--resume", ck + "/step-000010", "--set", "tvr.enabled=true", "--checkpoint", ck,
                            "--every", "5", "--steps", "25"})
                .status,
            0);
  EXPECT_EQ(names_in(ck),
            (std::set<std::string>{"step-000015", "step-000020", "step-000025", "step-000030", "switch-000011"}))
      << "the last is the state before TVR came on";
  EXPECT_EQ(first_step_from(ck, "26"), 26);
}

TEST_F(Files, TemporariesOfKilledRunsAreRemovedByTheNext) {
  const std::string ck = path("ck");
  ASSERT_EQ(train("2", {"--checkpoint", ck, "--every", "1"}).status, 0);
  fs::copy(ck + "/step-000001", ck + "/.step-000008.new-0123abcd", fs::copy_options::recursive);
  fs::copy(ck + "/step-000001", ck + "/.step-000009.new-my copy", fs::copy_options::recursive);
  ASSERT_EQ(run_variometer({"train", "--resume", ck, "--checkpoint", ck, "--every", "1", "--steps", "4"}).status, 0);
  EXPECT_EQ(names_in(ck),
            (std::set<std::string>{".step-000009.new-my copy", "step-000002", "step-000003", "step-000004"}));
}

struct OwnInputCase {
  const char* name;
  std::vector<std::string> arguments;  ///< TMP is the folder
  const char* kept;                    ///< the file that must stay as it is
};

class RefusesOwnInput : public testing::TestWithParam<OwnInputCase> {
 protected:
  static void SetUpTestSuite() {
    folder_ = new TemporaryFolder;
    const auto path = [](const char* name) { return (*folder_ / name).string(); };
    write_text(path("c.txt"), std::string(20000, 'a') + "b");
    write_text(path("ids.json"), "[1, 2, 3]");
    write_text(path("p.toml"), "[train]\nsteps = 3\n");
    write_text(path("layout.json"), R"({"cards": ["loss"]})");
    ASSERT_EQ(train("3", {"--record", path("r.h5"), "--checkpoint", path("m"), "--corpus", path("c.txt")}).status, 0);
    fs::create_symlink("r.h5", path("soft.h5"));
    fs::create_symlink("r.h5", path("soft.csv"));
    fs::create_hard_link(path("r.h5"), path("hard.h5"));
    fs::create_hard_link(path("r.h5"), path("hard.png"));
    fs::create_symlink("m", path("link"));
  }
  static void TearDownTestSuite() { delete folder_; }
  static TemporaryFolder* folder_;
};
TemporaryFolder* RefusesOwnInput::folder_ = nullptr;

TEST_P(RefusesOwnInput, WithTwoAndBeforeAnythingIsTouched) {
  std::vector<std::string> arguments;
  for (std::string text : GetParam().arguments) {
    for (std::size_t at; (at = text.find("TMP")) != std::string::npos;) text.replace(at, 3, folder_->path().string());
    arguments.push_back(text);
  }
  const auto kept = *folder_ / GetParam().kept;
  const std::string before = read_text(kept);
  const Result result = run_variometer(arguments);
  EXPECT_EQ(result.status, 2) << result.out << result.err;
  EXPECT_EQ(lines_of(result.err).size(), 1U) << result.err;
  EXPECT_TRUE(read_text(kept) == before) << kept;
}

INSTANTIATE_TEST_SUITE_P(
    All, RefusesOwnInput,
    testing::Values(
        OwnInputCase{"Export", {"export", "TMP/r.h5", "--out", "TMP/r.h5", "--overwrite"}, "r.h5"},
        OwnInputCase{"ExportSoft", {"export", "TMP/r.h5", "--out", "TMP/soft.csv", "--overwrite"}, "r.h5"},
        OwnInputCase{"ExportHard", {"export", "TMP/hard.h5", "--out", "TMP/./r.h5", "--overwrite"}, "r.h5"},
        OwnInputCase{
            "Render", {"render", "TMP/r.h5", "--card", "loss", "--out", "TMP/hard.png", "--overwrite"}, "r.h5"},
        OwnInputCase{"TrainCorpus",
                     {"train", "--steps", "3", "--corpus", "TMP/c.txt", "--record", "TMP/c.txt", "--overwrite"},
                     "c.txt"},
        OwnInputCase{"TrainPreset", {"train", "TMP/p.toml", "--record", "TMP/p.toml", "--overwrite"}, "p.toml"},
        OwnInputCase{"TrainInit",
                     {"train", "--init", "TMP/m", "--record", "TMP/m/model.safetensors", "--overwrite"},
                     "m/model.safetensors"},
        OwnInputCase{"TrainInitState",
                     {"train", "--init", "TMP/m", "--record", "TMP/link/variometer/state.json", "--overwrite"},
                     "m/variometer/state.json"},
        OwnInputCase{"TrainInitCheckpoint",
                     {"train", "--init", "TMP/m", "--steps", "2", "--checkpoint", "TMP/link", "--overwrite"},
                     "m/model.safetensors"},
        OwnInputCase{"TrainResumeRecord",
                     {"train", "--resume", "TMP/r.h5", "--steps", "5", "--record", "TMP/hard.h5", "--overwrite"},
                     "r.h5"},
        OwnInputCase{"TrainResumeCheckpoint",
                     {"train", "--resume", "TMP/m", "--steps", "5", "--record",
                      "TMP/m/variometer/optimizer.safetensors", "--overwrite"},
                     "m/variometer/optimizer.safetensors"},
        OwnInputCase{"Fork", {"fork", "TMP/r.h5", "--at", "2", "--record", "TMP/soft.h5", "--overwrite"}, "r.h5"},
        OwnInputCase{"ForkCorpus", {"fork", "TMP/r.h5", "--at", "2", "--record", "TMP/c.txt", "--overwrite"}, "c.txt"},
        OwnInputCase{"Replay", {"replay", "TMP/r.h5", "--record", "TMP/hard.h5", "--overwrite"}, "r.h5"},
        OwnInputCase{"ReplayCorpus", {"replay", "TMP/r.h5", "--record", "TMP/c.txt", "--overwrite"}, "c.txt"},
        OwnInputCase{"InspectDump",
                     {"inspect", "TMP/m", "--ids", "TMP/ids.json", "--dump", "TMP/m/model.safetensors", "--overwrite"},
                     "m/model.safetensors"},
        OwnInputCase{"InspectTokenizer",
                     {"inspect", "TMP/m", "--ids", "TMP/ids.json", "--dump", "TMP/link/tokenizer.json", "--overwrite"},
                     "m/tokenizer.json"},
        OwnInputCase{"InspectOut",
                     {"inspect", "TMP/m", "--ids", "TMP/ids.json", "--out", "TMP/ids.json", "--overwrite"},
                     "ids.json"},
        OwnInputCase{
            "InspectText", {"inspect", "TMP/m", "--text", "TMP/c.txt", "--out", "TMP/c.txt", "--overwrite"}, "c.txt"}),
    [](const auto& tested) { return std::string(tested.param.name); });

TEST_F(Files, ARecordThatIsMovedWhileItIsWrittenIsClosedWhereItIs) {
  auto arguments = tiny("100000", {"--json", "--record", path("r.h5")});
  const Result moved = run_variometer(arguments, "\"step\":30,", [&](pid_t child) {
    fs::rename(path("r.h5"), path("kept.h5"));
    kill(child, SIGINT);
  });
  EXPECT_EQ(moved.status, 3) << moved.err;
  EXPECT_NE(moved.err.find("was moved to "), std::string::npos) << moved.err;
  EXPECT_EQ(moved.err.find("HDF5"), std::string::npos) << moved.err;
  EXPECT_EQ(run_variometer({"check", path("kept.h5")}).status, 0);
  EXPECT_FALSE(fs::exists(path("r.h5")));

  arguments.pop_back();
  arguments.push_back(path("gone.h5"));
  const Result deleted = run_variometer(arguments, "\"step\":30,", [&](pid_t child) {
    fs::remove(path("gone.h5"));
    kill(child, SIGINT);
  });
  EXPECT_EQ(deleted.status, 3) << deleted.err;
  EXPECT_NE(deleted.err.find("was deleted"), std::string::npos) << deleted.err;
  EXPECT_EQ(deleted.err.find("HDF5"), std::string::npos) << deleted.err;
}

TEST_F(Files, AHangupSavesAsCtrlCDoes) {
  const auto arguments = tiny("100000", {"--json", "--record", path("r.h5"), "--checkpoint", path("m")});
  const Result result = run_variometer(arguments, "\"step\":3,", [](pid_t child) { kill(child, SIGHUP); });
  EXPECT_EQ(result.status, 130) << result.err;
  EXPECT_EQ(run_variometer({"check", path("r.h5")}).status, 0);
  EXPECT_TRUE(fs::exists(path("m/variometer/state.json")));
}

TEST_F(Files, ACorpusOfAnyNameIsTrainedOnSavedAndFoundAgain) {
  const std::string corpus = path("caf\xE9.txt"), folder = path("mod\xE8le"),
                    record = path(
                        "r\xE9"
                        "cord.h5");
  write_text(corpus, std::string(20000, 'a') + "b");
  const Result run = train("3", {"--corpus", corpus, "--checkpoint", folder, "--record", record});
  EXPECT_EQ(run.status, 0) << run.err;
  EXPECT_EQ(names_in(folder_.path()).size(), 3U) << "nothing temporary stays";
  EXPECT_EQ(first_step_from(folder, "4"), 4);
  EXPECT_EQ(first_step_from(record, "4"), 4);
  EXPECT_EQ(run_variometer({"replay", record}).status, 0);
  EXPECT_EQ(run_variometer({"check", record}).status, 0);
}

TEST_F(Files, AValueThatIsNotUtf8IsRefusedBeforeTheRun) {
  const Result result = train("5", {"--at", "3:probe.prompt=caf\xE9", "--record", path("r.h5")});
  EXPECT_EQ(result.status, 2) << result.err;
  EXPECT_NE(result.err.find("UTF-8"), std::string::npos) << result.err;
  EXPECT_TRUE(fs::is_empty(folder_.path()));
}

TEST_F(Files, MovedFilesOfARunCanBeNamed) {
  write_text(path("c.txt"), std::string(20000, 'a') + "b");
  ASSERT_EQ(train("3", {"--checkpoint", path("m"), "--corpus", path("c.txt")}).status, 0);
  const Result run = run_variometer({"train", "--init", path("m"), "--corpus", path("c.txt"), "--steps", "4", "--set",
                                     "train.batch_size=2", "--threads", "1", "--record", path("r.h5")});
  ASSERT_EQ(run.status, 0) << run.err;
  fs::rename(path("c.txt"), path("c2.txt"));
  const Result no_corpus = run_variometer({"replay", path("r.h5")});
  EXPECT_EQ(no_corpus.status, 3);
  EXPECT_NE(no_corpus.err.find("--corpus FILE"), std::string::npos) << no_corpus.err;
  fs::rename(path("m"), path("m2"));
  const std::vector<std::string> corpus{"--corpus", path("c2.txt")}, init{"--init", path("m2")};
  const auto with = [](std::vector<std::string> command, const std::vector<std::vector<std::string>>& more) {
    for (const auto& one : more) command.insert(command.end(), one.begin(), one.end());
    return run_variometer(command);
  };
  const Result no_init = with({"replay", path("r.h5")}, {corpus});
  EXPECT_EQ(no_init.status, 3);
  EXPECT_NE(no_init.err.find("--init DIR"), std::string::npos) << no_init.err;
  const Result replayed = with({"replay", path("r.h5")}, {corpus, init});
  EXPECT_EQ(replayed.status, 0) << replayed.err;
  const Result forked = with({"fork", path("r.h5"), "--at", "2", "--record", path("f.h5")}, {corpus, init});
  EXPECT_EQ(forked.status, 0) << forked.err;
  EXPECT_NE(forked.err.find("bit for bit"), std::string::npos) << forked.err;

  // Only the same text and the same weights are taken.
  write_text(path("other.txt"), std::string(20000, 'a') + "c");
  ASSERT_EQ(train("3", {"--seed", "9", "--checkpoint", path("m3")}).status, 0);
  EXPECT_EQ(with({"replay", path("r.h5")}, {{"--corpus", path("other.txt")}, init}).status, 3);
  EXPECT_EQ(with({"replay", path("r.h5")}, {corpus, {"--init", path("m3")}}).status, 3);
}

TEST_F(Files, MovedCheckpointsOfARunCanBeNamed) {
  ASSERT_EQ(train("4", {"--checkpoint", path("ck"), "--every", "2", "--record", path("r.h5")}).status, 0);
  ASSERT_EQ(run_variometer({"train", "--resume", path("ck"), "--steps", "8", "--record", path("r2.h5")}).status, 0);
  fs::rename(path("ck"), path("moved"));
  const Result lost = run_variometer({"replay", path("r2.h5")});
  EXPECT_EQ(lost.status, 3);
  EXPECT_NE(lost.err.find("--from DIR"), std::string::npos) << lost.err;
  EXPECT_EQ(run_variometer({"replay", path("r2.h5"), "--from", path("moved")}).status, 0);
  const Result forked = run_variometer(
      {"fork", path("r2.h5"), "--at", "6", "--from", path("moved/step-000004"), "--record", path("f.h5")});
  EXPECT_EQ(forked.status, 0) << forked.err;
  EXPECT_NE(forked.err.find("bit for bit"), std::string::npos) << forked.err;
}

TEST_F(Files, ARecordThatIsCutShortIsToldInPlainWords) {
  ASSERT_EQ(train("3", {"--record", path("r.h5")}).status, 0);
  fs::resize_file(path("r.h5"), fs::file_size(path("r.h5")) / 2);
  for (const auto& arguments :
       std::vector<std::vector<std::string>>{{"check", path("r.h5")},
                                             {"info", path("r.h5")},
                                             {"export", path("r.h5"), "--out", path("o.csv")},
                                             {"replay", path("r.h5")},
                                             {"fork", path("r.h5"), "--at", "2", "--record", path("f.h5")}}) {
    const Result result = run_variometer(arguments);
    EXPECT_EQ(result.status, 3) << arguments.front();
    EXPECT_NE(result.err.find("it is cut short"), std::string::npos) << result.err;
    EXPECT_EQ(result.err.find("eof"), std::string::npos) << result.err;
  }
}

}  // namespace
}  // namespace variometer::test
