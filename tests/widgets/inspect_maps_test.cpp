// SPDX-License-Identifier: GPL-3.0-or-later
#include <gtest/gtest.h>

#include <QAction>
#include <QSignalSpy>
#include <QTest>

#include "tests/widgets/made_pass.h"
#include "widgets/inspect_attention.h"
#include "widgets/inspect_heat_map.h"
#include "widgets/inspect_signature.h"
#include "widgets/number_field.h"
#include "widgets/weight_histogram.h"

namespace variometer {
namespace {

/// As large as a window gives it, drawn once.
template <class PlotCardType>
void stand(PlotCardType& card, QSize size = {900, 600}) {
  card.resize(size);
  card.show();
  QTest::qWait(0);
  card.plot().replot(QCustomPlot::rpImmediateRefresh);
}

/// Numbers that look random, of both signs and many sizes.
float drawn(std::int64_t l, std::int64_t t, std::int64_t c) {
  const auto x = static_cast<double>((l * 7919 + t * 104729 + c * 1299709) % 10007) / 10007;
  return static_cast<float>((x < 0.5 ? -1 : 1) * std::exp(8 * x - 3));
}

TEST(InspectHeatMap, APixelShowsTheLargestOfTheCellsItCoversAndTheStripsTheLargestOfAll) {
  const MadePass made{.n_token = 12, .n_channel = 64, .h = drawn};
  const PassPtr pass = made.make();
  InspectHeatMap map;
  map.setView({.pass = pass, .layer = 1});
  stand(map);
  const MatrixRaster& raster = map.raster();
  const QImage image = raster.image({16, 6});  // 4 channels and 2 tokens a pixel
  for (int y = 0; y < 6; ++y) {
    for (int x = 0; x < 16; ++x) {
      float largest = 0;
      for (int t = 2 * y; t < 2 * y + 2; ++t) {
        for (int c = 4 * x; c < 4 * x + 4; ++c) {
          if (std::fabs(drawn(1, t, c)) > std::fabs(largest)) largest = drawn(1, t, c);
        }
      }
      EXPECT_EQ(image.pixel(x, y), raster.colour(largest)) << x << ' ' << y;
    }
  }
  for (int t = 0; t < 12; ++t) {
    float largest = 0;
    for (int c = 0; c < 64; ++c) largest = std::max(largest, std::fabs(drawn(1, t, c)));
    EXPECT_EQ(raster.rowMax()[static_cast<std::size_t>(t)], largest);
  }
  for (int c = 0; c < 64; ++c) {
    float largest = 0;
    for (int t = 0; t < 12; ++t) largest = std::max(largest, std::fabs(drawn(1, t, c)));
    EXPECT_EQ(raster.columnMax()[static_cast<std::size_t>(c)], largest);
  }
}

TEST(InspectHeatMap, APixelThatEndsWithItsCellTakesNothingOfTheNext) {
  const MadePass made{.n_token = 3, .n_channel = 5, .h = [](auto, auto t, auto c) {
                        return static_cast<float>(std::pow(10.0, static_cast<double>(t * 5 + c) / 3));
                      }};
  InspectHeatMap map;
  map.setView({.pass = made.make()});
  stand(map);
  const QImage image = map.raster().image({5, 3});
  for (int t = 0; t < 3; ++t) {
    for (int c = 0; c < 5; ++c) EXPECT_EQ(image.pixel(c, t), map.raster().colour(map.raster().matrix().at(t, c)));
  }
}

TEST(InspectHeatMap, TheScaleReachesTheLargestAndIsOneForAllLayersWhenWanted) {
  const MadePass made{.n_token = 2, .n_channel = 5, .h = [](auto l, auto t, auto c) {
                        return t == 1 && c == 3 ? static_cast<float>(l == 0 ? -400 : 50) : 2.0F;
                      }};
  InspectHeatMap map;
  InspectView view{.pass = made.make(), .layer = 1};
  map.setView(view);
  EXPECT_DOUBLE_EQ(map.raster().scale().upper, 50);
  EXPECT_DOUBLE_EQ(map.raster().scale().lower, 0.2) << "a tenth of the median";
  EXPECT_EQ(map.valueText(), QStringLiteral("largest 50.00 at 1 “t1”, channel 3"));
  view.same_scale = true;
  map.setView(view);
  EXPECT_DOUBLE_EQ(map.raster().scale().upper, 400);
  view.same_scale = false;
  view.mode = InspectView::Mode::ratio;
  map.setView(view);
  EXPECT_DOUBLE_EQ(map.raster().scale().divisor, 2);
  EXPECT_DOUBLE_EQ(map.raster().scale().upper, 25);
  EXPECT_EQ(map.raster().cellText(50), QStringLiteral("25.00"));
  EXPECT_EQ(map.valueText(), QStringLiteral("largest 25.00 at 1 “t1”, channel 3"));
  stand(map);
  EXPECT_EQ(map.plot().readout(3, 1).value(3), QStringLiteral("× median\t25.00"));
}

TEST(InspectHeatMap, SignedColoursAreEvenAboutZeroAndTheBarTellsTrueValues) {
  const MadePass made{.n_token = 3, .n_channel = 5, .h = [](auto, auto t, auto c) {
                        return t == 0 && c == 0 ? -5000.0F : static_cast<float>(c - 2);
                      }};
  InspectHeatMap map;
  map.setView({.pass = made.make(), .mode = InspectView::Mode::signed_value});
  stand(map);
  const CellScale& scale = map.raster().scale();
  EXPECT_EQ(scale.kind, CellScale::Kind::symlog);
  EXPECT_DOUBLE_EQ(scale.upper, 5000);
  EXPECT_DOUBLE_EQ(scale.place(0), 0.5);
  EXPECT_DOUBLE_EQ(scale.place(5000), 1);
  EXPECT_DOUBLE_EQ(scale.place(-5000), 0);
  for (const double x : {0.3, 7.0, 900.0}) EXPECT_NEAR(scale.place(x) - 0.5, 0.5 - scale.place(-x), 1e-12);
  std::vector<double> ticks = map.raster().barTicks(40);
  std::sort(ticks.begin(), ticks.end());
  EXPECT_EQ(ticks, (std::vector<double>{-1000, -100, -10, -1, 0, 1, 10, 100, 1000}));
  EXPECT_EQ(map.raster().cellText(-5000), QStringLiteral("−5,000"));
}

TEST(InspectHeatMap, ZoomedInItShowsRealCellsWithTheirNumbers) {
  const MadePass made{.n_token = 20, .n_channel = 600, .h = [](auto, auto t, auto c) {
                        return t == 7 && c == 507 ? -24926.4F : static_cast<float>(1 + (t + c) % 5);
                      }};
  InspectHeatMap map;
  map.setView({.pass = made.make()});
  stand(map);
  EXPECT_FALSE(map.raster().numbersShown());
  map.jumpTo(7, 507);
  map.plot().replot(QCustomPlot::rpImmediateRefresh);
  EXPECT_TRUE(map.raster().numbersShown());
  EXPECT_EQ(map.raster().cellText(-24926.4F), QStringLiteral("24,926")) << "|h| is a size";
  EXPECT_EQ(map.raster().selected(), (CellPlace{7, 507}));
  EXPECT_NEAR(map.plot().xRange().center(), 507, 1e-9);
  EXPECT_TRUE(map.plot().yRange().contains(7));
  EXPECT_EQ(map.plot().readout(507, 7), (QStringList{QStringLiteral("token\t7 t7"), QStringLiteral("channel\t507"),
                                                     QStringLiteral("h\t−24,926"), QStringLiteral("× median\t8,309")}));
  map.jumpTo(0, 0);  // at the edge nothing beyond it is shown
  EXPECT_GE(map.plot().xRange().lower, -0.5 - 1e-9);
  EXPECT_GE(map.plot().yRange().lower, -0.5 - 1e-9);
}

TEST(InspectHeatMap, MassiveCellsHaveRingsByTheRuleInForce) {
  const MadePass made{.n_token = 2, .n_channel = 40, .h = [](auto, auto t, auto c) {
                        return t == 0 && c == 7 ? 5000.0F : t == 1 && c == 9 ? -30.0F : 1.0F;
                      }};
  InspectView view{.pass = made.make(), .layer = 1};
  InspectHeatMap map;
  map.setView(view);
  EXPECT_EQ(map.raster().rings(), (std::vector<CellPlace>{{0, 7}}));
  view.massive = std::make_shared<const std::vector<ActivationPlace>>(
      massive_places(*view.pass, {.ratio_only = true, .small_ratio_threshold = 20}));
  map.setView(view);
  EXPECT_EQ(map.raster().rings(), (std::vector<CellPlace>{{0, 7}, {1, 9}}));
  view.filter.set(TokenKind::special, false);
  view.filter.set(TokenKind::word, false);
  map.setView(view);
  EXPECT_TRUE(map.raster().rings().empty());
}

TEST(InspectHeatMap, TokensLeftOutAreBlankAndNoPartOfTheScale) {
  const MadePass made{.n_token = 3,
                      .n_channel = 8,
                      .h = [](auto, auto t, auto c) { return t == 0 ? 9000.0F : static_cast<float>(t * 10 + c); },
                      .texts = {"<s>", "Summer", "."},
                      .special = {true}};
  InspectView view{.pass = made.make()};
  view.filter.set(TokenKind::special, false);
  InspectHeatMap map;
  map.setView(view);
  stand(map);
  EXPECT_DOUBLE_EQ(map.raster().scale().upper, 27);
  EXPECT_EQ(map.raster().rowMax(), (std::vector<float>{0, 17, 27}));
  EXPECT_EQ(qAlpha(map.raster().image({8, 3}).pixel(4, 0)), 0);
  EXPECT_NE(qAlpha(map.raster().image({8, 3}).pixel(4, 1)), 0);
  EXPECT_EQ(map.raster().cellAt(4, 0), std::nullopt);
  EXPECT_TRUE(map.plot().readout(4, 0).isEmpty());
  EXPECT_TRUE(map.footerText().contains(QStringLiteral("1 tokens left out"))) << map.footerText().toStdString();
  EXPECT_FALSE(map.table(QLatin1Char(','), Card::Rows::all).contains(QStringLiteral("9000")));
  view.filter = {};
  map.setView(view);
  EXPECT_EQ(map.raster().rowMax()[0], 9000);
}

TEST(InspectHeatMap, TheDifferencePairsTokensAcrossABos) {
  const MadePass with{.n_token = 3,
                      .h = [](auto, auto t, auto c) { return static_cast<float>(100 * t + c); },
                      .ids = {1, 20, 21},
                      .special = {true}};
  const MadePass without{
      .n_token = 2, .h = [](auto, auto t, auto c) { return static_cast<float>(7 * t - c); }, .ids = {20, 21}};
  InspectView view{.pass = with.make(),
                   .other = without.make(),
                   .label = QStringLiteral("with"),
                   .other_label = QStringLiteral("without"),
                   .mode = InspectView::Mode::difference};
  InspectHeatMap map;
  map.setView(view);
  stand(map);
  const CellMatrix& m = map.raster().matrix();
  ASSERT_EQ(m.rows, 2);
  EXPECT_EQ(m.row_offset, 1);
  for (int r = 0; r < 2; ++r) {
    for (int c = 0; c < 4; ++c) {
      EXPECT_EQ(m.at(r, c), static_cast<float>(100 * (r + 1) + c) - static_cast<float>(7 * r - c));
    }
  }
  EXPECT_EQ(map.plot().readout(2, 2),
            (QStringList{QStringLiteral("token\t2 t2"), QStringLiteral("channel\t2"), QStringLiteral("with\t202"),
                         QStringLiteral("without\t5.000"), QStringLiteral("difference\t197")}));
  map.setView(view.swapped());
  EXPECT_EQ(map.raster().matrix().row_offset, 0);
  EXPECT_EQ(map.raster().matrix().at(1, 2), 5.0F - 202.0F) << "the other sign";
}

TEST(InspectHeatMap, ASmallDifferenceOfLargeNumbersHasColoursOfItsOwn) {
  const MadePass before{.n_token = 2, .h = [](auto, auto t, auto c) { return static_cast<float>(1000 + t + c); }};
  const MadePass after{.n_token = 2,
                       .h = [](auto, auto t, auto c) { return static_cast<float>(1000 + t + c) + 0.25F * (1.0F + c); }};
  InspectView view{.pass = after.make(), .other = before.make(), .mode = InspectView::Mode::difference};
  InspectHeatMap map;
  map.setView(view);
  // 0.25, 0.5, 0.75 and 1, twice: their lower median, not that of h.
  EXPECT_NEAR(map.raster().scale().lower, 0.5, 1e-3);
  EXPECT_TRUE(map.footerText().contains(QStringLiteral("2 tokens")));
  view.mode = InspectView::Mode::signed_value;
  map.setView(view);
  EXPECT_GT(map.raster().scale().lower, 900);
}

TEST(InspectHeatMap, SaysWhyThereIsNoDifference) {
  const MadePass a{.ids = {1, 2, 3}}, wider{.n_channel = 6, .ids = {1, 2, 3}}, other_text{.ids = {7, 8, 9}};
  InspectHeatMap map;
  InspectView view{.pass = a.make(), .mode = InspectView::Mode::difference};
  map.setView(view);
  EXPECT_EQ(map.plot().emptyText(), QStringLiteral("Nothing computed yet"));
  view.other_empty = QStringLiteral("Choose the second model");
  map.setView(view);
  EXPECT_EQ(map.plot().emptyText(), view.other_empty) << "whoever knows why there is none";
  view.pass = a.make();
  view.other = wider.make();
  map.setView(view);
  EXPECT_TRUE(map.plot().emptyText().contains(QStringLiteral("4 channels here, 6 there")));
  view.other = other_text.make();
  map.setView(view);
  EXPECT_TRUE(map.plot().emptyText().contains(QStringLiteral("different tokens")));
  EXPECT_TRUE(map.raster().matrix().empty());
}

TEST(InspectHeatMap, ValuesThatAreNotFiniteAreNamedAndHideNothing) {
  const MadePass made{.n_token = 2, .n_channel = 4, .h = [](auto, auto t, auto c) {
                        return t == 1 && c == 2 ? std::numeric_limits<float>::quiet_NaN() : static_cast<float>(1 + c);
                      }};
  InspectHeatMap map;
  map.setView({.pass = made.make()});
  stand(map);
  EXPECT_TRUE(map.valueText().startsWith(QStringLiteral("largest 4.000"))) << map.valueText().toStdString();
  EXPECT_EQ(map.raster().cellText(std::numeric_limits<float>::quiet_NaN()), QStringLiteral("NaN"));
  EXPECT_EQ(map.raster().image({4, 2}).pixel(2, 1), map.plot().currentTheme().not_finite.rgb());
}

TEST(InspectHeatMap, AClickChoosesTheCell) {
  InspectHeatMap map;
  map.setView({.pass = MadePass{.n_token = 4, .n_channel = 4}.make()});
  stand(map);
  QSignalSpy clicked(&map, &InspectHeatMap::cellClicked);
  const QPoint at(static_cast<int>(map.plot().xAxis->coordToPixel(3)),
                  static_cast<int>(map.plot().yAxis->coordToPixel(1)));
  QTest::mouseClick(&map.plot(), Qt::LeftButton, {}, at);
  ASSERT_EQ(clicked.size(), 1);
  EXPECT_EQ(clicked[0][0].toLongLong(), 1);
  EXPECT_EQ(clicked[0][1].toLongLong(), 3);
  EXPECT_EQ(map.selectedCell(), (CellPlace{1, 3}));
}

TEST(InspectHeatMap, FiguresAndTablesSayWhatTheyShow) {
  const MadePass made{.n_layer = 1, .n_token = 2, .n_channel = 2, .texts = {"a", "say \"b\""}};
  InspectHeatMap map;
  map.setView({.pass = made.make(), .model = QStringLiteral("tiny")});
  EXPECT_EQ(map.table(QLatin1Char(','), Card::Rows::all),
            QStringLiteral("layer,token,text,channel,h\n0,0,\"a\",0,1\n0,0,\"a\",1,2\n0,1,\"say·\"\"b\"\"\",0,2\n"
                           "0,1,\"say·\"\"b\"\"\",1,3\n"));
  EXPECT_EQ(map.provenance(), QStringLiteral("Variometer · tiny · “made up” · 2 tokens · float32"));
}

TEST(InspectAttention, WhatIsMaskedStaysBlank) {
  InspectAttention view;
  view.setView({.pass = MadePass{.n_token = 4}.make(), .head = 1});
  stand(view);
  const MatrixRaster& raster = view.raster();
  for (int q = 0; q < 4; ++q) {
    for (int k = 0; k < 4; ++k) {
      EXPECT_EQ(raster.matrix().has(q, k), k <= q);
      EXPECT_EQ(qAlpha(raster.image({4, 4}).pixel(k, q)) != 0, k <= q) << q << ' ' << k;
    }
  }
  EXPECT_TRUE(view.plot().readout(3, 0).isEmpty());
  EXPECT_EQ(view.plot().readout(1, 3).value(2), QStringLiteral("probability\t0.2500"));
  EXPECT_EQ(view.table(QLatin1Char(','), Card::Rows::all).count(QLatin1Char('\n')), 1 + 10)
      << "a head line and 10 cells";
}

TEST(InspectAttention, TheMeanIsOverTheHeads) {
  const MadePass made{.n_token = 2, .n_head = 3, .attention = [](auto head, auto q, auto k) {
                        return q == 0 ? 1.0F : static_cast<float>(k == 0 ? head : 4 - head) / 4;
                      }};
  InspectAttention view;
  view.setView({.pass = made.make(), .head = -1});
  EXPECT_FLOAT_EQ(view.raster().matrix().at(1, 0), 0.25F);
  EXPECT_FLOAT_EQ(view.raster().matrix().at(1, 1), 0.75F);
  view.setView({.pass = made.make(), .head = 2});
  EXPECT_FLOAT_EQ(view.raster().matrix().at(1, 0), 0.5F);
  EXPECT_TRUE(view.title().contains(QStringLiteral("head 2")));
  QSignalSpy chosen(&view, &InspectAttention::headChosen);
  view.headBox()->setValue(0);
  ASSERT_EQ(chosen.size(), 1);
  EXPECT_EQ(chosen[0][0].toInt(), 0);
}

TEST(InspectAttention, HidesTheKeyThatTakesMostAndScalesToTheRest) {
  const MadePass made{.n_token = 4, .texts = {"<s>"}, .attention = [](auto, auto q, auto k) {
                        if (q == 0) return 1.0F;
                        return k == 0 ? 0.8F : 0.2F / static_cast<float>(q);
                      }};
  InspectAttention view;
  view.setView({.pass = made.make()});
  EXPECT_DOUBLE_EQ(view.raster().scale().upper, 1);
  view.setView({.pass = made.make(), .hide_sink = true});
  stand(view);
  EXPECT_EQ(view.raster().matrix().hidden_column, 0);
  EXPECT_FLOAT_EQ(static_cast<float>(view.raster().scale().upper), 0.2F);
  EXPECT_TRUE(view.footerText().contains(QStringLiteral("key 0 “<s>”, 80.0 %"))) << view.footerText().toStdString();
  EXPECT_EQ(qAlpha(view.raster().image({4, 4}).pixel(0, 2)), 0);
  EXPECT_FLOAT_EQ(view.raster().matrix().at(2, 0), 0.8F) << "the probabilities stay";
  std::vector<double> ticks = view.raster().barTicks(40);
  ASSERT_EQ(ticks.size(), 5u) << "round numbers";
  for (int i = 0; i < 5; ++i) EXPECT_NEAR(ticks[static_cast<std::size_t>(i)], 0.05 * i, 1e-6);
}

TEST(InspectAttention, TheKvBiasSlotIsTheFirstKey) {
  InspectAttention view;
  view.setView({.pass = MadePass{.n_token = 3, .slot = true}.make()});
  stand(view);
  EXPECT_EQ(view.raster().matrix().columns, 4);
  EXPECT_TRUE(view.raster().matrix().has(0, 1));
  EXPECT_FALSE(view.raster().matrix().has(0, 2));
  EXPECT_EQ(view.plot().readout(0, 2).value(1), QStringLiteral("key\t0 KV bias"));
  EXPECT_EQ(view.plot().readout(1, 2).value(1), QStringLiteral("key\t1 t0"));
}

TEST(InspectAttention, SaysWhenALayerIsNotThere) {
  auto pass = std::make_shared<InspectedPass>(*MadePass{}.make());
  InspectAttention view;
  view.setView({.pass = pass, .layer = 5});
  EXPECT_TRUE(view.raster().matrix().empty());
  EXPECT_TRUE(view.plot().emptyText().contains(QStringLiteral("layer 5")));
  view.setView({.pass = pass, .layer = 1});
  EXPECT_FALSE(view.raster().matrix().empty());
  pass->attention = {};
  view.setView({.pass = pass, .layer = 1});
  EXPECT_TRUE(view.plot().emptyText().contains(QStringLiteral("No attention"))) << view.plot().emptyText().toStdString();
}

TEST(InspectAttention, AMapOfManyKeysIsReadable) {
  // As softmax over a long text is: nearly all of it at the first key, the rest spread thin.
  const MadePass made{.n_layer = 1, .n_token = 200, .attention = [](auto, auto q, auto k) {
                        if (q == 0) return 1.0F;
                        return k == 0 ? 0.9F : 0.1F / static_cast<float>(q) * (k % 10 == 0 ? 3 : 0.8F);
                      }};
  InspectAttention view;
  view.setView({.pass = made.make()});
  stand(view);
  const CellScale& scale = view.raster().scale();
  EXPECT_EQ(scale.kind, CellScale::Kind::log_magnitude);
  EXPECT_NEAR(scale.upper, 0.9, 1e-6);
  EXPECT_GT(scale.place(0.1 / 150 * 3), 0.2) << "what the rest does can be told from nothing";
  EXPECT_GT(scale.place(0.1 / 150 * 3) - scale.place(0.1 / 150 * 0.8), 0.1);
  EXPECT_TRUE(view.footerText().contains(QStringLiteral("logarithmic colours"))) << view.footerText().toStdString();
  view.setColouring(InspectAttention::Colours::linear);
  EXPECT_EQ(view.raster().scale().kind, CellScale::Kind::linear);
  EXPECT_FALSE(view.footerText().contains(QStringLiteral("logarithmic")));
}

TEST(InspectHeatMap, ALayerThatIsNotFiniteSaysSo) {
  auto pass = std::make_shared<InspectedPass>(*MadePass{.n_layer = 2, .n_token = 3, .n_channel = 4}.make());
  for (std::size_t i = 12; i < 24; ++i) pass->hidden.hidden[i] = i % 2 == 0 ? NAN : INFINITY;
  LayerActivation& layer = pass->activation.layers[1];
  layer.non_finite = 12;
  layer.median = layer.ratio = NAN;
  layer.top.clear();
  layer.token_max.assign(3, 0);
  pass->hidden.hidden[0] = NAN;
  pass->activation.layers[0].non_finite = 1;
  pass->activation.massive = massive_places(*pass, {});
  InspectHeatMap map;
  for (const auto mode : {InspectView::Mode::magnitude, InspectView::Mode::signed_value, InspectView::Mode::ratio}) {
    for (const bool same : {false, true}) {
      map.setView({.pass = pass, .layer = 1, .mode = mode, .same_scale = same});
      stand(map);
      EXPECT_TRUE(map.valueText().contains(QStringLiteral("no value is finite"))) << map.valueText().toStdString();
      EXPECT_TRUE(map.footerText().contains(QStringLiteral("12 values are not finite")));
      const CellScale& scale = map.raster().scale();
      EXPECT_TRUE(scale.lower > 0 && scale.upper > scale.lower && std::isfinite(scale.upper));
      map.setView({.pass = pass, .layer = 0, .mode = mode, .same_scale = same});
      EXPECT_TRUE(map.footerText().contains(QStringLiteral("1 value is not finite")));
      EXPECT_TRUE(map.valueText().contains(QStringLiteral("largest"))) << map.valueText().toStdString();
      EXPECT_LT(map.raster().scale().upper, 1000);
    }
  }
  InspectSignature signature;
  signature.setView({.pass = pass, .layer = 1});
  EXPECT_FALSE(signature.grab().isNull());
  EXPECT_EQ(signature.tallest(), 0);
}

TEST(InspectSignature, BarsShowTheLargestTheyCover) {
  const MadePass made{.n_token = 130, .n_channel = 600, .h = drawn};
  InspectSignature signature;
  signature.setView({.pass = made.make()});
  ASSERT_EQ(signature.bars(), QSize(200, 65)) << "3 channels and 2 tokens a bar";
  float tallest = 0;
  for (int r = 0; r < 65; ++r) {
    for (int c = 0; c < 200; ++c) {
      float largest = 0;
      for (int t = 2 * r; t < 2 * r + 2; ++t) {
        for (int k = 3 * c; k < 3 * c + 3; ++k) largest = std::max(largest, std::fabs(drawn(0, t, k)));
      }
      ASSERT_EQ(signature.bar(r, c), largest) << r << ' ' << c;
      tallest = std::max(tallest, largest);
    }
  }
  EXPECT_EQ(signature.tallest(), static_cast<double>(tallest));
}

TEST(InspectSignature, TurnsByKeysAndMouseAndRemembersIt) {
  InspectSignature signature;
  signature.setView({.pass = MadePass{}.make()});
  signature.resize(500, 400);
  signature.show();
  const QVariantMap before = signature.state();
  QTest::keyClick(signature.focusProxy(), Qt::Key_Right);
  EXPECT_NEAR(signature.state().value(QStringLiteral("turn")).toDouble(),
              before.value(QStringLiteral("turn")).toDouble() + 0.1, 1e-12);
  InspectSignature other;
  other.setState(signature.state());
  EXPECT_EQ(other.state(), signature.state());
  QTest::mouseDClick(signature.focusProxy(), Qt::LeftButton);
  EXPECT_EQ(signature.state(), before);
  const QImage image = signature.grab().toImage();
  EXPECT_FALSE(image.isNull());
}

TEST(WeightHistogram, ShowsEveryBinThatHoldsSomething) {
  auto weight = std::make_shared<WeightSummary>();
  weight->info.name = "model.layers.0.mlp.up_proj.weight";
  weight->abs_max = 2;
  weight->std = 0.5;
  weight->histogram.assign(WeightSummary::kBins, 0);
  weight->histogram[0] = 3;
  weight->histogram[50] = 1000;
  weight->histogram[100] = 1;
  WeightHistogram card;
  card.setWeight(weight);
  const auto& line = *card.plot().lines().front();
  ASSERT_EQ(line.series.size(), 3u);
  EXPECT_EQ(card.title(), QStringLiteral("model.layers.0.mlp.up_proj.weight"));
  const QString table = card.table(QLatin1Char(','), Card::Rows::all);
  EXPECT_EQ(table.count(QLatin1Char('\n')), 1 + WeightSummary::kBins);
  std::int64_t n = 0;
  for (const QString& row : table.split(QLatin1Char('\n')).mid(1)) n += row.section(QLatin1Char(','), 2).toLongLong();
  EXPECT_EQ(n, 1004);
  EXPECT_TRUE(table.split(QLatin1Char('\n')).value(1).startsWith(QStringLiteral("-2,")));
  card.setWeight(nullptr);
  EXPECT_EQ(card.plot().lines().front()->series.size(), 0u);
  EXPECT_EQ(card.title(), QStringLiteral("Weight histogram"));
}

}  // namespace
}  // namespace variometer
