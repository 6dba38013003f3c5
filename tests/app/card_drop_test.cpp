// SPDX-License-Identifier: GPL-3.0-or-later
// Tensors, layers and cards dragged to where they should be: design ui b.1.
#include <gtest/gtest.h>

#include <QDragEnterEvent>
#include <QDropEvent>
#include <QMenu>
#include <QMimeData>
#include <QTabBar>
#include <QTest>
#include <QToolButton>
#include <QTreeWidget>
#include <algorithm>
#include <memory>

#include "app/card_tabs.h"
#include "app/drop_hint.h"
#include "tests/app/window_fixture.h"
#include "widgets/card_layers.h"
#include "widgets/panel_tree.h"

namespace variometer {
namespace {

using Direction = CardLayout::Direction;

/// "a b / c d": the rows of a page.
QString rows_of(const CardLayout& layout, std::size_t page = 0) {
  QStringList rows;
  for (const auto& row : layout.pages.at(page).rows) {
    QStringList names;
    for (const auto& card : row.cards) names << card.name;
    rows << names.join(QLatin1Char(' '));
  }
  return rows.join(QStringLiteral(" / "));
}

TEST(CardLayout, InsertsBesideOverAndUnder) {
  const auto with = [](Direction side) {
    CardLayout layout = CardLayout::standard();
    layout.insert({0, 0, 1}, side, {QStringLiteral("x"), {}});
    return rows_of(layout);
  };
  EXPECT_EQ(with(Direction::left),
            QStringLiteral("loss x weight_std max_activation / top_activation ratio massive_map"));
  EXPECT_EQ(with(Direction::right),
            QStringLiteral("loss weight_std x max_activation / top_activation ratio massive_map"));
  EXPECT_EQ(with(Direction::up),
            QStringLiteral("x / loss weight_std max_activation / top_activation ratio massive_map"));
  EXPECT_EQ(with(Direction::down),
            QStringLiteral("loss weight_std max_activation / x / top_activation ratio massive_map"));
  CardLayout sized = CardLayout::standard();
  sized.pages[0].rows[0].sizes = {900, 500, 400};
  sized.insert({0, 0, 0}, Direction::right, {QStringLiteral("x"), {}});
  EXPECT_EQ(sized.pages[0].rows[0].sizes, (QList<int>{450, 450, 500, 400})) << "it shares the room";
  sized.insert({0, 0, 3}, Direction::left, {QStringLiteral("y"), {}});
  EXPECT_TRUE(sized.pages[0].rows[0].sizes.isEmpty()) << "too little to share: all alike";
}

TEST(CardLayout, MovingBesideLosesAndDoublesNothingAndEndsWhereItShould) {
  // Every card to every side of every other one, on the same page and on another.
  const CardLayout before = CardLayout::standard();
  const auto all = [](const CardLayout& layout) {
    QStringList names;
    for (std::size_t p = 0; p < layout.pages.size(); ++p)
      names << rows_of(layout, p).split(QRegularExpression("[ /]+"));
    names.removeAll(QString());
    std::sort(names.begin(), names.end());
    return names;
  };
  std::vector<CardLayout::At> places;
  for (std::size_t p = 0; p < 2; ++p) {
    for (std::size_t r = 0; r < before.pages[p].rows.size(); ++r) {
      for (std::size_t c = 0; c < before.pages[p].rows[r].cards.size(); ++c) places.push_back({p, r, c});
    }
  }
  int tried = 0;
  for (const auto& from : places) {
    for (const auto& to : places) {
      if (from == to) continue;
      for (const Direction side : {Direction::left, Direction::right, Direction::up, Direction::down}) {
        CardLayout layout = before;
        auto& moved = layout.pages[from.page].rows[from.row].cards[from.column];
        auto& target = layout.pages[to.page].rows[to.row].cards[to.column];
        moved.state[QStringLiteral("mark")] = 1;
        target.state[QStringLiteral("mark")] = 2;
        layout.moveBeside(from, to, side);
        EXPECT_EQ(all(layout), all(before));
        CardLayout::At a{}, b{};
        for (std::size_t r = 0; r < layout.pages[to.page].rows.size(); ++r) {
          const auto& cards = layout.pages[to.page].rows[r].cards;
          EXPECT_FALSE(cards.empty());
          for (std::size_t c = 0; c < cards.size(); ++c) {
            const int mark = cards[c].state.value(QStringLiteral("mark")).toInt();
            if (mark == 1) a = {to.page, r, c};
            if (mark == 2) b = {to.page, r, c};
          }
        }
        switch (side) {
          case Direction::left: EXPECT_TRUE(a.row == b.row && a.column + 1 == b.column); break;
          case Direction::right: EXPECT_TRUE(a.row == b.row && a.column == b.column + 1); break;
          case Direction::up: EXPECT_TRUE(a.row + 1 == b.row && a.column == 0); break;
          case Direction::down: EXPECT_TRUE(a.row == b.row + 1 && a.column == 0); break;
        }
        ++tried;
      }
    }
  }
  EXPECT_EQ(tried, 11 * 10 * 4);
}

class CardDrop : public WindowTest {
 protected:
  void SetUp() override {
    WindowTest::SetUp();
    window->resize(1500, 1000);
    start();
    for (int i = 0; i < 20; ++i) run->step();
    settle();
  }
  CardTabs& tabs() { return *window->cards(); }
  QString rows() { return rows_of(tabs().layout(), static_cast<std::size_t>(tabs().currentIndex())); }
  Card* card(const char* name) { return tabs().card(QString::fromLatin1(name)); }
  LayerLinesCard* weights() { return dynamic_cast<LayerLinesCard*>(card("weight_std")); }
  SeriesPick pick(const char* name) {
    const auto& tensors = window->session()->history().info().tensors;
    const auto at = std::find_if(tensors.begin(), tensors.end(), [&](const auto& t) { return t.name == name; });
    return SeriesPick::tensor(window->session()->history().info(), static_cast<std::size_t>(at - tensors.begin()));
  }
  /// A point of the card, in parts of its size.
  QPoint at(const Card* of, double x, double y) {
    return of->mapTo(&tabs(), QPoint(static_cast<int>(of->width() * x), static_cast<int>(of->height() * y)));
  }
  /// Dragged in, moved, dropped; false: refused before the drop.
  bool drop(const QMimeData& data, QPoint to) {
    QDragEnterEvent enter(to, Qt::CopyAction | Qt::MoveAction, &data, Qt::LeftButton, Qt::NoModifier);
    QApplication::sendEvent(&tabs(), &enter);
    QDragMoveEvent move(to, Qt::CopyAction | Qt::MoveAction, &data, Qt::LeftButton, Qt::NoModifier);
    QApplication::sendEvent(&tabs(), &move);
    hint = tabs().findChild<DropHint*>()->isVisible() ? tabs().findChild<DropHint*>()->text() : QString();
    if (!move.isAccepted()) {
      QDragLeaveEvent leave;
      QApplication::sendEvent(&tabs(), &leave);
      return false;
    }
    QDropEvent event(to, Qt::CopyAction | Qt::MoveAction, &data, Qt::LeftButton, Qt::NoModifier);
    QApplication::sendEvent(&tabs(), &event);
    EXPECT_FALSE(tabs().findChild<DropHint*>()->isVisible());
    return event.isAccepted();
  }
  bool drop(const SeriesPick& what, QPoint to) {
    const std::unique_ptr<QMimeData> data(what.toMime());
    return drop(*data, to);
  }
  QAction* action(const char* id) { return window->actions().require(QString::fromLatin1(id)); }

  QString hint;  ///< what was said before the last drop
};

TEST_F(CardDrop, ATensorOntoACardIsAddedAndTakenBack) {
  const std::size_t before = weights()->plot().lines().size();
  ASSERT_TRUE(drop(pick("model.layers.1.self_attn.q_proj.weight"), at(weights(), 0.5, 0.5)));
  EXPECT_EQ(hint, QStringLiteral("Add self_attn.q_proj of layer 1"));
  EXPECT_EQ(weights()->plot().lines().size(), before + 1);
  EXPECT_GT(weights()->plot().lines().back()->series.n_finite(), 0U);
  EXPECT_EQ(tabs().current(), weights());
  action("edit.undo")->trigger();
  EXPECT_EQ(weights()->plot().lines().size(), before);
  action("edit.redo")->trigger();
  EXPECT_EQ(weights()->plot().lines().size(), before + 1);
}

TEST_F(CardDrop, WhatACardCannotShowIsRefusedWithTheReason) {
  const QString before = rows();
  EXPECT_FALSE(drop(pick("lm_head.weight"), at(card("loss"), 0.5, 0.5)));
  EXPECT_TRUE(hint.startsWith(QStringLiteral("This card shows the whole model"))) << hint.toStdString();
  EXPECT_EQ(rows(), before);
  QMimeData file;
  file.setUrls({QUrl::fromLocalFile(QStringLiteral("/tmp/run.h5"))});
  EXPECT_FALSE(drop(file, at(card("loss"), 0.5, 0.5))) << "a file is the window's";
  EXPECT_TRUE(hint.isEmpty());
}

TEST_F(CardDrop, AtAnEdgeItGetsACardOfItsOwn) {
  Card* const old = weights();
  ASSERT_TRUE(drop(pick("model.layers.1.self_attn.q_proj.weight"), at(card("loss"), 0.95, 0.5)));
  EXPECT_EQ(hint, QStringLiteral("New card with self_attn.q_proj of layer 1"));
  EXPECT_EQ(rows(), QStringLiteral("loss weight_std weight_std max_activation / top_activation ratio massive_map"));
  auto* made = dynamic_cast<LayerLinesCard*>(tabs().shownCards()[1]);
  ASSERT_NE(made, nullptr);
  EXPECT_NE(made, old) << "the card that was there stays the one it was";
  EXPECT_EQ(tabs().shownCards()[2], old);
  EXPECT_EQ(tabs().current(), made);
  EXPECT_EQ(made->title(), QStringLiteral("Weight std, layer 1"));
  ASSERT_EQ(made->plot().lines().size(), 1U);
  EXPECT_GT(made->plot().pointsTotal(), 0U);
  // The role that is chosen in the tree is that of the others.
  tabs().setRole(QStringLiteral("k_proj"));
  EXPECT_EQ(made->plot().lines().size(), 1U);
  EXPECT_EQ(dynamic_cast<LayerLinesCard*>(old)->state().value(QStringLiteral("role")), QStringLiteral("k_proj"));
  // It survives as part of the layout.
  const QByteArray bytes = tabs().saveLayout();
  tabs().resetLayout();
  EXPECT_EQ(tabs().shownCards().size(), 6U);
  tabs().restoreLayout(bytes);
  EXPECT_EQ(dynamic_cast<LayerLinesCard*>(tabs().shownCards()[1])->plot().lines().size(), 1U);
  action("edit.undo")->trigger();
  EXPECT_EQ(rows(), QStringLiteral("loss weight_std max_activation / top_activation ratio massive_map"));

  const SeriesPick layer = SeriesPick::wholeLayer(window->session()->history().info(), 2);
  ASSERT_TRUE(drop(layer, at(card("ratio"), 0.5, 0.97)));
  EXPECT_EQ(hint, QStringLiteral("New row with layer 2"));
  EXPECT_EQ(rows(), QStringLiteral("loss weight_std max_activation / top_activation ratio massive_map / ratio"));
}

TEST_F(CardDrop, AnEmptyTabTakesItWhole) {
  tabs().addTab(QStringLiteral("Mine"));
  QTest::qWait(1);
  ASSERT_TRUE(drop(pick("lm_head.weight"), tabs().currentWidget()->mapTo(&tabs(), QPoint(200, 200))));
  EXPECT_EQ(rows(), QStringLiteral("weight_std"));
  EXPECT_EQ(tabs().shownCards().front()->title(), QStringLiteral("Weight std, chosen tensors"));
}

TEST_F(CardDrop, OverATabTheTabOpens) {
  const std::unique_ptr<QMimeData> data(pick("lm_head.weight").toMime());
  const QPoint over = tabs().tabBar()->mapTo(&tabs(), tabs().tabBar()->tabRect(3).center());
  QDragEnterEvent enter(over, Qt::CopyAction, data.get(), Qt::LeftButton, Qt::NoModifier);
  QApplication::sendEvent(&tabs(), &enter);
  QDragMoveEvent move(over, Qt::CopyAction, data.get(), Qt::LeftButton, Qt::NoModifier);
  QApplication::sendEvent(&tabs(), &move);
  EXPECT_FALSE(move.isAccepted()) << "nothing is dropped on a tab itself";
  EXPECT_EQ(tabs().currentIndex(), 0);
  EXPECT_TRUE(until([this] { return tabs().currentIndex() == 3; }));
  ASSERT_TRUE(drop(pick("lm_head.weight"), at(card("kv_slot"), 0.02, 0.5)));
  EXPECT_EQ(rows(), QStringLiteral("attention weight_std kv_slot"));
}

TEST_F(CardDrop, ACardIsMovedBesideAnotherOrChangesPlacesWithIt) {
  Card* const loss = card("loss");
  tabs().moveBeside(loss, card("ratio"), Direction::right);
  EXPECT_EQ(rows(), QStringLiteral("weight_std max_activation / top_activation ratio loss massive_map"));
  EXPECT_EQ(card("loss"), loss) << "the same card, with what it holds";
  tabs().swapCards(loss, card("weight_std"));
  EXPECT_EQ(rows(), QStringLiteral("loss max_activation / top_activation ratio weight_std massive_map"));
  action("edit.undo")->trigger();
  action("edit.undo")->trigger();
  EXPECT_EQ(rows(), QStringLiteral("loss weight_std max_activation / top_activation ratio massive_map"));
  // Where it is it cannot be dropped; elsewhere it says what will happen.
  EXPECT_FALSE(tabs().dropOf(card("loss"), at(card("loss"), 0.9, 0.5)).possible);
  const CardTabs::Drop onto = tabs().dropOf(card("loss"), at(card("ratio"), 0.5, 0.5));
  EXPECT_TRUE(onto.possible);
  EXPECT_EQ(onto.text, QStringLiteral("Swap with Max / median of |h|"));
  const CardTabs::Drop under = tabs().dropOf(card("loss"), at(card("ratio"), 0.5, 0.95));
  EXPECT_EQ(under.text, QStringLiteral("Move to a row of its own"));
  EXPECT_GT(under.area.width(), 2 * card("ratio")->width()) << "the whole row";
}

TEST_F(CardDrop, TheCardsOfATabAreArrangedInColumns) {
  action("tab.columns.2")->trigger();
  EXPECT_EQ(rows(), QStringLiteral("loss weight_std / max_activation top_activation / ratio massive_map"));
  action("tab.columns.4")->trigger();
  EXPECT_EQ(rows(), QStringLiteral("loss weight_std max_activation top_activation / ratio massive_map"));
  action("edit.undo")->trigger();
  action("edit.undo")->trigger();
  EXPECT_EQ(rows(), QStringLiteral("loss weight_std max_activation / top_activation ratio massive_map"));
  // The buttons beside the tabs offer all of it.
  const auto buttons = tabs().cornerWidget()->findChildren<QToolButton*>();
  ASSERT_EQ(buttons.size(), 2);
  EXPECT_TRUE(buttons[0]->menu()->actions().contains(action("tab.add")));
  EXPECT_TRUE(buttons[0]->menu()->actions().contains(action("card.add.kurtosis")));
  EXPECT_TRUE(buttons[1]->menu()->actions().contains(action("tab.columns.4")));
  tabs().addTab(QStringLiteral("Mine"));
  for (int n = 1; n <= 4; ++n) {
    EXPECT_FALSE(action(("tab.columns." + std::to_string(n)).c_str())->isEnabled()) << n;
  }
}

TEST_F(CardDrop, TheKeyboardDoesTheSame) {
  EXPECT_FALSE(action("series.add")->isEnabled()) << "nothing is selected";
  QTreeWidget* tree = window->modelPanel()->tree();
  tree->setCurrentItem(tree->topLevelItem(1)->child(0));  // q_proj of layer 1: the cards follow
  window->activateWindow();
  ASSERT_TRUE(QTest::qWaitForWindowActive(window.get()));
  weights()->setFocus();
  ASSERT_EQ(tabs().current(), weights());
  EXPECT_TRUE(action("series.add")->toolTip().contains(QStringLiteral("drawn here already")));
  EXPECT_FALSE(action("series.add")->isEnabled()) << "it is of the role that is drawn";
  tree->setCurrentItem(tree->topLevelItem(1)->child(7));  // the norm: of no role
  ASSERT_TRUE(action("series.add")->isEnabled()) << action("series.add")->toolTip().toStdString();
  const std::size_t before = weights()->plot().lines().size();
  action("series.add")->trigger();
  EXPECT_EQ(weights()->plot().lines().size(), before + 1);
  action("series.split")->trigger();
  EXPECT_EQ(tabs().shownCards().size(), 7U);
}

TEST_F(CardDrop, APressInTheTreeMayBecomeADragSoTheCardsFollowWhenTheButtonIsUp) {
  QTreeWidget* tree = window->modelPanel()->tree();
  tree->topLevelItem(1)->setExpanded(true);
  QTreeWidgetItem* item = tree->topLevelItem(1)->child(1);
  tree->scrollToItem(item);
  const auto role = [this] { return weights()->state().value(QStringLiteral("role")).toString(); };
  ASSERT_EQ(role(), QStringLiteral("down_proj"));
  const QPoint on = tree->visualItemRect(item).center();
  QTest::mousePress(tree->viewport(), Qt::LeftButton, Qt::NoModifier, on);
  EXPECT_EQ(tree->currentItem(), item);
  EXPECT_EQ(role(), QStringLiteral("down_proj"));
  ASSERT_TRUE(window->modelPanel()->pick());
  EXPECT_EQ(window->modelPanel()->pick()->text, QStringLiteral("self_attn.k_proj of layer 1"));
  QTest::mouseRelease(tree->viewport(), Qt::LeftButton, Qt::NoModifier, on);
  EXPECT_EQ(role(), QStringLiteral("k_proj"));
}

}  // namespace
}  // namespace variometer
