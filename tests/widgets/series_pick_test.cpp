// SPDX-License-Identifier: GPL-3.0-or-later
// Tensors and layers picked from the tree of the model, in the cards they are brought to.
#include "widgets/series_pick.h"

#include <gtest/gtest.h>

#include <QAction>
#include <QComboBox>
#include <QMenu>
#include <QMimeData>
#include <QSignalSpy>
#include <memory>

#include "tests/widgets/synthetic_run.h"
#include "widgets/card_carpet.h"
#include "widgets/card_factory.h"
#include "widgets/card_heat_map.h"
#include "widgets/card_layers.h"

namespace variometer {
namespace {

constexpr std::size_t kRoles = 7;  // of a layer of the synthetic run: q_proj is the first, down_proj the last

class Picks : public ::testing::Test {
 protected:
  template <class T = LayerLinesCard>
  T* card(const char* name) {
    auto* made = dynamic_cast<T*>(make_card(QString::fromLatin1(name), &steps, &window));
    made->setHistory(&history);
    made->refresh(Card::Scope::even_hidden);
    return made;
  }
  SeriesPick tensor(std::size_t layer, std::size_t role) const {
    return SeriesPick::tensor(history.info(), 1 + layer * kRoles + role);
  }
  SeriesPick layer(int i) const { return SeriesPick::wholeLayer(history.info(), i); }
  static QStringList names(const LayerLinesCard& card) {
    QStringList names;
    for (const auto& line : card.plot().lines()) names << line->style.name;
    return names;
  }

  SyntheticRun run;
  RunHistory history = run.history(100);
  StepAxis steps;
  QWidget window;
};

TEST_F(Picks, TravelAsTheDataOfADrag) {
  for (const SeriesPick& pick : {tensor(3, 6), layer(2), SeriesPick::tensor(history.info(), 0)}) {
    const std::unique_ptr<QMimeData> data(pick.toMime());
    const auto again = SeriesPick::fromMime(*data);
    ASSERT_TRUE(again);
    EXPECT_EQ(*again, pick);
  }
  EXPECT_EQ(tensor(3, 6).text, QStringLiteral("down_proj of layer 3"));
  EXPECT_EQ(layer(2).text, QStringLiteral("layer 2"));
  EXPECT_EQ(layer(2).tensors.size(), static_cast<qsizetype>(kRoles));
  EXPECT_EQ(SeriesPick::tensor(history.info(), 0).text, QStringLiteral("embed_tokens"));
  QMimeData file;
  file.setUrls({QUrl(QStringLiteral("file:///tmp/run.h5"))});
  EXPECT_FALSE(SeriesPick::fromMime(file));
  QMimeData damaged;
  damaged.setData(QStringLiteral("application/x-variometer-series"), QByteArray("\0\0\0", 3));
  EXPECT_FALSE(SeriesPick::fromMime(damaged));
}

TEST_F(Picks, ATensorIsDrawnBesideTheLinesOfTheRoleWithItsOwnValues) {
  LayerLinesCard* weights = card("weight_std");
  ASSERT_EQ(names(*weights).size(), run.n_layer);
  const Card::Offer offer = weights->offer(tensor(2, 0));
  EXPECT_TRUE(offer.possible);
  EXPECT_EQ(offer.text, QStringLiteral("Add q_proj of layer 2"));
  weights->add(tensor(2, 0));
  EXPECT_EQ(names(*weights).back(), QStringLiteral("2 q_proj"));
  const PlotLine& line = *weights->plot().lines().back();
  EXPECT_EQ(line.series.n_finite(), history.weights().size());
  for (const std::int64_t step : {0, 50, 100}) {
    EXPECT_FLOAT_EQ(static_cast<float>(line.series.at(static_cast<double>(step))->y),
                    static_cast<float>(run.weight_std(step, 2, 0)));
  }
  EXPECT_FALSE(weights->offer(tensor(2, 0)).possible) << "it is there";
  EXPECT_FALSE(weights->offer(tensor(2, 6)).possible) << "the role draws it";
  // What is exported has it too, from a column of the table.
  const auto recipe = weights->recipe();
  ASSERT_TRUE(recipe);
  EXPECT_EQ(recipe->lines.back().column, QStringLiteral("model.layers.2.q_proj.weight"));
  EXPECT_NE(weights->cells(Card::Rows::all).find("model.layers.2.q_proj.weight"), nullptr);
  // Of a layer all that is not drawn yet.
  weights->add(layer(2));
  EXPECT_EQ(names(*weights).size(), run.n_layer + static_cast<qsizetype>(kRoles) - 1);
}

TEST_F(Picks, ACardOfChosenTensorsKeepsThemOverBytesAndLosesThemOneByOne) {
  LayerLinesCard* weights = card("weight_std");
  const auto [name, state] = weights->cardOf(layer(1));
  LayerLinesCard* own = card(name.toLatin1().constData());
  own->setState(state);
  EXPECT_EQ(names(*own).size(), static_cast<qsizetype>(kRoles));
  EXPECT_EQ(own->title(), QStringLiteral("Weight std, layer 1"));
  EXPECT_EQ(own->valueText(), weights->valueText().isEmpty() ? QString() : own->valueText());
  own->add(tensor(3, 0));
  EXPECT_EQ(own->title(), QStringLiteral("Weight std, chosen tensors"));

  LayerLinesCard* again = card("weight_std");
  again->setState(own->state());
  EXPECT_EQ(names(*again), names(*own));
  EXPECT_EQ(again->state(), own->state());

  // Gone by the card's own menu, as a step that is told.
  QSignalSpy about(again, &Card::stateAboutToChange), changed(again, &Card::stateChanged);
  const auto remove = [&](const QString& which) {
    QAction* menu = again->cardActions().back();
    ASSERT_TRUE(menu != nullptr && menu->menu() != nullptr);
    for (QAction* action : menu->menu()->actions()) {
      if (action->text() == which) return action->trigger();
    }
    FAIL() << which.toStdString();
  };
  remove(QStringLiteral("3 q_proj"));
  EXPECT_EQ(about.count(), 1);
  EXPECT_EQ(changed.count(), 1);
  EXPECT_EQ(names(*again).size(), static_cast<qsizetype>(kRoles));
  while (again->state().value(QStringLiteral("tensors")).toStringList().size() > 0) remove(names(*again).front());
  EXPECT_EQ(names(*again).size(), run.n_layer) << "without any it is a card of a role";
  EXPECT_EQ(again->title(), QStringLiteral("Weight std by layer"));
}

TEST_F(Picks, ARunWithoutTheChosenTensorsSaysSo) {
  LayerLinesCard* own = card("weight_std");
  own->setState({{QStringLiteral("role"), QString()},
                 {QStringLiteral("tensors"), QStringList{QStringLiteral("transformer.h.0.attn.c_attn.weight")}}});
  EXPECT_TRUE(own->plot().lines().empty());
  EXPECT_EQ(own->plot().emptyText(), QStringLiteral("This run has none of the chosen tensors"));
}

TEST_F(Picks, ACardWhoseRunIsGoneOrAnotherKeepsItsNameUntilItTakesAnew) {
  LayerLinesCard* own = card("weight_std");
  own->setState(own->cardOf(layer(5)).second);
  own->setHistory(nullptr);
  own->fixTheme(Theme::Kind::dark);  // recoloured: asks for the name
  EXPECT_EQ(own->title(), QStringLiteral("Weight std, layer 5"));
  EXPECT_EQ(own->cardActions().back()->menu()->actions().size(), static_cast<qsizetype>(kRoles));
  const SyntheticRun small{.n_layer = 1};
  const RunHistory other = small.history(20);
  own->setHistory(&other);  // not shown yet
  own->fixTheme(Theme::Kind::light);
  own->refresh(Card::Scope::even_hidden);
  EXPECT_TRUE(own->plot().lines().empty());
  EXPECT_EQ(own->plot().emptyText(), QStringLiteral("This run has none of the chosen tensors"));
}

TEST_F(Picks, ALayerOfActivationsStandsAloneAndOthersJoinIt) {
  LayerLinesCard* ratio = card("ratio");
  EXPECT_FALSE(ratio->offer(layer(2)).possible) << "all layers are drawn";
  EXPECT_FALSE(ratio->offer(tensor(2, 0)).possible);
  const auto [name, state] = ratio->cardOf(layer(2));
  EXPECT_EQ(name, QStringLiteral("ratio"));
  LayerLinesCard* own = card("ratio");
  own->setState(state);
  const auto visible = [](const LayerLinesCard& of) {
    QList<int> layers;
    for (std::size_t i = 0; i < of.plot().lines().size(); ++i) {
      if (of.plot().lines()[i]->visible) layers << static_cast<int>(i);
    }
    return layers;
  };
  EXPECT_EQ(visible(*own), QList<int>{2});
  EXPECT_EQ(own->title(), QStringLiteral("Max / median of |h|, layer 2"));
  const auto& items = own->legend().items();
  for (std::size_t i = 0; i < items.size(); ++i) EXPECT_EQ(items[i].visible, i == 2) << i;
  ASSERT_TRUE(own->offer(layer(4)).possible);
  own->add(layer(4));
  EXPECT_EQ(visible(*own), (QList<int>{2, 4}));
  LayerLinesCard* again = card("ratio");
  again->setState(own->state());
  EXPECT_EQ(visible(*again), (QList<int>{2, 4}));
  // A tensor beside it is of the weights.
  EXPECT_EQ(ratio->cardOf(tensor(2, 0)).first, QStringLiteral("weight_std"));
}

TEST_F(Picks, WhatIsHiddenByTheLegendIsRememberedAsTheStateOfTheCard) {
  LayerLinesCard* ratio = card("ratio");
  ratio->plot().setLineVisible(1, false);
  LayerLinesCard* again = card("ratio");
  again->setState(ratio->state());
  EXPECT_FALSE(again->plot().lines()[1]->visible);
  EXPECT_TRUE(again->plot().lines()[0]->visible);
  for (std::size_t i = 0; i < ratio->plot().lines().size(); ++i) ratio->plot().setLineVisible(i, false);
  again->setState(ratio->state());
  for (const auto& line : again->plot().lines()) EXPECT_FALSE(line->visible) << "none is not all";
}

TEST_F(Picks, MapsShowTheLayerOrTheRoleAndOthersSayWhyNot) {
  auto* carpet = card<WeightCarpetCard>("weight_std_carpet");
  EXPECT_FALSE(carpet->offer(layer(1)).possible);
  ASSERT_TRUE(carpet->offer(tensor(1, 0)).possible);
  carpet->add(tensor(1, 0));
  EXPECT_EQ(carpet->state().value(QStringLiteral("role")).toString(), QStringLiteral("q_proj"));
  EXPECT_FALSE(carpet->offer(tensor(3, 0)).possible) << "it is shown";

  auto* heat = card<HeatMapCard>("heat_map");
  EXPECT_FALSE(heat->offer(tensor(1, 0)).possible);
  QSignalSpy asked(heat, &Card::layerRequested);
  ASSERT_TRUE(heat->offer(layer(3)).possible);
  heat->add(layer(3));
  ASSERT_EQ(asked.count(), 1);
  EXPECT_EQ(asked.front().front().toInt(), 3);

  for (const char* name : {"loss", "top_activation", "massive_map", "samples"}) {
    const Card* other = card<Card>(name);
    EXPECT_FALSE(other->offer(layer(1)).possible) << name;
    EXPECT_FALSE(other->offer(layer(1)).text.isEmpty()) << name;
    EXPECT_EQ(other->cardOf(layer(1)).first, QStringLiteral("weight_std")) << name;
  }
}

TEST_F(Picks, TheLegendNamesChosenTensorsBesideTheRampAndCountsThoseWithoutRoom) {
  LayerLinesCard* weights = card("weight_std");
  LegendStrip& legend = weights->legend();
  weights->add(tensor(2, 0));
  legend.resize(2000, 20);
  EXPECT_EQ(legend.leftOut(), 0U);
  ASSERT_EQ(legend.items().size(), static_cast<std::size_t>(run.n_layer) + 1);
  EXPECT_FALSE(legend.items().back().in_ramp);
  weights->add(layer(3));
  legend.resize(320, 20);
  EXPECT_GT(legend.leftOut(), 0U);
  EXPECT_LT(legend.leftOut(), kRoles) << "some have room";
}

}  // namespace
}  // namespace variometer
