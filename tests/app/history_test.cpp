// SPDX-License-Identifier: GPL-3.0-or-later
// Undo over views, layouts and mitigations; cards and tabs that come, move and go.
#include <QAction>
#include <QDockWidget>
#include <QListWidget>
#include <QTest>

#include "app/card_tabs.h"
#include "app/history_panel.h"
#include "app/undo_history.h"
#include "tests/app/window_fixture.h"
#include "widgets/card_plot.h"
#include "widgets/panel_mitigation.h"
#include "widgets/panel_switch.h"

namespace variometer {
namespace {

using Kind = UndoHistory::Kind;

/// An owner that counts.
struct Counter {
  UndoHistory* history;
  Kind kind;
  int value = 0;
  void attach() {
    history->setOwner(kind, {[this] {
                               --value;
                               history->undone(kind);
                               return true;
                             },
                             [this] {
                               ++value;
                               history->redone(kind);
                               return true;
                             }});
  }
  void act(const QString& name) {
    ++value;
    history->pushed(kind, name);
  }
};

TEST(UndoHistory, GoesBackThroughAllKindsInTheOrderTheyWereDone) {
  UndoHistory history;
  Counter view{&history, Kind::view}, layout{&history, Kind::layout};
  view.attach();
  layout.attach();
  view.act(QStringLiteral("a"));
  layout.act(QStringLiteral("b"));
  view.act(QStringLiteral("c"));
  EXPECT_EQ(history.nextUndo()->name, QStringLiteral("c"));
  history.undo();
  history.undo();
  EXPECT_EQ(view.value, 1);
  EXPECT_EQ(layout.value, 0);
  EXPECT_EQ(history.nextRedo()->name, QStringLiteral("b"));
  history.goTo(3);
  EXPECT_EQ(view.value + layout.value, 3);
  history.goTo(0);
  EXPECT_EQ(view.value + layout.value, 0);
  EXPECT_EQ(history.nextUndo(), nullptr);
}

TEST(UndoHistory, AKindTakenBackByItselfLeavesTheOthers) {
  UndoHistory history;
  Counter view{&history, Kind::view}, layout{&history, Kind::layout};
  view.attach();
  layout.attach();
  view.act(QStringLiteral("a"));
  layout.act(QStringLiteral("b"));
  --view.value;
  history.undone(Kind::view);  // Backspace
  EXPECT_FALSE(history.entries()[0].done);
  EXPECT_EQ(history.nextUndo()->name, QStringLiteral("b"));
  layout.act(QStringLiteral("c"));
  EXPECT_EQ(history.entries().size(), 3U) << "another layout forgets no view";
  view.act(QStringLiteral("d"));
  EXPECT_EQ(history.entries().size(), 3U) << "another view forgets the one taken back";
}

TEST(UndoHistory, KeepsTwoHundred) {
  UndoHistory history;
  for (int i = 0; i < 250; ++i) history.pushed(Kind::view, QString::number(i));
  ASSERT_EQ(history.entries().size(), 200U);
  EXPECT_EQ(history.entries().front().name, QStringLiteral("50"));
}

TEST(UndoHistory, WaitsForAnOwnerWhoTakesHisTimeAndStopsWhereHeWillNot) {
  UndoHistory history;
  Counter view{&history, Kind::view};
  view.attach();
  int asked = 0;
  bool willing = true;
  history.setOwner(Kind::mitigation, {[&] {
                                        ++asked;
                                        return willing;
                                      },
                                      {}});
  view.act(QStringLiteral("a"));
  history.pushed(Kind::mitigation, QStringLiteral("TVR on"));
  view.act(QStringLiteral("b"));
  history.goTo(0);
  EXPECT_EQ(asked, 1);
  EXPECT_EQ(view.value, 1) << "not past what is not yet taken back";
  history.undone(Kind::mitigation);
  EXPECT_EQ(view.value, 0);
  history.goTo(3);
  history.redone(Kind::mitigation);  // it has no redo here: done by another hand
  willing = false;
  history.goTo(0);
  EXPECT_EQ(asked, 2);
  history.undone(Kind::mitigation);
  EXPECT_EQ(view.value, 1) << "he would not: nothing goes on by itself later";
}

TEST(CardLayout, SurvivesTheTripThroughBytesAndRefusesOthers) {
  const CardLayout layout = CardLayout::standard();
  const auto again = CardLayout::fromBytes(layout.toBytes());
  ASSERT_TRUE(again);
  EXPECT_EQ(again->toBytes(), layout.toBytes());
  EXPECT_FALSE(CardLayout::fromBytes({}));
  EXPECT_FALSE(CardLayout::fromBytes(QByteArray(40, 'x')));
  const QByteArray bytes = layout.toBytes();
  for (qsizetype n = 0; n + 1 < bytes.size(); n += 7) EXPECT_FALSE(CardLayout::fromBytes(bytes.left(n))) << n;
}

TEST(CardLayout, MovesCardsToWhereTheyWereSent) {
  using Direction = CardLayout::Direction;
  CardLayout layout = CardLayout::standard();
  const auto row = [&layout](std::size_t r) {
    QStringList names;
    for (const auto& card : layout.pages[0].rows.at(r).cards) names << card.name;
    return names.join(QLatin1Char(' '));
  };
  ASSERT_EQ(row(0), QStringLiteral("loss weight_std max_activation"));
  EXPECT_FALSE(layout.move({0, 0, 0}, Direction::left));
  EXPECT_TRUE(layout.move({0, 0, 0}, Direction::right));
  EXPECT_EQ(row(0), QStringLiteral("weight_std loss max_activation"));
  EXPECT_TRUE(layout.move({0, 0, 1}, Direction::down));
  EXPECT_EQ(row(0), QStringLiteral("weight_std max_activation"));
  EXPECT_EQ(row(1), QStringLiteral("top_activation loss ratio massive_map"));
  EXPECT_TRUE(layout.move({0, 1, 1}, Direction::down));
  EXPECT_EQ(row(2), QStringLiteral("loss")) << "a row of its own at the edge";
  EXPECT_FALSE(layout.move({0, 2, 0}, Direction::down));
  layout.remove({0, 2, 0});
  EXPECT_EQ(layout.pages[0].rows.size(), 2U);
  layout.add(0, QStringLiteral("loss"));
  EXPECT_EQ(row(0), QStringLiteral("weight_std max_activation loss")) << "where there is room";
}

class HistoryTest : public WindowTest {
 protected:
  QAction* action(const QString& id) { return window->actions().require(id); }
  QStringList shown() {
    QStringList names;
    for (const Card* card : window->cards()->shownCards()) names << card->name();
    return names;
  }
  Switch* tvr() { return window->mitigationPanel()->section(QStringLiteral("tvr"))->toggle(); }
};

TEST_F(HistoryTest, CardsComeAndGoAndCtrlZBringsThemBackAsTheyWere) {
  start();
  for (int i = 0; i < 20; ++i) run->step();
  settle();
  const QStringList before = shown();
  auto* loss = dynamic_cast<PlotCard*>(window->cards()->card(QStringLiteral("loss")));
  loss->plot().setLogY(true);
  window->cards()->removeCard(loss);
  EXPECT_EQ(shown(), before.mid(1));
  EXPECT_EQ(action(QStringLiteral("edit.undo"))->text(), QStringLiteral("&Undo: Remove card"));
  action(QStringLiteral("edit.undo"))->trigger();
  EXPECT_EQ(shown(), before);
  loss = dynamic_cast<PlotCard*>(window->cards()->shownCards().front());
  EXPECT_TRUE(loss->plot().logY()) << "with its settings";
  EXPECT_GT(loss->plot().pointsTotal(), 0U) << "and its data";
  action(QStringLiteral("edit.redo"))->trigger();
  EXPECT_EQ(shown(), before.mid(1));
  action(QStringLiteral("card.add.kurtosis"))->trigger();
  EXPECT_TRUE(shown().contains(QStringLiteral("kurtosis")));
  EXPECT_TRUE(window->cards()->shownCards().size() == 6);
  const auto* added = dynamic_cast<PlotCard*>(window->cards()->current());
  ASSERT_EQ(added->name(), QStringLiteral("kurtosis"));
  bool has_keys = false;
  for (const QAction* each : added->focusProxy()->actions())
    has_keys |= each->objectName() == QStringLiteral("view.marker");
  EXPECT_TRUE(has_keys) << "the window's keys act in it too";
}

TEST_F(HistoryTest, TabsAreAddedRenamedAndRemoved) {
  start();
  const int n = window->cards()->count();
  window->cards()->addTab(QStringLiteral("Mine"));
  EXPECT_EQ(window->cards()->count(), n + 1);
  EXPECT_EQ(window->cards()->current(), nullptr);
  EXPECT_FALSE(action(QStringLiteral("card.remove"))->isEnabled());
  window->cards()->addCard(QStringLiteral("loss"));
  window->cards()->renameTab(QStringLiteral("Other"));
  action(QStringLiteral("edit.undo"))->trigger();
  EXPECT_EQ(window->cards()->tabText(n), QStringLiteral("Mine"));
  window->cards()->removeTab();
  EXPECT_EQ(window->cards()->count(), n);
  action(QStringLiteral("edit.undo"))->trigger();
  EXPECT_EQ(window->cards()->count(), n + 1);
  EXPECT_EQ(window->cards()->current()->name(), QStringLiteral("loss"));
  action(QStringLiteral("view.reset_layout"))->trigger();
  EXPECT_EQ(window->cards()->count(), n);
}

TEST_F(HistoryTest, AHiddenPanelComesBack) {
  start();
  auto* model = window->findChild<QDockWidget*>(QStringLiteral("dock.model"));
  ASSERT_TRUE(model->isVisible());
  model->close();
  ASSERT_TRUE(until([this] { return window->history()->nextUndo() != nullptr; }));
  EXPECT_EQ(window->history()->nextUndo()->name, QStringLiteral("Panels"));
  action(QStringLiteral("edit.undo"))->trigger();
  EXPECT_TRUE(model->isVisible());
  action(QStringLiteral("view.left_panels"))->trigger();
  EXPECT_FALSE(model->isVisible());
  action(QStringLiteral("edit.undo"))->trigger();
  EXPECT_TRUE(model->isVisible());
  action(QStringLiteral("perspective.inspect"))->trigger();
  action(QStringLiteral("perspective.observe"))->trigger();
  QTest::qWait(20);
  EXPECT_EQ(window->history()->nextUndo(), nullptr) << "another perspective is no layout";
}

TEST_F(HistoryTest, TheListGoesToWhereOneClicks) {
  start();
  for (int i = 0; i < 20; ++i) run->step();
  settle();
  auto* loss = dynamic_cast<PlotCard*>(window->cards()->card(QStringLiteral("loss")));
  loss->plot().setView({2, 8}, {0, 5});
  tvr()->click();
  window->session()->post({.kind = Command::Kind::pause});
  run->takeCommands();
  settle();
  window->cards()->removeCard(loss);
  action(QStringLiteral("edit.history"))->trigger();
  auto* list = window->findChild<HistoryPanel*>()->list();
  ASSERT_TRUE(until([list] { return list->count() == 4; }));
  EXPECT_EQ(list->item(1)->text(), QStringLiteral("Zoom"));
  EXPECT_TRUE(list->item(2)->text().startsWith(QStringLiteral("TVR on"))) << list->item(2)->text().toStdString();
  EXPECT_EQ(list->item(3)->text(), QStringLiteral("Remove card"));
  EXPECT_EQ(list->currentRow(), 3);
  Q_EMIT list->itemClicked(list->item(0));
  // The switch is before the update that was not made yet: nothing is asked.
  ASSERT_TRUE(
      until([this] { return !run->received().empty() && run->received().back().kind == Command::Kind::restore; }));
  EXPECT_TRUE(shown().contains(QStringLiteral("loss")));
  EXPECT_FALSE(window->axis().following()) << "the zoom is older than the switch, which is not yet taken back";
  run->takeCommands();
  settle();
  EXPECT_TRUE(until([this] { return window->axis().following(); }));
  EXPECT_EQ(window->history()->nextUndo(), nullptr);
  EXPECT_FALSE(tvr()->isChecked());
}

TEST_F(HistoryTest, TheLastSwitchIsTakenBackWhateverWasDoneToTheViewSince) {
  start();
  run->step();
  settle();
  tvr()->click();
  window->session()->post({.kind = Command::Kind::pause});
  run->takeCommands();
  settle();
  dynamic_cast<PlotCard*>(window->cards()->card(QStringLiteral("loss")))->plot().setView({0, 1}, {0, 5});
  action(QStringLiteral("mitigate.undo"))->trigger();
  ASSERT_EQ(run->received().back().kind, Command::Kind::restore);
  run->takeCommands();
  settle();
  EXPECT_TRUE(until([this] { return window->history()->count(Kind::mitigation, /*done=*/false) == 1; }));
  EXPECT_EQ(window->history()->nextUndo()->name, QStringLiteral("Zoom"));
}

}  // namespace
}  // namespace variometer
