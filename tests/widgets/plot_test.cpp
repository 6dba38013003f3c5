// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/plot.h"

#include <gtest/gtest.h>

#include <QtTest/QTest>
#include <cmath>

#include "tests/widgets/synthetic_run.h"
#include "widgets/bench_plots.h"
#include "widgets/card.h"
#include "widgets/card_deck.h"
#include "widgets/card_factory.h"
#include "widgets/plot_marks.h"
#include "widgets/plot_overlay.h"

namespace variometer {
namespace {

struct Shown {
  StepAxis steps;
  Plot plot{Plot::XAxis::steps, &steps};
  PlotLine* line;

  Shown() : line(&plot.addLine({.name = "loss", .pen = [](const Theme& t) { return t.pen(0); }})) {
    for (int i = 0; i <= 1000; ++i) line->series.append(i, 1000 - i);
    steps.setExtent(0, 1000);
    plot.resize(600, 400);
    plot.show();
    plot.replot();
  }
  QPoint at(double x, double y) const {
    return {static_cast<int>(plot.xAxis->coordToPixel(x)), static_cast<int>(plot.yAxis->coordToPixel(y))};
  }
  void drag(QPoint from, QPoint to, Qt::KeyboardModifiers modifiers = {}) {
    QTest::mousePress(&plot, Qt::LeftButton, modifiers, from);
    QMouseEvent move(QEvent::MouseMove, to, plot.mapToGlobal(to), Qt::NoButton, Qt::LeftButton, modifiers);
    QApplication::sendEvent(&plot, &move);
    QTest::mouseRelease(&plot, Qt::LeftButton, modifiers, to);
    plot.replot();
  }
};

TEST(Plot, HasDiscsAtItsPointsUntilTheyWouldTouch) {
  for (const int n : {10, 1000}) {
    StepAxis steps;
    Plot plot{Plot::XAxis::steps, &steps};
    PlotLine& line = plot.addLine({.name = "validation",
                                   .pen = [](const Theme& t) { return t.pen(1); },
                                   .mark = LineStyle::Mark::line_and_points});
    for (int i = 0; i < n; ++i) line.series.append(i, i % 7);
    steps.setExtent(0, n);
    plot.resize(600, 400);
    plot.show();
    plot.replot();
    EXPECT_EQ(line.graph->scatterStyle().isNone(), n == 1000) << n;
  }
}

TEST(Plot, FitsWhatItHolds) {
  Shown s;
  EXPECT_LE(s.plot.yRange().lower, 0);
  EXPECT_GE(s.plot.yRange().upper, 1000);
  EXPECT_EQ(s.plot.xRange().upper, 1000);
}

TEST(Plot, LetGoItIsZoomedAloneAndTiedAgainItShowsWhatTheOthersDo) {
  Shown s;
  Plot other(Plot::XAxis::steps, &s.steps);
  other.show();
  s.plot.action("tie")->trigger();
  EXPECT_FALSE(s.plot.action("tie")->isChecked());
  s.drag(s.at(200, 800), s.at(400, 300));
  EXPECT_NEAR(s.plot.xRange().lower, 200, 4);
  EXPECT_EQ(s.steps.range(), (StepAxis::Range{0, 1000})) << "the others stay where they are";
  s.steps.setRange({600, 700});
  s.plot.replot();
  other.replot();
  EXPECT_NEAR(s.plot.xRange().upper, 400, 4);
  EXPECT_EQ(other.xRange(), QCPRange(600, 700));
  s.plot.fit();
  s.plot.replot();
  EXPECT_EQ(s.plot.xRange(), QCPRange(0, 1000)) << "the whole run, by itself";
  EXPECT_EQ(s.steps.range(), (StepAxis::Range{600, 700}));
  s.plot.action("tie")->trigger();
  s.plot.replot();
  EXPECT_EQ(s.plot.xRange(), QCPRange(600, 700));
  s.plot.action("previous_view")->trigger();
  EXPECT_FALSE(s.plot.tied()) << "tying is a view like a zoom";
}

TEST(Plot, ABoxZoomsAndBackspaceReturnsAndDoubleClickFollows) {
  Shown s;
  s.drag(s.at(200, 800), s.at(400, 300));
  EXPECT_NEAR(s.plot.xRange().lower, 200, 4);
  EXPECT_NEAR(s.plot.xRange().upper, 400, 4);
  EXPECT_NEAR(s.plot.yRange().upper, 800, 8);
  EXPECT_FALSE(s.steps.following());
  QTest::keyClick(&s.plot, Qt::Key_Backspace);
  s.plot.action("previous_view")->trigger();
  s.plot.replot();
  EXPECT_TRUE(s.steps.following());
  s.drag(s.at(200, 800), s.at(400, 300));
  QTest::mouseDClick(&s.plot, Qt::LeftButton, {}, s.plot.axisRect()->rect().center());
  s.plot.replot();
  EXPECT_TRUE(s.steps.following());
  EXPECT_EQ(s.plot.xRange().upper, 1000);
}

TEST(Plot, AViewThatWasLeftBackwardsComesBack) {
  Shown s;
  s.drag(s.at(200, 800), s.at(400, 300));
  const QCPRange x = s.plot.xRange(), y = s.plot.yRange();
  s.drag(s.at(250, 700), s.at(300, 400));
  const QCPRange closer = s.plot.xRange();
  s.plot.action("previous_view")->trigger();
  s.plot.replot();
  EXPECT_EQ(s.plot.xRange(), x);
  EXPECT_EQ(s.plot.yRange(), y);
  s.plot.action("previous_view")->trigger();
  s.plot.replot();
  EXPECT_TRUE(s.steps.following());
  for (const QCPRange& range : {x, closer}) {
    ASSERT_TRUE(s.steps.canGoForward());
    s.plot.action("next_view")->trigger();
    s.plot.replot();
    EXPECT_EQ(s.plot.xRange(), range);
  }
  EXPECT_FALSE(s.steps.canGoForward());
  s.plot.action("previous_view")->trigger();
  s.drag(s.at(250, 700), s.at(300, 400));
  EXPECT_FALSE(s.steps.canGoForward()) << "another change was made";
}

TEST(Plot, CursorBGivesDifferences) {
  Shown s;
  s.steps.setReference(100);
  EXPECT_EQ(s.plot.readout(250.4, 0), QStringList(QStringLiteral("loss\t750  Δ −150 (×0.8333)")));
  QTest::keyClick(&s.plot, Qt::Key_Escape);
  EXPECT_FALSE(s.steps.reference());
}

TEST(Plot, EventsThatShareAPlaceAreNamedWholeWhereOneFits) {
  const QFontMetricsF metrics{QFont()};
  const QString names = QStringLiteral("TVR on, loss jump");
  EXPECT_EQ(fitting_label(names, metrics.horizontalAdvance(names) + 1, metrics), names);
  EXPECT_EQ(fitting_label(names, metrics.horizontalAdvance(names) - 4, metrics), "TVR on +1");
  EXPECT_EQ(fitting_label(names, metrics.horizontalAdvance(QStringLiteral("TVR on +1")) + 1, metrics), "TVR on +1");
  EXPECT_EQ(fitting_label(names, metrics.horizontalAdvance(QStringLiteral("TVR on")) + 1, metrics), "TVR on");
  EXPECT_EQ(fitting_label(names, metrics.horizontalAdvance(QStringLiteral("TVR")) + 1, metrics), QString());
}

TEST(Plot, AZoomedViewIsNotMovedByNewData) {
  Shown s;
  s.drag(s.at(200, 800), s.at(400, 300));
  const QCPRange x = s.plot.xRange(), y = s.plot.yRange();
  s.line->series.append(1001, 9999);
  s.steps.setExtent(0, 1001);
  s.plot.replot();
  EXPECT_EQ(s.plot.xRange(), x);
  EXPECT_EQ(s.plot.yRange(), y);
}

TEST(Plot, AClickSetsCursorAAndShiftClickCursorB) {
  Shown s;
  QTest::mouseClick(&s.plot, Qt::LeftButton, {}, s.at(300, 500));
  QTest::mouseClick(&s.plot, Qt::LeftButton, Qt::ShiftModifier, s.at(700, 500));
  ASSERT_TRUE(s.steps.cursor() && s.steps.reference());
  EXPECT_NEAR(static_cast<double>(*s.steps.cursor()), 300, 3);
  EXPECT_NEAR(static_cast<double>(*s.steps.reference()), 700, 3);
}

TEST(Plot, ReadsValuesUnderTheCursor) {
  Shown s;
  EXPECT_EQ(s.plot.readout(250.4, 0), QStringList("loss\t750"));
}

TEST(Plot, MarginsDoNotMoveWithTheLabels) {
  Shown s;
  const QRect before = s.plot.axisRect()->rect();
  s.line->series.append(1001, 123456);
  s.plot.replot();
  EXPECT_EQ(s.plot.axisRect()->rect(), before);
}

TEST(Plot, PensAreOnePixelWide) {
  Shown s;
  PlotLine& wide = s.plot.addLine({.name = "wide", .pen = [](const Theme&) { return QPen(Qt::red, 5); }});
  EXPECT_EQ(wide.graph->pen().width(), 1);
}

TEST(Plot, OutlivesItsStepAxisWhileTheWindowCloses) {
  auto steps = std::make_unique<StepAxis>();
  Plot plot(Plot::XAxis::steps, steps.get());
  plot.show();
  plot.setFocus();
  steps.reset();
  plot.clearFocus();
  plot.hide();
}

TEST(Plot, TheBenchmarkTimesEveryPictureItNames) {
  const auto rows = bench_plots({.n_point = 50'000, .n_frame = 8});
  ASSERT_EQ(rows.size(), 6u);
  for (const PlotBench& row : rows) {
    EXPECT_GT(row.median_ms, 0) << row.what;
    EXPECT_LE(row.median_ms, row.p99_ms);
    EXPECT_LE(row.p99_ms, row.worst_ms);
    EXPECT_GE(row.n, 49'000) << row.what;
  }
  int asked = 0;
  EXPECT_TRUE(
      bench_plots({.n_point = 100, .n_frame = 1, .progress = [&](const std::string&) { return ++asked > 1; }}).empty());
}

TEST(Plot, LongYLabelsAndTicksKeepTheirPlaces) {
  Shown s;
  s.plot.setLabels("step", "a name far longer than the axis is high, which must be cut and not written over the ticks");
  const QRect area = s.plot.axisRect()->rect();
  s.plot.replot();
  EXPECT_EQ(s.plot.axisRect()->rect(), area);
  EXPECT_EQ(s.plot.yAxis->label(), QString()) << "QCustomPlot would move it with the tick labels";
}

TEST(Plot, NamedTicksStandAtEveryNameWhereThereIsRoom) {
  Plot plot(Plot::XAxis::own, nullptr);
  QStringList names;
  for (int i = 0; i < 9; ++i) names += QStringLiteral("t%1").arg(i);
  plot.setYTicker(NumberTicker::Kind::whole, names);
  plot.setFullY(-0.5, 8.5);
  plot.resize(400, 420);
  plot.show();
  plot.replot();
  EXPECT_EQ(plot.yAxis->tickVectorLabels().filter("t").size(), 9);
  plot.resize(400, 110);
  plot.replot();
  EXPECT_LT(plot.yAxis->tickVectorLabels().filter("t").size(), 9);
  EXPECT_GT(plot.yAxis->tickVectorLabels().filter("t").size(), 1);
}

TEST(Symlog, IsOddAndHasAnInverse) {
  for (const double value : {0.0, 1e-4, 0.5, 3.0, 1e6}) {
    EXPECT_NEAR(symlog_inverse(symlog(value, 0.1), 0.1), value, 1e-9 * std::max(1.0, value));
    EXPECT_EQ(symlog(-value, 0.1), -symlog(value, 0.1));
  }
}

TEST(Cards, AllShowALiveRunAndAnUndo) {
  StepAxis steps;
  SyntheticRun run{.tvr_step = 300};
  RunHistory history = run.history(400);
  QWidget window;
  CardDeck deck(&steps);
  for (const QString& name : card_names()) {
    Card* card = make_card(name, &steps, &window);
    ASSERT_NE(card, nullptr) << name.toStdString();
    card->resize(400, 300);
    deck.add(card);
  }
  window.show();
  deck.setHistory(&history);
  deck.setFrame(run.frame(400, 3));
  deck.tick();
  for (const auto& card : deck.cards()) {
    EXPECT_FALSE(card->grab().toImage().isNull());
    EXPECT_FALSE(card->summary().isEmpty()) << card->name().toStdString();
  }
  history.append(run.snapshot(100));  // an undo
  deck.tick();
  EXPECT_EQ(steps.latest(), 100);
  EXPECT_EQ(make_card(QStringLiteral("no_such_card"), &steps, &window), nullptr);
}

}  // namespace
}  // namespace variometer
