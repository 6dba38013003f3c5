// SPDX-License-Identifier: GPL-3.0-or-later
#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "tests/cli/command.h"

namespace variometer::test {
namespace {

std::vector<std::string> listed_names() {
  std::vector<std::string> names;
  for (const auto& line : lines_of(run_variometer({"export", "--list"}).out)) {
    names.push_back(line.substr(0, line.find(' ')));
  }
  return names;
}

class Export : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    folder_ = new TemporaryFolder;
    record_ = (*folder_ / "run.h5").string();
    const Result result = run_variometer({"train",
                                          "--steps",
                                          "40",
                                          "--threads",
                                          "1",
                                          "--set",
                                          "model.n_layer=2",
                                          "--set",
                                          "model.n_embd=16",
                                          "--set",
                                          "train.batch_size=4",
                                          "--set",
                                          "probe.budget=1000",
                                          "--set",
                                          "train.sample_every=20",
                                          "--set",
                                          "train.validation_every=10",
                                          "--at",
                                          "11:tvr.enabled=true",
                                          "--at",
                                          "21:kv_bias.enabled=true",
                                          "--record",
                                          record_});
    ASSERT_EQ(result.status, 0) << result.err;
  }
  static void TearDownTestSuite() { delete folder_; }

  /// The values of the column "step" of a CSV.
  static std::set<int> steps_in(const std::string& csv) {
    std::set<int> steps;
    if (csv.substr(0, 4) != "step") return steps;
    bool quoted = false;
    for (std::size_t i = 0; i < csv.size(); ++i) {
      if (csv[i] == '"') quoted = !quoted;  // a text may hold line ends
      if (csv[i] == '\n' && !quoted && i + 1 < csv.size()) steps.insert(std::stoi(csv.substr(i + 1, 12)));
    }
    return steps;
  }

  inline static TemporaryFolder* folder_ = nullptr;
  inline static std::string record_;
};

TEST_F(Export, WritesEveryTableThatIsListedWithStepsFromAToB) {
  const auto names = listed_names();
  ASSERT_GE(names.size(), 20U);
  int with_steps = 0;
  for (const auto& name : names) {
    const auto csv = (*folder_ / (name + ".csv")).string();
    const Result all = run_variometer({"export", record_, "--what", name, "--out", csv});
    ASSERT_EQ(all.status, 0) << name << ": " << all.err;
    const auto everything = steps_in(read_text(csv));
    const Result some =
        run_variometer({"export", record_, "--what", name, "--out", csv, "--overwrite", "--steps", "10:20"});
    ASSERT_EQ(some.status, 0) << name << ": " << some.err;
    std::set<int> expected;
    std::ranges::copy_if(everything, std::inserter(expected, expected.end()), [](int s) { return s >= 10 && s <= 20; });
    EXPECT_EQ(steps_in(read_text(csv)), expected) << name;
    with_steps += expected.empty() ? 0 : 1;
    EXPECT_FALSE(everything.empty() && name != "massive_map" && name != "massive" && name != "batch_massive") << name;
  }
  EXPECT_GE(with_steps, 15);
}

TEST_F(Export, HeadSaysRunStepsAndUnitsBeforeTheTable) {
  const auto plain = (*folder_ / "p.csv").string(), with_head = (*folder_ / "h.csv").string();
  ASSERT_EQ(run_variometer({"export", record_, "--what", "loss", "--out", plain, "--steps", "3:7"}).status, 0);
  ASSERT_EQ(
      run_variometer({"export", record_, "--what", "loss", "--out", with_head, "--steps", "3:7", "--head"}).status, 0);
  const std::string text = read_text(with_head);
  ASSERT_TRUE(text.starts_with("# loss of run ")) << text.substr(0, 200);
  EXPECT_NE(text.find("steps 3 to 7\n# units: "), std::string::npos) << text.substr(0, 200);
  EXPECT_EQ(text.substr(text.find("\nstep") + 1), read_text(plain));
  const auto npy = (*folder_ / "h.npy").string();
  EXPECT_EQ(run_variometer({"export", record_, "--what", "loss", "--out", npy, "--head"}).status, 2);
}

TEST_F(Export, WritesNumPyAndHdf5) {
  const auto npy = (*folder_ / "a.npy").string(), h5 = (*folder_ / "a.h5").string();
  ASSERT_EQ(run_variometer({"export", record_, "--what", "top_activation", "--out", npy, "--steps", ":20"}).status, 0);
  EXPECT_EQ(read_text(npy).substr(1, 5), "NUMPY");
  ASSERT_EQ(run_variometer({"export", record_, "--what", "weight_std", "--out", h5, "--steps", "5:"}).status, 0);
  EXPECT_EQ(read_text(h5).substr(1, 3), "HDF");
}

TEST_F(Export, RefusesWhatItCannotDo) {
  const auto csv = (*folder_ / "r.csv").string();
  EXPECT_EQ(run_variometer({"export", record_, "--what", "lost", "--out", csv}).status, 2);
  EXPECT_EQ(run_variometer({"export", record_, "--what", "loss", "--out", csv, "--steps", "20:10"}).status, 2);
  EXPECT_EQ(run_variometer({"export", record_, "--what", "loss", "--out", csv, "--steps", "x"}).status, 2);
  EXPECT_EQ(run_variometer({"export", record_, "--what", "loss", "--out", (*folder_ / "r.xls").string()}).status, 2);
  EXPECT_EQ(run_variometer({"export", "none.h5", "--what", "loss", "--out", csv}).status, 3);
  EXPECT_EQ(run_variometer({"export", record_, "--what", "loss", "--out", "/proc/none/r.csv"}).status, 3);
}

}  // namespace
}  // namespace variometer::test
