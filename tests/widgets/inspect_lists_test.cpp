// SPDX-License-Identifier: GPL-3.0-or-later
#include <gtest/gtest.h>

#include <QCheckBox>
#include <QClipboard>
#include <QGuiApplication>
#include <QHeaderView>
#include <QPushButton>
#include <QSignalSpy>
#include <QTest>
#include <QToolButton>

#include "tests/widgets/made_pass.h"
#include "widgets/layer_rail.h"
#include "widgets/massive_table.h"
#include "widgets/massive_text.h"
#include "widgets/number_field.h"
#include "widgets/panel_cell_test.h"
#include "widgets/panel_form.h"
#include "widgets/panel_rule.h"
#include "widgets/token_strip.h"

namespace variometer {
namespace {

/// Two massive cells in layer 0, one in layer 1.
MadePass spiked() {
  return {.n_token = 3,
          .n_channel = 50,
          .h =
              [](auto l, auto t, auto c) {
                if (l == 0 && t == 0 && c == 7) return 3000.0F;
                if (l == 0 && t == 2 && c == 9) return -4000.0F;
                if (l == 1 && t == 0 && c == 7) return 2500.0F;
                return 1.0F + static_cast<float>(c % 2);
              },
          .texts = {"<s>", "a\"b", "."},
          .special = {true}};
}

QStringList column(const MassiveTable& table, int which) {
  QStringList texts;
  for (int row = 0; row < table.model()->rowCount(); ++row) texts += table.model()->index(row, which).data().toString();
  return texts;
}

TEST(MassiveTable, ListsThePlacesOfTheRuleByLayerThenSize) {
  MassiveTable table;
  table.setView({.pass = spiked().make()}, MassiveTable::What::massive);
  EXPECT_EQ(column(table, PlaceModel::layer_column), (QStringList{"0", "0", "1"}));
  EXPECT_EQ(column(table, PlaceModel::channel_column), (QStringList{"9", "7", "7"}));
  EXPECT_EQ(column(table, PlaceModel::value_column), (QStringList{"−4,000", "3,000", "2,500"}));
  EXPECT_EQ(column(table, PlaceModel::ratio_column), (QStringList{"4,000", "3,000", "2,500"}));
  table.sortByColumn(PlaceModel::value_column, Qt::AscendingOrder);
  EXPECT_EQ(column(table, PlaceModel::value_column), (QStringList{"2,500", "3,000", "−4,000"})) << "by size";
}

TEST(MassiveTable, LeavesOutTokensThatAreNotLookedAt) {
  InspectView view{.pass = spiked().make()};
  view.filter.set(TokenKind::special, false);
  MassiveTable table;
  table.setView(view, MassiveTable::What::massive);
  EXPECT_EQ(column(table, PlaceModel::token_column), (QStringList{"2"}));
  table.setView(view, MassiveTable::What::largest);
  ASSERT_EQ(table.model()->rowCount(), 6) << "three of each layer";
  EXPECT_EQ(column(table, PlaceModel::value_column).first(), QStringLiteral("−4,000"));
  EXPECT_EQ(column(table, PlaceModel::token_column).mid(3), (QStringList{"1", "1", "1"}))
      << "of equal ones the first, and none of token 0";
}

TEST(MassiveTable, AClickOrEnterJumpsAndCtrlCCopiesTheRow) {
  MassiveTable table;
  table.resize(500, 200);
  table.show();
  table.setView({.pass = spiked().make()}, MassiveTable::What::massive);
  std::vector<ActivationPlace> jumps;
  QObject::connect(&table, &MassiveTable::placeChosen, &table,
                   [&](const ActivationPlace& place) { jumps.push_back(place); });
  QTest::mouseClick(table.viewport(), Qt::LeftButton, {}, table.visualRect(table.model()->index(1, 0)).center());
  ASSERT_EQ(jumps.size(), 1u);
  EXPECT_EQ(jumps[0].channel, 7);
  EXPECT_EQ(jumps[0].value, 3000);
  QTest::keyClick(&table, Qt::Key_Return);
  EXPECT_EQ(jumps.size(), 2u);
  QTest::keyClick(&table, Qt::Key_C, Qt::ControlModifier);
  EXPECT_EQ(QGuiApplication::clipboard()->text(),
            QStringLiteral("layer\ttoken\ttext\tchannel\th\tratio\n0\t0\t\"<s>\"\t7\t3000\t3000\n"));
  QTest::keyClick(&table, Qt::Key_A, Qt::ControlModifier);
  QTest::keyClick(&table, Qt::Key_C, Qt::ControlModifier);
  EXPECT_EQ(QGuiApplication::clipboard()->text().count(QLatin1Char('\n')), 4);
  EXPECT_TRUE(QGuiApplication::clipboard()->text().contains(QStringLiteral("0\t2\t\".\"\t9\t-4000\t4000\n")));
}

TEST(TokenKind, TellsWhatATokenIsToAReader) {
  const MadePass made{
      .n_token = 9, .texts = {"<s>", " warm", ".", " ...", "\n", "  ", "3.5", "<a>", "€"}, .special = {true}};
  const PassPtr pass = made.make();
  std::vector<TokenKind> kinds;
  for (std::int64_t t = 0; t < 9; ++t) kinds.push_back(token_kind(*pass, t));
  using K = TokenKind;
  EXPECT_EQ(kinds, (std::vector<K>{K::special, K::word, K::punctuation, K::punctuation, K::blank, K::blank, K::word,
                                   K::word, K::punctuation}));
}

TEST(LayerRail, StepsByKeysWheelAndClickAndStaysInside) {
  LayerRail rail;
  rail.resize(110, 300);
  rail.setRows(std::vector<LayerRail::Row>(5, {10, 1, 0}));
  rail.show();
  QSignalSpy chosen(&rail, &LayerRail::layerChosen);
  QTest::keyClick(&rail, Qt::Key_Down);
  QTest::keyClick(&rail, Qt::Key_Down);
  QTest::keyClick(&rail, Qt::Key_Up);
  EXPECT_EQ(rail.layer(), 1);
  QTest::keyClick(&rail, Qt::Key_End);
  QTest::keyClick(&rail, Qt::Key_Down);
  EXPECT_EQ(rail.layer(), 4);
  QTest::mouseClick(&rail, Qt::LeftButton, {}, rail.row(2).center().toPoint());
  EXPECT_EQ(rail.layer(), 2);
  ASSERT_GE(chosen.size(), 4);
  EXPECT_EQ(chosen.last()[0].toInt(), 2);
  rail.setRows(std::vector<LayerRail::Row>(2, {10, 1, 0}));
  EXPECT_EQ(rail.layer(), 1);
  rail.setRows({});
  rail.choose(3);
  EXPECT_EQ(rail.count(), 0);
}

TEST(TokenStrip, FlowsOverLinesAndIsChosenByClickAndKeys) {
  TokenStrip strip;
  std::vector<TokenStrip::Token> tokens;
  for (int i = 0; i < 30; ++i) tokens.push_back({.text = QStringLiteral("token%1").arg(i)});
  strip.setTokens(tokens);
  strip.resize(300, 200);
  strip.show();
  EXPECT_GT(strip.heightForWidth(300), strip.heightForWidth(3000));
  for (int i = 0; i < 30; ++i) {
    EXPECT_LE(strip.chip(i).right(), 300) << i;
    for (int j = 0; j < i; ++j) EXPECT_FALSE(strip.chip(i).intersects(strip.chip(j))) << i << ' ' << j;
  }
  QSignalSpy clicked(&strip, &TokenStrip::tokenClicked);
  QTest::mouseClick(&strip, Qt::LeftButton, {}, strip.chip(17).center().toPoint());
  QTest::keyClick(&strip, Qt::Key_Right);
  QTest::keyClick(&strip, Qt::Key_Home);
  QTest::keyClick(&strip, Qt::Key_Left);
  ASSERT_EQ(clicked.size(), 4);
  EXPECT_EQ(clicked[0][0].toInt(), 17);
  EXPECT_EQ(clicked[1][0].toInt(), 18);
  EXPECT_EQ(clicked[3][0].toInt(), 0);
}

TEST(RulePanel, TellsEveryChangeAtOnceAndGoesBackToThePapersRule) {
  RulePanel panel;
  QSignalSpy changed(&panel, &RulePanel::ruleChanged);
  EXPECT_FALSE(panel.resetButton()->isEnabled());
  EXPECT_EQ(massive_rule_text(panel.rule()), QStringLiteral("|h| > 100 and > 1,000 × median"));
  panel.absoluteBox()->setValue(50);
  panel.ratioBox()->setValue(300);
  EXPECT_EQ(changed.size(), 2);
  EXPECT_EQ(panel.rule().absolute_threshold, 50);
  EXPECT_EQ(panel.rule().ratio_threshold, 300);
  panel.ratioOnlyBox()->click();
  EXPECT_EQ(changed.size(), 3);
  EXPECT_TRUE(panel.rule().ratio_only);
  EXPECT_FALSE(panel.absoluteBox()->isEnabled());
  EXPECT_EQ(panel.ratioBox()->value(), 20) << "the ratio of small models has its own place";
  panel.ratioBox()->setValue(8);
  EXPECT_EQ(massive_rule_text(panel.rule()), QStringLiteral("|h| > 8 × median"));
  panel.ratioOnlyBox()->click();
  EXPECT_EQ(panel.ratioBox()->value(), 300);
  ASSERT_TRUE(panel.resetButton()->isEnabled());
  panel.resetButton()->click();
  EXPECT_TRUE(is_standard_rule(panel.rule()));
  EXPECT_EQ(panel.absoluteBox()->value(), 100);
}

TEST(RulePanel, FollowsWhileANumberIsTyped) {
  RulePanel panel;
  panel.show();
  QSignalSpy changed(&panel, &RulePanel::ruleChanged);
  panel.absoluteBox()->setFocus();
  panel.absoluteBox()->selectAll();
  QTest::keyClicks(panel.absoluteBox(), QStringLiteral("25"));
  EXPECT_EQ(changed.size(), 2);
  EXPECT_EQ(panel.rule().absolute_threshold, 25);
}

TEST(CellTestPanel, AsksForTheChosenCellOrForAllMassiveOnes) {
  CellTestPanel panel;
  std::vector<CellTest> asked;
  QObject::connect(&panel, &CellTestPanel::testRequested, &panel, [&](const CellTest& test) { asked.push_back(test); });
  EXPECT_FALSE(panel.zeroButton()->isEnabled());
  const InspectView view{.pass = spiked().make()};
  panel.setCell(view, {});
  EXPECT_FALSE(panel.zeroButton()->isEnabled()) << "no cell is chosen";
  panel.setCell(view, std::pair<std::int64_t, std::int64_t>{0, 7});
  EXPECT_TRUE(panel.cellText().contains(QStringLiteral("layer 0, token 0 “<s>”, channel 7: 3,000")));
  panel.zeroButton()->click();
  panel.meanButton()->click();
  ASSERT_EQ(asked.size(), 2u);
  EXPECT_EQ(asked[0].value, CellTest::Value::zero);
  EXPECT_EQ(asked[1].value, CellTest::Value::mean);
  ASSERT_EQ(asked[0].cells.size(), 1u);
  EXPECT_EQ(asked[0].cells[0].channel, 7);
  panel.allBox()->click();
  panel.zeroButton()->click();
  ASSERT_EQ(asked.size(), 3u);
  ASSERT_EQ(asked[2].cells.size(), 2u);
  EXPECT_EQ(asked[2].cells[0].channel, 9);
  panel.setBusy(true);
  EXPECT_FALSE(panel.zeroButton()->isEnabled());
  panel.setCell(view, std::pair<std::int64_t, std::int64_t>{40, 7});
  panel.setBusy(false);
  EXPECT_TRUE(panel.cellText().contains(QStringLiteral("Click a cell"))) << "that token is gone";
}

TEST(CellTestPanel, SaysWhatItDidToThePerplexity) {
  CellTestPanel panel;
  CellTestResult result;
  result.test.layer = 3;
  result.test.value = CellTest::Value::mean;
  result.test.calibration.resize(32);
  result.changes = {{.cell = {0, 7}, .before = 3000, .after = 2950.5F, .massive = true, .n_mean = 32}};
  result.loss_before = std::log(30.4);
  result.loss_after = std::log(30.6);
  panel.showResult(result);
  EXPECT_EQ(panel.resultText(),
            QStringLiteral("Perplexity 30.40 → 30.60 (loss +0.006557)\nlayer 3, token 0, channel 7: 3,000 → 2,951\n"
                           "mean of 32 massive values at first tokens of 32 sentences"));
  result.test.value = CellTest::Value::zero;
  result.changes.push_back(result.changes.front());
  result.loss_after = std::log(30.0);
  panel.showResult(result);
  EXPECT_EQ(panel.resultText(),
            QStringLiteral("Perplexity 30.40 → 30.00 (loss −0.01325)\nlayer 3: 2 massive cells set to zero"));
}

}  // namespace
}  // namespace variometer
