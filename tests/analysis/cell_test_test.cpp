// SPDX-License-Identifier: GPL-3.0-or-later
#include <gtest/gtest.h>

#include <cmath>
#include <fstream>
#include <nlohmann/json.hpp>
#include <set>

#include "tests/analysis/inspector_session.h"

namespace variometer {
namespace {

nlohmann::json goldens() { return nlohmann::json::parse(std::ifstream(test_data("cell_test.json"))); }

CellTest test_of(const nlohmann::json& one, const nlohmann::json& all) {
  CellTest test;
  test.ids = one["ids"].get<std::vector<std::int32_t>>();
  test.layer = one["layer"];
  if (one.contains("cells")) {
    for (const auto& cell : one["cells"]) test.cells.push_back({cell[0], cell[1]});
  } else {
    test.cells = {{one["token"], one["channel"]}};
    test.calibration = one["calibration"].get<std::vector<std::vector<std::int32_t>>>();
  }
  test.rule.absolute_threshold = all["absolute"];
  test.rule.ratio_threshold = all["ratio"];
  return test;
}

std::optional<CellTestResult> result_of(Session& session, const CellTest& test) {
  session.inspector->test(test);
  return session.wait<CellTestResult>();
}

std::string failure_of(Session& session, const CellTest& test) {
  session.inspector->test(test);
  const auto failure = session.wait<InspectorFailure>();
  if (!failure || failure->slot != kCellTestSlot) return "no failure";
  return failure->message;
}

class CellTestFixture : public testing::TestWithParam<const char*> {};

TEST_P(CellTestFixture, ChangesTheLossAsHooksInTransformersDo) {
  const auto all = goldens();
  Session session(test_data("models") / GetParam());
  int n_zero = 0, n_mean = 0, n_none = 0;
  for (const auto& one : all["cases"]) {
    if (one["model"] != GetParam()) continue;
    CellTest test = test_of(one, all);
    const auto zero = result_of(session, test);
    ASSERT_TRUE(zero);
    EXPECT_NEAR(zero->loss_before, one["loss"].get<double>(), 5e-5) << one;
    EXPECT_NEAR(zero->loss_after, one["loss_zero"].get<double>(), 5e-5) << one;
    ASSERT_EQ(zero->changes.size(), test.cells.size());
    for (const auto& change : zero->changes) EXPECT_EQ(change.after, 0);
    ++n_zero;
    if (one.contains("cells")) continue;
    EXPECT_NEAR(zero->changes[0].before, one["value"].get<double>(), 1e-4 * std::fabs(one["value"].get<double>()));
    EXPECT_EQ(zero->changes[0].massive, one["massive"].get<bool>());
    test.value = CellTest::Value::mean;
    if (!one.contains("loss_mean")) {
      EXPECT_NE(failure_of(session, test).find("never massive"), std::string::npos);
      ++n_none;
      continue;
    }
    const auto mean = result_of(session, test);
    ASSERT_TRUE(mean);
    EXPECT_EQ(mean->changes[0].n_mean, one["n_mean"].get<std::int64_t>());
    EXPECT_NEAR(mean->changes[0].after, one["mean"].get<double>(), 1e-3);
    EXPECT_NEAR(mean->loss_after, one["loss_mean"].get<double>(), 5e-5) << one;
    ++n_mean;
  }
  EXPECT_GE(n_zero, 8);
  EXPECT_GE(n_mean + n_none, 6);
  EXPECT_GE(n_mean, 1);
}

INSTANTIATE_TEST_SUITE_P(CellTest, CellTestFixture,
                         testing::Values("llama2", "gpt2", "gemma2", "falcon-7b-like", "gpt-neox"),
                         [](const auto& one) {
                           std::string name = one.param;
                           std::replace(name.begin(), name.end(), '-', '_');
                           return name;
                         });

TEST(CellTest, LeavesTheModelAsItWas) {
  Session session(test_data("models") / "llama2");
  const std::vector<std::int32_t> ids = {1, 5, 9, 20, 7};
  session.inspector->show({.ids = ids});
  const auto before = session.wait<PassPtr>();
  ASSERT_TRUE(before);
  CellTest test;
  test.ids = ids;
  test.layer = 1;
  test.cells = {{0, 3}, {2, 8}};
  ASSERT_TRUE(result_of(session, test));
  session.inspector->show({.ids = ids});
  const auto after = session.wait<PassPtr>();
  ASSERT_TRUE(after);
  EXPECT_EQ((*before)->hidden.hidden, (*after)->hidden.hidden);
  EXPECT_EQ((*before)->token_loss, (*after)->token_loss);
}

TEST(CellTest, SaysInOneLineWhatCannotBeTestedAndGoesOn) {
  Session session(test_data("models") / "llama2");
  CellTest test;
  test.ids = {1};
  test.cells = {{0, 0}};
  EXPECT_NE(failure_of(session, test).find("two tokens"), std::string::npos);
  test.ids = {1, 2, 3};
  test.layer = 99;
  EXPECT_NE(failure_of(session, test).find("layer 99"), std::string::npos);
  test.layer = 0;
  test.cells = {{3, 0}};
  EXPECT_NE(failure_of(session, test).find("token 3"), std::string::npos);
  test.cells = {{0, 100000}};
  EXPECT_NE(failure_of(session, test).find("channel 100000"), std::string::npos);
  test.cells = {};
  EXPECT_NE(failure_of(session, test).find("choose a cell"), std::string::npos);
  test.cells = {{0, 0}};
  test.value = CellTest::Value::mean;
  EXPECT_NE(failure_of(session, test).find("no tokenizer"), std::string::npos);
  test.value = CellTest::Value::zero;
  EXPECT_TRUE(result_of(session, test));
}

TEST(CellTest, TakesItsOwnSentencesWhereNoneAreGiven) {
  Session session(test_data("saved/llama"));
  session.inspector->show({.text = "Summer is warm."});
  const auto pass = session.wait<PassPtr>();
  ASSERT_TRUE(pass);
  CellTest test;
  test.ids = (*pass)->ids;
  test.cells = {{0, 2}, {3, 2}};
  test.value = CellTest::Value::mean;
  const auto result = result_of(session, test);
  ASSERT_TRUE(result);
  EXPECT_EQ(result->test.calibration.size(), 32u);
  EXPECT_EQ(std::set(result->test.calibration.begin(), result->test.calibration.end()).size(), 32u);
  EXPECT_EQ(result->changes[0].n_mean, 32) << "one first token each";
  // BOS is first everywhere, and nothing comes before it: its mean is itself.
  EXPECT_NEAR(result->changes[0].after, result->changes[0].before, 1e-5);
  std::int64_t n_later = 0;
  for (const auto& ids : result->test.calibration) n_later += std::ssize(ids) - 1;
  EXPECT_EQ(result->changes[1].n_mean, n_later);
}

}  // namespace
}  // namespace variometer
