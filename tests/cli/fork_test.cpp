// SPDX-License-Identifier: GPL-3.0-or-later
#include <gtest/gtest.h>

#include <map>
#include <nlohmann/json.hpp>

#include "tests/cli/command.h"

namespace variometer::test {
namespace {

using nlohmann::json;

std::map<int, double> losses_of(const std::string& stream) {
  std::map<int, double> losses;
  for (const auto& line : lines_of(stream)) {
    const auto update = json::parse(line);
    losses[update["step"].get<int>()] = update["loss"].get<double>();
  }
  return losses;
}

class ForkCommand : public testing::Test {
 protected:
  void SetUp() override {
    record_ = (folder_ / "run.h5").string();
    const Result result = run_variometer({"train",
                                          "--steps",
                                          "20",
                                          "--threads",
                                          "1",
                                          "--json",
                                          "--set",
                                          "model.n_layer=2",
                                          "--set",
                                          "model.n_embd=16",
                                          "--set",
                                          "train.batch_size=4",
                                          "--at",
                                          "4:tvr.enabled=true",
                                          "--record",
                                          record_,
                                          "--checkpoint",
                                          (folder_ / "c").string(),
                                          "--every",
                                          "6"});
    ASSERT_EQ(result.status, 0) << result.err;
    losses_ = losses_of(result.out);
  }
  TemporaryFolder folder_;
  std::string record_;
  std::map<int, double> losses_;
};

TEST_F(ForkCommand, WithNothingChangedIsTheSameRunAndSaysWhatItDoes) {
  const auto again = (folder_ / "again.h5").string();
  const Result result = run_variometer({"fork", record_, "--at", "15", "--record", again, "--json"});
  ASSERT_EQ(result.status, 0) << result.err;
  const auto forked = losses_of(result.out);
  ASSERT_EQ(forked.size(), 8U);  // from the checkpoint after update 12
  for (const auto& [step, loss] : forked) EXPECT_EQ(loss, losses_.at(step)) << step;
  for (const char* part : {"step-000012", "updates 13 to 14", "nothing is changed", "bit for bit"}) {
    EXPECT_NE(result.err.find(part), std::string::npos) << result.err;
  }
  EXPECT_EQ(json::parse(run_variometer({"check", again, "--json"}).out)["closed"], true);
}

TEST_F(ForkCommand, ChangesARunFromThatUpdateOn) {
  const Result result =
      run_variometer({"fork", record_, "--at", "10", "--set", "dyt.enabled=true", "--set", "dyt.start=calibrated",
                      "--steps", "16", "--record", (folder_ / "dyt.h5").string(), "--json"});
  ASSERT_EQ(result.status, 0) << result.err;
  const auto lines = lines_of(result.out);
  const auto forked = losses_of(result.out);
  EXPECT_EQ(forked.begin()->first, 4);  // from the state before TVR: three numbered checkpoints stay, the last ones
  EXPECT_EQ(forked.rbegin()->first, 16);
  EXPECT_EQ(forked.at(9), losses_.at(9));
  EXPECT_NE(forked.at(10), losses_.at(10));
  const auto applied = json::parse(lines.at(6))["applied"];
  ASSERT_EQ(applied.size(), 2U) << lines.at(6);
  EXPECT_EQ(applied[0]["step"], 10);
}

TEST_F(ForkCommand, RefusesWhatCannotBe) {
  const auto out = (folder_ / "x.h5").string();
  EXPECT_EQ(run_variometer({"fork", record_, "--at", "15"}).status, 2);
  EXPECT_EQ(run_variometer({"fork", record_, "--record", out}).status, 2);
  EXPECT_EQ(run_variometer({"fork", record_, "--at", "99", "--record", out}).status, 2);
  EXPECT_EQ(run_variometer({"fork", record_, "--at", "5", "--set", "model.n_layer=3", "--record", out}).status, 2);
  EXPECT_EQ(run_variometer({"fork", record_, "--at", "5", "--record", record_, "--overwrite"}).status, 2);
  EXPECT_EQ(
      run_variometer({"fork", record_, "--at", "5", "--record", out, "--checkpoint", (folder_ / "c").string()}).status,
      2);
  EXPECT_EQ(run_variometer({"fork", (folder_ / "none.h5").string(), "--at", "5", "--record", out}).status, 3);
}

}  // namespace
}  // namespace variometer::test
