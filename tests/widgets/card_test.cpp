// SPDX-License-Identifier: GPL-3.0-or-later
// What the cards show is what the history holds.
#include "widgets/card.h"

#include <gtest/gtest.h>

#include <QAction>
#include <QComboBox>
#include <QImage>
#include <QLineEdit>
#include <QPushButton>
#include <QSignalSpy>
#include <QTemporaryDir>
#include <QtTest/QTest>
#include <algorithm>
#include <cmath>
#include <fstream>
#include <sstream>

#include "core/base/csv_head.h"
#include "core/base/marks.h"
#include "tests/widgets/synthetic_run.h"
#include "widgets/card_carpet.h"
#include "widgets/card_deck.h"
#include "widgets/card_factory.h"
#include "widgets/card_figure.h"
#include "widgets/card_header.h"
#include "widgets/card_heat_map.h"
#include "widgets/card_massive_map.h"
#include "widgets/card_samples.h"
#include "widgets/event_text.h"
#include "widgets/legend_strip.h"
#include "widgets/number_field.h"
#include "widgets/number_text.h"
#include "widgets/tvr_limits.h"

namespace variometer {
namespace {

/// One card over a run, shown at a size.
template <class T = PlotCard>
struct Shown {
  StepAxis steps;
  RunHistory history;
  QWidget window;
  CardDeck deck{&steps};
  T* card;

  Shown(const char* name, RunHistory of, QSize size = {420, 300}) : history(std::move(of)) {
    card = dynamic_cast<T*>(make_card(QString::fromLatin1(name), &steps, &window));
    card->resize(size);
    window.resize(size);
    deck.add(card);
    window.show();
    deck.setHistory(&history);
    deck.tick();
    redraw();
  }
  void redraw() { card->plot().replot(); }
};

SnapshotPtr with_loss(std::int64_t step, float loss) {
  auto snapshot = std::make_shared<Snapshot>();
  snapshot->step = step;
  snapshot->loss = loss;
  return snapshot;
}

RunHistory losses(const std::vector<float>& values) {
  RunHistory history;
  for (std::size_t i = 0; i < values.size(); ++i) {
    history.append(with_loss(static_cast<std::int64_t>(i) + 1, values[i]));
  }
  return history;
}

RunHistory plain_run(std::int64_t last = 400, std::int64_t tvr = 300) {
  return SyntheticRun{.tvr_step = tvr}.history(last);
}

TEST(Cards, TheValueUnderTheCursorIsTheOneInTheHistory) {
  Shown<> loss("loss", plain_run());
  const auto& scalars = loss.history.scalars();
  for (std::size_t i = 0; i < scalars.step.size(); i += 37) {
    const QStringList rows = loss.card->plot().readout(scalars.step[i] + 0.4, 0);
    EXPECT_TRUE(rows.contains(QStringLiteral("raw\t") + value_text(scalars.loss[i]))) << i;
  }
  Shown<> ratio("ratio", plain_run());
  for (const auto& row : ratio.history.probe()) {
    const QStringList rows = ratio.card->plot().readout(static_cast<double>(row.step), 0);
    for (std::size_t layer = 0; layer < row.activation->layers.size(); ++layer) {
      EXPECT_TRUE(rows.contains(QString::number(layer) + '\t' + value_text(row.activation->layers[layer].ratio)));
    }
  }
}

TEST(Cards, CurvesReachEveryExtremeOfARunThatIsLongerThanItsMemory) {
  const auto noise = [](std::int64_t step) { return static_cast<float>((step * 7919) % 1009); };
  std::vector<float> values;
  for (std::int64_t step = 1; step <= 4000; ++step) values.push_back(1000 + noise(step));
  const auto [low, high] = std::minmax_element(values.begin(), values.end());
  Shown<> loss("loss", losses(values));
  const auto extremes = [&loss] {
    double smallest = INFINITY, largest = -INFINITY;
    std::vector<Series::Point> points;
    loss.card->plot().lines().front()->series.sample(0, 4000, 1 << 20, points);
    for (const auto& point : points) smallest = std::min(smallest, point.y), largest = std::max(largest, point.y);
    return std::pair(smallest, largest);
  };
  EXPECT_EQ(loss.card->plot().lines().front()->series.size(), 4000U);
  loss.history.set_budget({.bytes = 1 << 20, .n_scalar = 500});
  loss.deck.tick();
  loss.redraw();
  EXPECT_LE(loss.card->plot().lines().front()->series.size(), 1000U);
  EXPECT_EQ(extremes(), std::pair(static_cast<double>(*low), static_cast<double>(*high)));
  EXPECT_TRUE(loss.card->footerText().contains(QStringLiteral("smallest and largest of up to")))
      << loss.card->footerText().toStdString();
  EXPECT_TRUE(loss.card->csv(Card::Rows::all).contains("one measurement of up to"));
  // The newest updates are there one by one.
  EXPECT_TRUE(loss.card->plot().readout(3999.4, 0).contains(QStringLiteral("raw\t") + value_text(values[3998])));
}

TEST(Cards, TheCarpetHoldsEveryMeasurementOfItsRole) {
  Shown<WeightCarpetCard> carpet("weight_std_carpet", plain_run());
  const Raster& raster = carpet.card->raster();
  const auto& rows = carpet.history.weights();
  ASSERT_EQ(raster.columns(), static_cast<int>(rows.size()));
  const auto& tensors = carpet.history.info().tensors;
  for (std::size_t column = 0; column < rows.size(); ++column) {
    EXPECT_EQ(raster.columnStart(static_cast<int>(column)), static_cast<double>(rows[column].step));
    for (std::size_t i = 0; i < tensors.size(); ++i) {
      if (tensors[i].role != "down_proj") continue;
      EXPECT_EQ(raster.value(static_cast<int>(column), tensors[i].layer), rows[column].weights->tensors[i].std);
    }
  }
}

TEST(Cards, TablesAreThoseOfTheExport) {
  for (const char* name : {"loss", "weight_std", "weight_std_carpet", "top_activation", "ratio", "massive_map",
                           "samples", "kurtosis", "update_ratio", "grad_norm", "learning_rate", "tokens_per_second"}) {
    StepAxis steps;
    const RunHistory history = plain_run();
    const std::unique_ptr<Card> card(make_card(QString::fromLatin1(name), &steps, nullptr));
    steps.setExtent(0, history.last_step());
    card->setHistory(&history);
    std::ostringstream expected;
    write_csv(expected, card_table(history, name));
    const QByteArray csv = card->csv(Card::Rows::all);
    const auto begin = csv.indexOf("\n", csv.indexOf("# units")) + 1;
    EXPECT_EQ(csv.mid(begin).toStdString(), expected.str()) << name;
    EXPECT_EQ(csv.left(begin).toStdString(), csv_head(history, name, card_table(history, name)));
    EXPECT_TRUE(csv.startsWith("# " + QByteArray(name) + " of run synthetic\n# Variometer, seed "))
        << csv.left(80).toStdString();
  }
}

TEST(Cards, VisibleRowsAreThoseInView) {
  Shown<> loss("loss", plain_run());
  loss.steps.setRange({100.5, 110});
  loss.redraw();
  const CardTable table = loss.card->cells(Card::Rows::visible);
  ASSERT_EQ(table.n_row(), 10u);
  EXPECT_EQ(table.find("step")->numbers.front(), 101);
  EXPECT_EQ(table.find("step")->numbers.back(), 110);
  EXPECT_EQ(table.find("loss")->numbers.front(), loss.history.scalars().loss[101 - 1]);
  Shown<> top("top_activation", plain_run());
  top.steps.setCursor(205);
  const CardTable one = top.card->cells(Card::Rows::visible);
  ASSERT_GT(one.n_row(), 0u);
  for (const double step : one.find("step")->numbers) EXPECT_EQ(step, 200);
}

TEST(Cards, ALogarithmicAxisSaysWhatItCannotShow) {
  Shown<> card("loss", losses({3, 2, 0, -1, 1, 0.5F}));
  card.card->setState({{"smoothing", 0.0}, {"log_y", true}});
  card.redraw();
  EXPECT_TRUE(card.card->footerText().startsWith("2 at 0 or below")) << card.card->footerText().toStdString();
  int n_drawn = 0;
  for (const auto& point : *card.card->plot().lines()[0]->graph->data()) n_drawn += std::isfinite(point.value) ? 1 : 0;
  EXPECT_EQ(n_drawn, 4);
  EXPECT_GT(card.card->plot().yRange().lower, 0);
  card.card->setState({{"log_y", false}});
  card.redraw();
  EXPECT_TRUE(card.card->footerText().startsWith("6 of 6 points shown")) << card.card->footerText().toStdString();
}

TEST(Cards, AllZerosGetARangeAboutZero) {
  Shown<> kurtosis("kurtosis", plain_run());  // the synthetic run leaves it at 0
  EXPECT_LE(kurtosis.card->plot().yRange().lower, -0.5);
  EXPECT_GE(kurtosis.card->plot().yRange().upper, 0.5);
  Shown<> constant("loss", losses({2, 2, 2, 2}));
  EXPECT_LT(constant.card->plot().yRange().lower, 2);
  EXPECT_LT(constant.card->plot().yRange().upper, 3);
}

TEST(Cards, WhatWasNeverMeasuredSaysWhy) {
  Shown<> kv("kv_slot", plain_run());
  EXPECT_TRUE(kv.card->plot().emptyText().contains("KV bias is off"));
  EXPECT_EQ(kv.card->plot().pointsTotal(), 0u);
  EXPECT_EQ(kv.card->footerText(), QString());
  Shown<> update("update_ratio", plain_run());
  EXPECT_FALSE(update.card->plot().emptyText().isEmpty());
  Shown<> nothing("weight_std", RunHistory{});
  Shown<> none("loss", losses({NAN, NAN}));
  EXPECT_EQ(none.card->plot().pointsTotal(), 0u);
}

TEST(Cards, AMeasurementBetweenGapsIsADot) {
  Shown<> card("loss", losses({NAN, 2, NAN, 1, 1}));
  card.card->setState({{"smoothing", 0.0}});
  card.redraw();
  const auto& alone = card.card->plot().lines()[0]->alone;
  ASSERT_EQ(alone.size(), 1u);
  EXPECT_EQ(alone[0].x, 2);
}

TEST(Cards, AGapIsAGapAndTheRawLineStaysUnderTheSmoothedOne) {
  RunHistory history = losses({4, 4, 4, 4});
  history.note_dropped(3);
  for (int step = 8; step < 12; ++step) history.append(with_loss(step, 1));
  Shown<> card("loss", std::move(history));
  const auto& lines = card.card->plot().lines();
  ASSERT_EQ(lines[0]->style.name, "raw");
  EXPECT_TRUE(lines[0]->style.faint);
  for (const std::size_t i : {0u, 1u}) {
    bool gap = false;
    for (const auto& point : *lines[i]->graph->data())
      gap |= !std::isfinite(point.value) && point.key >= 4 && point.key < 8;
    EXPECT_TRUE(gap) << i;
  }
}

TEST(Cards, TheTvrTargetIsDrawnWhereItWasInForce) {
  SyntheticRun run{.tvr_step = 300};
  RunHistory history = run.history(299);
  EXPECT_TRUE(tvr_limits(history).empty());
  auto on = std::make_shared<Snapshot>(*run.snapshot(300));
  on->events = {{300, "set", R"({"kind":"set","set":{"tvr.enabled":"true","tvr.target_std":"0.05"}})"}};
  history.append(on);
  auto off = std::make_shared<Snapshot>(*run.snapshot(350));
  off->events = {{350, "set", R"({"kind":"set","set":{"tvr.enabled":"false"}})"}};
  history.append(off);
  const auto limits = tvr_limits(history);
  ASSERT_EQ(limits.size(), 1u);
  EXPECT_EQ(limits[0].y, 0.05);
  EXPECT_EQ(limits[0].from, 300);
  EXPECT_EQ(limits[0].to, 350);
  EXPECT_TRUE(limits[0].in_fit);
  Shown<> card("weight_std", std::move(history));
  EXPECT_EQ(card.card->plot().thresholds().size(), 1u);
}

TEST(Cards, TheLimitsOfTheRulesAreThere) {
  Shown<> top("top_activation", plain_run());
  std::vector<double> limits;
  for (const Threshold& limit : top.card->plot().thresholds()) limits.push_back(limit.y);
  EXPECT_NE(std::find(limits.begin(), limits.end(), 65504), limits.end());
  EXPECT_NE(std::find(limits.begin(), limits.end(), 100), limits.end());
  const auto& lines = top.card->plot().lines();
  const auto rule =
      std::find_if(lines.begin(), lines.end(), [](const auto& l) { return l->style.name == "1,000 × median"; });
  ASSERT_NE(rule, lines.end());
  const auto& layers = top.history.probe().back().activation->layers;
  EXPECT_EQ((*rule)->series.at(2)->y, 1000.0 * layers[2].median);
  Shown<> ratio("ratio", plain_run());
  EXPECT_EQ(ratio.card->plot().thresholds().at(0).y, 1000);
}

TEST(Cards, TheAreaOfAMassiveDiscIsItsValue) {
  Plot plot(Plot::XAxis::own, nullptr);
  PlotDiscs discs(plot);
  discs.setDiscs({{.value = 320}, {.value = -80}, {.value = 20}, {.value = 0.1}});
  EXPECT_EQ(discs.reference(), 500);
  EXPECT_NEAR(discs.radius(320) / discs.radius(-80), 2, 1e-12);
  EXPECT_NEAR(discs.radius(160) / discs.radius(40), 2, 1e-12);
  EXPECT_EQ(discs.radius(0.1), PlotDiscs::kSmallest) << "small ones can be seen still";
  EXPECT_EQ(discs.radius(500), PlotDiscs::kLargest);
  discs.setDiscs({{.value = 501}});
  EXPECT_EQ(discs.reference(), 1000);
  Shown<MassiveMapCard> map("massive_map", plain_run(1500, 5000));
  const double reference = map.card->discs().reference();
  const auto& items = map.card->legend().items();
  EXPECT_EQ(items.back().name, tick_text(reference / 2));
  EXPECT_EQ(items.back().radius, map.card->discs().radius(reference / 2)) << "the legend's circles are to scale";
  const auto& shown = *map.history.probe_at(1500)->activation;
  ASSERT_GT(shown.massive.size(), 0u);
  EXPECT_EQ(map.card->massiveCount(), shown.massive.size());
  std::size_t n_full = 0, n_hollow = 0;
  for (const Disc& disc : map.card->discs().discs()) ++(disc.hollow ? n_hollow : n_full);
  EXPECT_EQ(n_full, shown.massive.size());
  for (const ActivationPlace& place : shown.massive) {
    const QStringList rows = map.card->plot().readout(place.channel, place.layer);
    EXPECT_TRUE(rows.contains("h\t" + value_text(place.value)));
  }
  map.steps.setCursor(1);
  EXPECT_EQ(map.card->valueText(), "none");
  EXPECT_EQ(map.card->discs().discs().size(), shown.layers.size());
}

TEST(Cards, TheTextCardHoldsWithTheView) {
  StepAxis steps;
  const RunHistory history = plain_run(1000);
  const std::unique_ptr<Card> made(make_card(QStringLiteral("samples"), &steps, nullptr));
  auto* card = dynamic_cast<SamplesCard*>(made.get());
  steps.setExtent(0, 1000);
  card->setHistory(&history);
  card->refresh(Card::Scope::even_hidden);
  EXPECT_TRUE(card->text().contains("step 1,000"));
  steps.setCursor(510);
  card->refresh(Card::Scope::even_hidden);
  EXPECT_FALSE(card->text().contains("step 750"));
  EXPECT_TRUE(card->text().startsWith("step 500"));
  EXPECT_EQ(card->valueText(), "step 500");
  steps.setCursor(3);
  card->refresh(Card::Scope::even_hidden);
  EXPECT_FALSE(card->text().contains("step 250"));
}

/// Two texts before TVR came on and one after, all of one prompt.
RunHistory texts_around_a_switch() {
  RunHistory history;
  for (const std::int64_t step : {100, 200, 300}) {
    auto s = std::make_shared<Snapshot>();
    s->step = step;
    s->sample = Sample{"Winter", " is " + std::to_string(step), {.tvr = {.enabled = step > 200}}};
    s->mitigations.tvr.enabled = step > 200;
    history.append(s);
  }
  return history;
}

TEST(Cards, TheTextCardSaysWhatWasOnAndSetsTextsSideBySide) {
  StepAxis steps;
  const RunHistory history = texts_around_a_switch();
  const std::unique_ptr<Card> made(make_card(QStringLiteral("samples"), &steps, nullptr));
  auto* card = dynamic_cast<SamplesCard*>(made.get());
  steps.setExtent(0, 300);
  card->setHistory(&history);
  card->refresh(Card::Scope::even_hidden);
  EXPECT_TRUE(card->text().startsWith("step 300 · TVR on")) << card->text().toStdString();
  EXPECT_TRUE(card->text().contains("step 100 · no switch on"));
  card->setState({{"side_by_side", true}});
  EXPECT_TRUE(card->sideText(1).contains("is 300"));
  EXPECT_TRUE(card->sideText(0).contains("is 200"));  // the last one before the switch
  EXPECT_EQ(card->state().value("side_by_side").toBool(), true);
  steps.setCursor(150);
  card->refresh(Card::Scope::even_hidden);
  EXPECT_TRUE(card->sideText(1).contains("is 100"));
}

TEST(Cards, TheTextCardAsksForATextWithAnotherPromptAndCancelsOne) {
  StepAxis steps;
  RunHistory history = texts_around_a_switch();
  const std::unique_ptr<Card> made(make_card(QStringLiteral("samples"), &steps, nullptr));
  std::vector<Command> asked;
  QObject::connect(made.get(), &Card::commandRequested, [&](const Command& command) { asked.push_back(command); });
  made->setHistory(&history);
  auto* write = made->findChild<QPushButton*>("samples.write");
  auto* prompt = made->findChild<QLineEdit*>();
  EXPECT_FALSE(write->isEnabled());  // nobody said that the run can be asked
  made->setSteering({});
  prompt->setText("Summer");
  write->click();
  ASSERT_EQ(asked.size(), 2U);
  EXPECT_EQ(asked[0].assignments, (std::vector<Assignment>{{"train.sample_prompt", "Summer"}}));
  EXPECT_EQ(asked[1].kind, Command::Kind::sample);

  auto writing = std::make_shared<Snapshot>();
  writing->step = 300;
  writing->is_update = false;
  writing->sampling = Sampling{"Summer", " is wa", 7, 120};
  history.append(writing);
  made->refresh(Card::Scope::even_hidden);
  EXPECT_TRUE(dynamic_cast<SamplesCard*>(made.get())->text().startsWith("writing, 7 of 120 tokens"));
  EXPECT_EQ(write->text(), "Cancel");
  write->click();
  ASSERT_EQ(asked.size(), 3U);
  EXPECT_EQ(asked[2].kind, Command::Kind::cancel);

  auto done = std::make_shared<Snapshot>(*writing);
  done->sampling.reset();
  history.append(done);
  made->refresh(Card::Scope::even_hidden);
  EXPECT_EQ(write->text(), "Write");
  // The prompt in force is what the last event said: it is not set again.
  auto set = std::make_shared<Snapshot>(*done);
  set->events.push_back({301, "set", R"({"kind":"set","set":{"train.sample_prompt":"Summer"}})"});
  history.append(set);
  write->click();
  ASSERT_EQ(asked.size(), 4U);
  EXPECT_EQ(asked[3].kind, Command::Kind::sample);
}

TEST(Cards, AHeldHeatMapWaitsWithNewerFramesOfTheSameLayer) {
  SyntheticRun run;
  Shown<HeatMapCard> map("heat_map", plain_run());
  map.card->setFrame(run.frame(100, 3));
  map.steps.hold();
  const QString held = map.card->valueText();
  map.card->setFrame(run.frame(1200, 3));
  EXPECT_EQ(map.card->valueText(), held);
  map.card->setFrame(run.frame(100, 1));  // asked for in the header
  EXPECT_NE(map.card->valueText(), held);
  map.card->setFrame(run.frame(1200, 1));
  map.steps.follow();
  const FramePtr last = run.frame(1200, 1);
  EXPECT_EQ(map.card->valueText(), "max " + value_text(*std::max_element(last->values.begin(), last->values.end())));
}

TEST(Cards, AHeatMapDrawsTheLayerItsHeaderNamesOrSaysThatThereIsNone) {
  SyntheticRun run;
  Shown<HeatMapCard> map("heat_map", plain_run());
  auto* layer = map.card->findChild<NumberField*>();
  ASSERT_NE(layer, nullptr);
  QSignalSpy asked(map.card, &Card::layerRequested);
  map.card->setFrame(run.frame(100, 3));
  EXPECT_EQ(layer->value(), 3) << "nobody chose a layer yet";
  const auto drawn = [&] { return map.card->frame() ? map.card->frame()->layer : -1; };
  EXPECT_EQ(drawn(), 3);
  layer->setValue(1);  // the run has ended, or its next frame is yet to come
  ASSERT_EQ(asked.count(), 1);
  EXPECT_EQ(asked[0][0].toInt(), 1);
  EXPECT_EQ(drawn(), -1) << "the picture of layer 3 under the name of layer 1";
  EXPECT_EQ(map.card->raster().columns(), 0);
  EXPECT_TRUE(map.card->valueText().isEmpty());
  EXPECT_TRUE(map.card->plot().emptyText().contains("No frame of layer 1"))
      << map.card->plot().emptyText().toStdString();
  EXPECT_TRUE(map.card->plot().emptyText().contains("one of layer 3"));
  EXPECT_TRUE(map.card->summary().contains("layer 1")) << map.card->summary().toStdString();
  EXPECT_EQ(map.card->cells(Card::Rows::all).n_row(), 0u);
  map.card->setFrame(run.frame(110, 3));  // another card asked for it
  EXPECT_EQ(layer->value(), 1) << "what the user chose stays";
  EXPECT_EQ(drawn(), -1);
  layer->setValue(3);
  EXPECT_EQ(drawn(), 3);
  EXPECT_EQ(map.card->frame()->step, 110) << "the newest of that layer";
  layer->setValue(1);
  map.card->setFrame(run.frame(120, 1));
  EXPECT_EQ(drawn(), 1);
  EXPECT_TRUE(map.card->plot().emptyText().isEmpty());
  // Another run: nothing of this one stays.
  const RunHistory other = plain_run(50);
  map.card->setHistory(&other);
  EXPECT_EQ(drawn(), -1);
}

TEST(Cards, AHeatMapWithNaNCountsThemAndHasALegend) {
  auto frame = std::make_shared<Frame>(*SyntheticRun{}.frame(100, 3));
  frame->values[7] = NAN;
  Shown<HeatMapCard> map("heat_map", plain_run());
  map.card->setFrame(frame);
  EXPECT_EQ(map.card->valueText(), "1 not finite");
  ASSERT_EQ(map.card->legend().items().size(), 1u);
  EXPECT_EQ(map.card->legend().items()[0].sign, LegendStrip::Item::Sign::hatch);
  map.card->setFrame(SyntheticRun{}.frame(101, 3));
  EXPECT_TRUE(map.card->legend().items().empty());
}

TEST(Cards, HiddenPlotsAreNotDrawn) {
  Shown<> card("loss", plain_run());
  QTest::qWait(1);
  card.card->hide();
  QSignalSpy drawn(&card.card->plot(), &QCustomPlot::afterReplot);
  for (int step = 401; step < 420; ++step) card.history.append(SyntheticRun{}.snapshot(step));
  card.deck.tick();
  QApplication::processEvents();
  EXPECT_EQ(drawn.count(), 0);
  card.card->show();
  QApplication::processEvents();
  EXPECT_GT(drawn.count(), 0);
}

TEST(Cards, NothingOverlapsInAHeaderOfAnyWidth) {
  for (const QString& name : card_names()) {
    StepAxis steps;
    RunHistory history = plain_run(1500, 1200);
    QWidget window;
    Card* card = make_card(name, &steps, &window);
    CardDeck deck(&steps);
    deck.add(card);
    window.resize(700, 300);
    window.show();
    deck.setHistory(&history);
    steps.setCursor(1250);
    for (int width = 700; width >= 200; width -= 20) {
      card->resize(width, 260);
      const CardHeader& header = card->header();
      std::vector<QRect> boxes{header.titleBox()};
      if (!header.valueBox().isEmpty()) boxes.push_back(header.valueBox());
      for (const QWidget* child : header.findChildren<QWidget*>(QString(), Qt::FindDirectChildrenOnly)) {
        if (!child->isHidden()) boxes.push_back(child->geometry());
      }
      for (std::size_t i = 0; i < boxes.size(); ++i) {
        EXPECT_LE(boxes[i].right(), header.width()) << name.toStdString() << ' ' << width;
        for (std::size_t j = 0; j < i; ++j) {
          EXPECT_FALSE(boxes[i].intersects(boxes[j]))
              << name.toStdString() << " at " << width << ": " << i << ", " << j;
        }
      }
    }
  }
}

TEST(Cards, AChangingValueMovesNothing) {
  Shown<> card("loss", plain_run());
  const QRect title = card.card->header().titleBox(), value = card.card->header().valueBox();
  for (int step = 401; step < 460; ++step) {
    card.history.append(SyntheticRun{.tvr_step = 300}.snapshot(step));
    card.deck.tick();
  }
  EXPECT_EQ(card.card->header().titleBox(), title);
  EXPECT_EQ(card.card->header().valueBox(), value);
}

TEST(Cards, PicturesOfARowBeginAtTheSameHeightAndOfAColumnAtTheSamePlace) {
  std::optional<QRect> first;
  for (const QString& name : card_names()) {
    StepAxis steps;
    RunHistory history = plain_run();
    QWidget window;
    auto* card = dynamic_cast<PlotCard*>(make_card(name, &steps, &window));
    if (!card) continue;
    card->resize(420, 300);
    window.show();
    card->setHistory(&history);
    card->plot().replot();
    QRect area = card->plot().axisRect()->rect();
    area.translate(card->plot().mapTo(card, QPoint(0, 0)));
    if (!first) first = area;
    EXPECT_EQ(area.topLeft(), first->topLeft()) << name.toStdString();
    EXPECT_EQ(area.bottom(), first->bottom()) << name.toStdString();
  }
}

TEST(Cards, AnEventIsNamedInAWordOnTheCurvesAndInFullInTheList) {
  const Event alarm{30, "alarm", R"({"what":"first activation past the ratio","layer":0,"value":0.5438298583})"};
  EXPECT_EQ(event_mark(alarm), "outlier");
  EXPECT_TRUE(event_sentence(alarm).startsWith("first activation past the ratio: layer 0"));
  const Event whole{
      30, "alarm",
      R"({"channel":1,"layer":0,"ratio":10.16,"token":21,"value":-3,"what":"w","where":"training batch"})"};
  EXPECT_EQ(event_sentence(whole), "w: layer 0, token 21, channel 1, h -3, 10.16 × median (training batch)");
  EXPECT_EQ(event_mark({3, "alarm", R"({"what":"loss jumped"})"}), "loss jump");
  EXPECT_EQ(event_mark({3, "alarm", "not json"}), "alarm");
  EXPECT_EQ(event_mark({3, "checkpoint", "{}"}), "");
  EXPECT_EQ(event_sentence({9, "thinned", R"({"budget":0.05,"factor":2,"observe_fraction":0.0612})"}),
            "observing thinned to 1 in 2 measurements: it takes 6.12 % of the time, the budget is 5 %");
  EXPECT_EQ(event_sentence({9, "thinned", R"({"budget":0.05,"factor":1,"observe_fraction":0.01})"}),
            "observing at every measurement that is due: it takes 1 % of the time, the budget is 5 %");
}

TEST(Cards, TheValueOfAFigureNeverTouchesItsTitle) {
  for (const QString& name : card_names()) {
    StepAxis steps;
    const RunHistory history = plain_run(1500, 1200);
    steps.setExtent(0, 1500);
    const std::unique_ptr<Card> card(make_card(name, &steps, nullptr));
    card->setHistory(&history);
    card->refresh(Card::Scope::even_hidden);
    QFont bold = card->font();
    bold.setWeight(QFont::DemiBold);
    for (const double width : {600.0, 300.0, 160.0, 90.0, 40.0}) {
      const Card::FigureHead head = card->figureHead(width);
      const double taken =
          QFontMetricsF(bold).horizontalAdvance(head.title) + QFontMetricsF(card->font()).horizontalAdvance(head.value);
      EXPECT_LE(taken, width) << name.toStdString() << ' ' << width;
      EXPECT_TRUE(width < 500 || head.title == card->title()) << name.toStdString();
    }
  }
}

TEST(Cards, TheRoleChooserIsAsWideAsItsWords) {
  Shown<> card("weight_std", RunHistory{}, {360, 300});
  card.history = plain_run();  // the roles come after the card was shown first
  card.deck.setHistory(&card.history);
  QTest::qWait(1);
  const auto* role = card.card->findChild<QComboBox*>();
  ASSERT_NE(role, nullptr);
  EXPECT_GE(role->width(), role->sizeHint().width());
  EXPECT_GE(role->sizeHint().width(), role->fontMetrics().horizontalAdvance(QStringLiteral("down_proj")) + 20);
}

TEST(Cards, WhatIsWrittenOverAPointStaysInsideTheAxes) {
  for (const int height : {190, 240, 400}) {
    Shown<MassiveMapCard> map("massive_map", plain_run(1500, 5000), {420, height});
    Shown<> top("top_activation", plain_run(1500, 5000), {420, height});
    for (Plot* plot : {&map.card->plot(), &top.card->plot()}) {
      plot->replot();
      ASSERT_EQ(plot->notes().size(), 1u);
      const Note& note = plot->notes()[0];
      const double text = QFontMetricsF(plot->xAxis->tickLabelFont()).height();
      EXPECT_GE(plot->yAxis->coordToPixel(note.y) - note.away - text, plot->axisRect()->top()) << height;
    }
  }
}

TEST(Legend, UsesBriefNamesWhereTheFullOnesHaveNoRoom) {
  LegendStrip legend;
  std::vector<LegendStrip::Item> items;
  for (int i = 0; i < 4; ++i) items.push_back({.name = QStringLiteral("a long name"), .brief = QStringLiteral("b")});
  legend.setItems(items);
  for (const auto& [width, brief] : {std::pair{600, false}, {160, true}}) {
    legend.resize(width, legend.sizeHint().height());
    EXPECT_EQ(legend.showsBriefNames(), brief) << width;
  }
}

TEST(Cards, TheLargestOverStepsIsThatOfTheHistoryWithTheLineOfTheRuleInForce) {
  for (const bool ratio_only : {false, true}) {
    RunHistory history;
    SyntheticRun run{.tvr_step = 300};
    history.set_info(run.info());
    for (std::int64_t step = 0; step <= 400; ++step) {
      auto snapshot = std::make_shared<Snapshot>(*run.snapshot(step));
      snapshot->probe_config.ratio_only = ratio_only;
      history.append(snapshot);
    }
    Shown<> card("max_activation", history);
    const auto& lines = card.card->plot().lines();
    ASSERT_EQ(lines.size(), 3u);
    for (const auto& row : history.probe()) {
      double largest = 0;
      for (std::int64_t layer = 0; layer < run.n_layer; ++layer) largest = std::max(largest, run.top(row.step, layer));
      const auto x = static_cast<double>(row.step);
      EXPECT_FLOAT_EQ(static_cast<float>(lines[0]->series.at(x)->y), static_cast<float>(largest)) << row.step;
      EXPECT_EQ(lines[1]->series.at(x)->y, lines[0]->series.at(x)->y);
      // Layer 1 has the largest |h| of this run; its median is 0.35.
      const float median = row.activation->layers[1].median;
      EXPECT_FLOAT_EQ(static_cast<float>(lines[2]->series.at(x)->y), ratio_only ? 20 * median : 1000 * median);
    }
    EXPECT_TRUE(card.card->plot().logY());
    EXPECT_EQ(lines[2]->style.name.toStdString(),
              ratio_only ? "outlier above (20 × median)" : "massive above (100 and 1,000 × median)");
    const CardTable table = card.card->cells(Card::Rows::all);
    EXPECT_EQ(table.n_row(), history.probe().size());
    EXPECT_FLOAT_EQ(static_cast<float>(table.find("probe")->numbers.back()),
                    static_cast<float>(lines[0]->series.last_y()));
    const auto recipe = card.card->recipe();
    ASSERT_TRUE(recipe);
    for (const auto& line : recipe->lines) EXPECT_NE(table.find(line.column.toStdString()), nullptr);
    // The map beside it goes by the same words.
    Shown<> map("massive_map", history);
    EXPECT_TRUE(map.card->title().startsWith(ratio_only ? "Outlier activations" : "Massive activations"));
  }
}

TEST(Cards, BookkeepingStaysOffTheCurvesAndARemarkIsNeverLeftOut) {
  RunHistory history = plain_run(200, 1000);
  const auto happened = [&](std::int64_t step, const char* kind, const char* detail) {
    history.add_event({step, kind, detail});
  };
  for (int i = 0; i < 28; ++i) happened(50, "rescale", R"({"tensor":"w","std":0.02,"target":0.01})");
  happened(51, "alarm", R"({"what":"loss jumped","loss":3,"before":1})");
  happened(60, "thinned", R"({"factor":2})");
  happened(60, "checkpoint", R"({"path":"x"})");
  happened(120, "alarm", R"({"what":"loss jumped","loss":3,"before":1})");
  happened(150, "set", R"({"set":{"tvr.enabled":"true"}})");
  history.add_event(mark_event({150, "look here"}));
  Shown<> card("loss", history);
  QStringList labels;
  for (const EventMark& mark : card.card->plot().eventMarks()) labels << mark.label;
  EXPECT_EQ(labels.join('|').toStdString(), "loss jump|TVR on|look here");
  EXPECT_TRUE(card.card->plot().eventMarks().back().remark);
}

TEST(Cards, WhereManyThingsHappenedThereAreTicksAndTheCurvesStayClear) {
  const auto columns_drawn = [](int n_event) {
    RunHistory history = losses(std::vector<float>(1000, 1.0F));
    for (int i = 0; i < n_event; ++i) {
      history.add_event({1 + i * 990 / n_event, "set", R"({"set":{"train.learning_rate":"0.1"}})"});
    }
    Shown<> card("loss", history);
    const QImage image = card.card->plot().grab().toImage();
    const QRect area = card.card->plot().axisRect()->rect();
    const QRgb event = card.card->currentTheme().event.rgb();
    int n = 0;
    for (int x = area.left(); x < area.right(); ++x) {
      bool found = false;
      for (int y = area.top() + 5; y < area.center().y() - 20; ++y) found |= image.pixel(x, y) == event;
      n += found ? 1 : 0;
    }
    return n;
  };
  EXPECT_EQ(columns_drawn(5), 5);
  EXPECT_EQ(columns_drawn(200), 0);
}

TEST(Cards, FiguresCarryTitleAndProvenance) {
  const QTemporaryDir folder;
  StepAxis steps;
  const RunHistory history = plain_run();
  steps.setExtent(0, 400);
  const std::unique_ptr<Card> card(make_card(QStringLiteral("loss"), &steps, nullptr));
  card->setHistory(&history);
  const auto content = [&](const char* name) {
    const QString path = folder.filePath(QString::fromLatin1(name));
    save_figure({card.get()}, path, {});
    std::ifstream file(path.toStdString(), std::ios::binary);
    return std::string(std::istreambuf_iterator<char>(file), {});
  };
  const std::string svg = content("loss.svg");
  EXPECT_NE(svg.find("<title>Loss</title>"), std::string::npos);
  EXPECT_NE(svg.find("run synthetic"), std::string::npos);
  EXPECT_NE(svg.find("loss (nats)"), std::string::npos);
  EXPECT_TRUE(content("loss.pdf").starts_with("%PDF"));
  content("loss.png");
  const QImage png(folder.filePath("loss.png"));
  EXPECT_EQ(png.text("Title"), "Loss");
  EXPECT_TRUE(png.text("Description").contains("run synthetic"));
}

}  // namespace
}  // namespace variometer
