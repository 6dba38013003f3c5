// SPDX-License-Identifier: GPL-3.0-or-later
// Several runs at once, undo and redo, playing back, perspectives: over FakeRuns.
#include <QAction>
#include <QApplication>
#include <QComboBox>
#include <QDragEnterEvent>
#include <QFile>
#include <QLabel>
#include <QLineEdit>
#include <QMimeData>
#include <QPushButton>
#include <QStatusBar>
#include <QTabBar>
#include <QTableView>
#include <QTest>
#include <QToolButton>
#include <QUrl>
#include <algorithm>

#include "app/card_table_dialog.h"
#include "app/card_tabs.h"
#include "app/error_dialog.h"
#include "app/fork_dialog.h"
#include "app/new_run_dialog.h"
#include "app/perspectives.h"
#include "app/player.h"
#include "app/settings.h"
#include "tests/app/window_fixture.h"
#include "widgets/card.h"
#include "widgets/card_plot.h"
#include "widgets/card_samples.h"
#include "widgets/number_field.h"
#include "widgets/panel_form.h"
#include "widgets/panel_mitigation.h"
#include "widgets/panel_switch.h"
#include "widgets/panel_transport.h"
#include "widgets/panel_tree.h"
#include "widgets/start_page.h"

namespace variometer {
namespace {

class RunsTest : public WindowTest {
 protected:
  QAction* action(const char* id) { return window->actions().require(QString::fromLatin1(id)); }
  Switch* tvr() { return window->mitigationPanel()->section(QStringLiteral("tvr"))->toggle(); }
  void pause() {
    window->session()->post({.kind = Command::Kind::pause});
    run->takeCommands();
    settle();
  }
};

TEST_F(RunsTest, AViewBelongsToItsRun) {
  start();
  for (int i = 0; i < 200; ++i) run->step();
  settle();
  const auto plot = [this]() -> Plot& {
    return dynamic_cast<PlotCard*>(window->cards()->card(QStringLiteral("loss")))->plot();
  };
  plot().replot();
  plot().setView(QCPRange(50, 80), QCPRange(-3, -2));  // where no other run is
  window->axis().setCursor(60);
  window->axis().setReference(55);
  ASSERT_FALSE(window->axis().following());
  const QString chip = window->axis().chip();

  start();  // another run, in front
  for (int i = 0; i < 20; ++i) run->step();
  settle();
  plot().replot();
  EXPECT_TRUE(window->axis().following());
  EXPECT_EQ(window->axis().range(), (StepAxis::Range{0, 20}));
  EXPECT_TRUE(plot().untouched()) << "the y range of the first run";
  EXPECT_GT(plot().pointsShown(), 0u);
  EXPECT_FALSE(window->axis().reference());
  window->axis().setRange({5, 9});

  window->showRunAt(0);
  settle();
  plot().replot();
  EXPECT_EQ(window->axis().range(), (StepAxis::Range{50, 80}));
  EXPECT_EQ(plot().yRange().lower, -3);
  EXPECT_EQ(plot().yRange().upper, -2);
  EXPECT_EQ(window->axis().cursor(), 60);
  EXPECT_EQ(window->axis().reference(), 55);
  EXPECT_EQ(window->axis().chip(), chip);

  window->showRunAt(1);
  settle();
  EXPECT_EQ(window->axis().range(), (StepAxis::Range{5, 9}));
  EXPECT_TRUE(plot().untouched());
  window->axis().follow();
  EXPECT_EQ(window->axis().range(), (StepAxis::Range{0, 20}));
}

TEST_F(RunsTest, RedoAppliesAgainWhatUndoTookBack) {
  start();
  run->step();
  settle();
  EXPECT_FALSE(action("edit.redo")->isEnabled());
  tvr()->click();
  pause();  // the switch is before update 2, which has not been made: undo asks nothing
  ASSERT_TRUE(tvr()->isChecked());
  action("edit.undo")->trigger();
  run->takeCommands();
  settle();
  EXPECT_FALSE(tvr()->isChecked());
  ASSERT_TRUE(action("edit.redo")->isEnabled());
  action("edit.redo")->trigger();
  run->takeCommands();
  settle();
  EXPECT_TRUE(tvr()->isChecked());
  // A target that goes with the weights may follow.
  ASSERT_FALSE(run->received().back().assignments.empty());
  EXPECT_EQ(run->received().back().assignments.front(), (Assignment{"tvr.enabled", "true"}));
  EXPECT_FALSE(action("edit.redo")->isEnabled()) << "it is done";
  EXPECT_TRUE(action("edit.undo")->isEnabled());
}

TEST_F(RunsTest, OnlyASwitchIsSaidToBeUndoable) {
  start();
  run->step();
  settle();
  tvr()->click();
  run->step();
  settle();
  EXPECT_TRUE(window->statusBar()->currentMessage().contains(QStringLiteral("Undo with Ctrl+Z")));
  window->session()->post({.assignments = {{"train.learning_rate", "0.001"}}});
  run->step();
  settle();
  EXPECT_TRUE(window->statusBar()->currentMessage().startsWith(QStringLiteral("LR 0.001")))
      << window->statusBar()->currentMessage().toStdString();
  EXPECT_FALSE(window->statusBar()->currentMessage().contains(QStringLiteral("Undo")))
      << "Ctrl+Z would take the switch back, not this";
}

TEST_F(RunsTest, AnotherSwitchForgetsWhatCouldBeRedone) {
  start();
  run->step();
  settle();
  tvr()->click();
  pause();
  action("edit.undo")->trigger();
  run->takeCommands();
  settle();
  ASSERT_TRUE(action("edit.redo")->isEnabled());
  window->mitigationPanel()->section(QStringLiteral("dyt"))->toggle()->click();
  run->takeCommands();
  settle();
  EXPECT_FALSE(action("edit.redo")->isEnabled());
}

TEST_F(RunsTest, ASecondRunPausesTheFirstAndBothCanBeLookedAt) {
  start();
  for (int i = 0; i < 5; ++i) run->step();
  settle();
  FakeRun* const first = run;
  EXPECT_FALSE(window->runTabs()->isVisible()) << "one run needs no tabs";
  start();
  ASSERT_EQ(window->runCount(), 2U);
  ASSERT_NE(run, first);
  ASSERT_FALSE(first->received().empty());
  EXPECT_EQ(first->received().back().kind, Command::Kind::pause);
  EXPECT_TRUE(window->runTabs()->isVisible());
  run->step();
  settle();
  EXPECT_EQ(window->session()->step(), 1);

  window->runTabs()->setCurrentIndex(0);
  EXPECT_EQ(window->session()->step(), 5);
  first->takeCommands();
  settle();
  EXPECT_EQ(window->session()->state(), RunState::paused);
  EXPECT_EQ(window->axis().shownStep(), 5);
  EXPECT_TRUE(window->runTabs()->tabText(0).contains(QStringLiteral("paused")))
      << window->runTabs()->tabText(0).toStdString();

  ASSERT_TRUE(window->closeRunAt(0));
  EXPECT_EQ(window->runCount(), 1U);
  EXPECT_EQ(window->session()->step(), 1) << "the other one is shown";
  EXPECT_FALSE(window->runTabs()->isVisible());
}

TEST_F(RunsTest, ClosingTheLastRunShowsTheStartPage) {
  start();
  run->step();
  settle();
  action("file.close")->trigger();
  EXPECT_EQ(window->session(), nullptr);
  EXPECT_EQ(run, nullptr);
  EXPECT_TRUE(window->perspectives()->is("start"));
  EXPECT_TRUE(window->startPage()->isVisible());
}

TEST_F(RunsTest, ARunGoesOnBehindTheStartPageAndInspect) {
  start();
  run->step();
  settle();
  for (const char* id : {"perspective.start", "perspective.inspect"}) {
    action(id)->trigger();
    EXPECT_FALSE(window->transport()->isVisible());
    run->step();
    settle();
  }
  EXPECT_EQ(window->session()->step(), 3);
  action("perspective.observe")->trigger();
  EXPECT_TRUE(window->transport()->isVisible());
  QTest::qWait(80);
  EXPECT_EQ(window->axis().shownStep(), 3) << "what came meanwhile is there";
}

TEST_F(RunsTest, ObserveNeedsARun) { EXPECT_FALSE(action("perspective.observe")->isEnabled()); }

TEST_F(RunsTest, PlayingMovesAllCardsAndStopsAtTheNewestStep) {
  start();
  for (int i = 0; i < 90; ++i) run->step();
  settle();
  QTest::mouseClick(window->transport()->playButton(), Qt::LeftButton);
  ASSERT_TRUE(window->player()->isPlaying());
  EXPECT_FALSE(window->axis().following());
  EXPECT_LT(window->axis().shownStep(), 30) << "from the first step, when the newest is shown";
  const std::int64_t before = window->axis().shownStep();
  window->player()->advance(1.0);
  EXPECT_NEAR(static_cast<double>(window->axis().shownStep() - before), Player::kStepsPerSecond, 2);
  window->transport()->speed()->setCurrentIndex(window->transport()->speed()->count() - 1);
  window->player()->advance(1.0);
  EXPECT_EQ(window->axis().shownStep(), 90);
  EXPECT_FALSE(window->player()->isPlaying());
}

TEST_F(RunsTest, TakingTheSliderStopsThePlaying) {
  start();
  for (int i = 0; i < 90; ++i) run->step();
  settle();
  action("view.play")->trigger();
  ASSERT_TRUE(window->player()->isPlaying());
  Q_EMIT window->transport()->scrubbed(40);
  EXPECT_FALSE(window->player()->isPlaying());
  EXPECT_EQ(window->axis().shownStep(), 40);
}

TEST_F(RunsTest, TheTextCardShowsNothingThatWasWrittenAfterTheHeldStep) {
  start();
  for (int i = 0; i < 10; ++i) run->step();
  settle();
  for (int k = 0; k < 2; ++k) {
    action("run.sample")->trigger();
    for (int i = 0; i < 10; ++i) run->step();
    settle();
  }
  auto* card = qobject_cast<SamplesCard*>(window->cards()->card(QStringLiteral("samples")));
  ASSERT_NE(card, nullptr);
  window->cards()->setCurrentIndex(window->cards()->count() - 1);
  card->refresh(Card::Scope::even_hidden);
  EXPECT_EQ(card->text().count(QStringLiteral("cat sat")), 2) << card->text().toStdString();
  Q_EMIT window->transport()->scrubbed(15);
  card->refresh(Card::Scope::even_hidden);
  EXPECT_EQ(card->text().count(QStringLiteral("cat sat")), 1);
  Q_EMIT window->transport()->scrubbed(3);
  card->refresh(Card::Scope::even_hidden);
  EXPECT_EQ(card->text().count(QStringLiteral("cat sat")), 0);
  window->axis().follow();
  card->refresh(Card::Scope::even_hidden);
  EXPECT_EQ(card->text().count(QStringLiteral("cat sat")), 2);
}

TEST_F(RunsTest, AForkIsASecondRunAndSaysWhetherWhatItRepeatsIsTheSame) {
  for (const bool same : {true, false}) {
    window = makeWindow();
    start();
    for (int i = 0; i < 8; ++i) run->step();
    settle();
    pause();
    plan = {};
    plan.config.train.steps = 50;
    plan.live.timed = {{6, {.assignments = {{"tvr.enabled", "true"}}}}};
    for (const SnapshotPtr& snapshot : {window->session()->history().last()}) ASSERT_EQ(snapshot->step, 8);
    const auto& scalars = window->session()->history().scalars();
    for (std::size_t i = 0; i < 5; ++i) plan.losses[static_cast<std::int64_t>(scalars.step[i])] = scalars.loss[i];
    if (!same) plan.losses[3] += 1;
    ASSERT_TRUE(window->startFork(6, {{"tvr.enabled", "true"}}, QStringLiteral("b"), 2000));
    EXPECT_EQ(window->runCount(), 2U);
    EXPECT_EQ(fork_seen.step, 6);
    EXPECT_EQ(fork_seen.change, (std::vector<Assignment>{{"tvr.enabled", "true"}}));
    EXPECT_FALSE(fork_seen.record.empty());
    EXPECT_EQ(options_seen.timed.size(), 1U);
    EXPECT_NE(options_seen.record, fork_seen.record) << "it is recorded in a file of its own";
    const auto banner_text = [this] {
      const auto* banner = window->findChild<QFrame*>(QStringLiteral("banner"));
      QString text;
      if (banner->isVisible()) {
        for (const QLabel* label : banner->findChildren<QLabel*>()) text += label->text();
      }
      return text;
    };
    for (int i = 0; i < 4; ++i) run->step();
    settle();
    EXPECT_EQ(banner_text(), QString()) << "not all is repeated yet";
    run->step();
    settle();
    const QString expected = same ? QStringLiteral("5 losses up to the change came out as in test, bit for bit")
                                  : QStringLiteral("differ from those of test from update 3 on");
    EXPECT_TRUE(banner_text().contains(expected)) << banner_text().toStdString();
  }
}

TEST_F(RunsTest, AForkThatCannotBeMadeIsExplained) {
  start();
  run->step();
  settle();
  pause();
  refuse = "nothing is left to go on from";
  EXPECT_FALSE(window->startFork(1, {}, QStringLiteral("b"), 2000));
  EXPECT_EQ(window->runCount(), 1U);
  EXPECT_TRUE(lastErrorShown().contains(QStringLiteral("nothing is left")));
}

TEST_F(RunsTest, TheForkDialogRefusesWhatCannotChangeInALivingRun) {
  RunConfig config;
  config.mitigations.tvr.enabled = true;
  ForkDialog dialog(QStringLiteral("a & b"), config, {.last = 400, .planned = 400});
  EXPECT_EQ(dialog.step(), 401) << "behind the last update";
  EXPECT_TRUE(dialog.forkButton()->isEnabled());
  EXPECT_TRUE(dialog.change().empty());
  dialog.setChange({{"tvr.enabled", "false"}});
  EXPECT_EQ(dialog.choice()->currentText(), QStringLiteral("TVR off"));
  const std::vector<Assignment> two{{"kv_bias.enabled", "true"}, {"tvr.blacklist", "q proj,\"x\""}};
  dialog.setChange(two);
  EXPECT_EQ(dialog.change(), two) << dialog.assignments()->text().toStdString();
  for (const char* wrong : {"model.n_layer=3", "tvr.targt=1", "tvr", "train.learning_rate=-1x"}) {
    dialog.assignments()->setText(QString::fromLatin1(wrong));
    Q_EMIT dialog.assignments()->textEdited(dialog.assignments()->text());
    EXPECT_FALSE(dialog.forkButton()->isEnabled()) << wrong;
    EXPECT_FALSE(dialog.problem()->text().isEmpty()) << wrong;
  }
}

TEST_F(RunsTest, ACardIsReadAsATableToo) {
  start();
  for (int i = 0; i < 20; ++i) run->step();
  settle();
  const Card* card = window->cards()->current();
  CardTableDialog dialog(*card);
  const CardTable table = card->cells(Card::Rows::visible);
  const QAbstractItemModel* model = dialog.view()->model();
  ASSERT_EQ(model->rowCount(), static_cast<int>(table.n_row()));
  ASSERT_EQ(model->columnCount(), static_cast<int>(table.columns.size()));
  ASSERT_GT(table.n_row(), 10U);
  EXPECT_EQ(model->index(4, 0).data().toDouble(), table.columns[0].numbers[4]);
  EXPECT_EQ(model->headerData(0, Qt::Horizontal).toString(), QStringLiteral("step (updates)"));
  EXPECT_TRUE(action("view.table")->isEnabled());
}

TEST_F(RunsTest, BracketsHideThePanelsOfOneSide) {
  start();
  ASSERT_TRUE(window->modelPanel()->isVisible() && window->mitigationPanel()->isVisible());
  action("view.left_panels")->trigger();
  EXPECT_FALSE(window->modelPanel()->isVisible());
  EXPECT_TRUE(window->mitigationPanel()->isVisible());
  action("view.right_panels")->trigger();
  EXPECT_FALSE(window->mitigationPanel()->isVisible());
  action("view.left_panels")->trigger();
  action("view.right_panels")->trigger();
  EXPECT_TRUE(window->modelPanel()->isVisible());
}

TEST_F(RunsTest, AFileDroppedOnAFieldIsTheWindowsNotTheFields) {
  start();
  QMimeData file;
  file.setUrls({QUrl::fromLocalFile(QStringLiteral("/tmp/dropped-on-a-field.h5"))});
  auto* field = window->modelPanel()->findBox();
  QDragEnterEvent enter(QPoint(2, 2), Qt::CopyAction, &file, Qt::LeftButton, Qt::NoModifier);
  QApplication::sendEvent(field, &enter);
  EXPECT_TRUE(enter.isAccepted());
  QDropEvent drop(QPointF(2, 2), Qt::CopyAction, &file, Qt::LeftButton, Qt::NoModifier);
  QApplication::sendEvent(field, &drop);
  EXPECT_TRUE(until([] { return lastErrorShown().contains(QStringLiteral("dropped-on-a-field")); }));
  EXPECT_EQ(field->text(), QString());
}

TEST_F(RunsTest, WhatIsWrongWithANewRunIsSaidAtTheFieldAtFault) {
  NewRunDialog dialog;
  dialog.show();
  EXPECT_TRUE(dialog.startButton()->isEnabled());
  EXPECT_TRUE(dialog.startButton()->isDefault());
  const auto problem = [&dialog]() -> QLabel* {
    for (QLabel* label : dialog.findChildren<QLabel*>(QStringLiteral("problem"))) {
      if (label->isVisibleTo(&dialog)) return label;
    }
    return nullptr;
  };
  EXPECT_EQ(problem(), nullptr);
  ConfigForm* model = dialog.form(QStringLiteral("model"));
  auto* heads = qobject_cast<NumberField*>(model->editor(QStringLiteral("model.n_head")));
  heads->setValue(7);  // 64 / 7
  EXPECT_FALSE(dialog.startButton()->isEnabled());
  ASSERT_TRUE(until([&] { return problem() != nullptr; }));
  EXPECT_TRUE(model->isAncestorOf(problem())) << "not at the foot of the dialog";
  heads->setValue(2);
  EXPECT_TRUE(until([&] { return problem() == nullptr; }));
  EXPECT_TRUE(dialog.startButton()->isEnabled());
  for (QLineEdit* line : dialog.findChildren<QLineEdit*>()) {
    if (line->placeholderText().contains(QStringLiteral("sentence generator"))) line->setText("/nowhere/text.txt");
  }
  ASSERT_TRUE(until([&] { return problem() != nullptr; }));
  EXPECT_FALSE(dialog.startButton()->isEnabled());
}

TEST_F(RunsTest, AStartThatFailsLeavesTheRunThatIsShown) {
  start();
  run->step();
  settle();
  FakeRun* const first = run;
  refuse = "model.n_head does not divide model.n_embd";
  EXPECT_FALSE(window->startRun({}, {}));
  EXPECT_EQ(run, first);
  EXPECT_EQ(window->runCount(), 1U);
  EXPECT_EQ(first->state(), RunState::running) << "not even paused";
  EXPECT_TRUE(lastErrorShown().contains(QStringLiteral("n_head")));
}

TEST_F(RunsTest, ADroppedFileThatIsNotARecordIsOneErrorAndChangesNothing) {
  start();
  run->step();
  settle();
  QFile damaged(cacheFolder() + QStringLiteral("/damaged.h5"));
  ASSERT_TRUE(damaged.open(QIODevice::WriteOnly));
  damaged.write(QByteArray(5000, '\x81'));
  damaged.close();
  QMimeData mime;
  mime.setUrls({QUrl::fromLocalFile(damaged.fileName())});
  QDragEnterEvent enter(QPoint(20, 20), Qt::CopyAction, &mime, Qt::LeftButton, Qt::NoModifier);
  QApplication::sendEvent(window.get(), &enter);
  EXPECT_TRUE(enter.isAccepted());
  QDropEvent drop(QPointF(20, 20), Qt::CopyAction, &mime, Qt::LeftButton, Qt::NoModifier);
  QApplication::sendEvent(window.get(), &drop);
  ASSERT_TRUE(until([] { return lastErrorShown().contains(QStringLiteral("damaged.h5")); }));
  EXPECT_EQ(window->runCount(), 1U);
  EXPECT_EQ(window->session()->step(), 1);
}

TEST_F(RunsTest, ARunThatWasRecordedIsRememberedWithTheCurveOfItsLoss) {
  QFile file(cacheFolder() + QStringLiteral("/remembered.h5"));
  ASSERT_TRUE(file.open(QIODevice::WriteOnly));
  LiveOptions options;
  options.name = "remembered";
  options.record = file.fileName().toStdString();
  ASSERT_TRUE(window->startRun({}, options));
  for (int i = 0; i < 200; ++i) run->step();
  settle();
  const std::vector<double> loss = window->session()->history().scalars().loss;
  ASSERT_EQ(loss.size(), 200U);
  window->closeWithoutAsking();
  const std::vector<RecentRun> recent = recentRuns();
  ASSERT_FALSE(recent.empty());
  EXPECT_EQ(recent.front().path, file.fileName());
  const QList<float>& curve = recent.front().curve;
  ASSERT_GE(curve.size(), 50);
  ASSERT_LE(curve.size(), 2 * static_cast<qsizetype>(Sparkline::kBuckets));
  EXPECT_EQ(*std::max_element(curve.begin(), curve.end()),
            static_cast<float>(*std::max_element(loss.begin(), loss.end())));
  EXPECT_EQ(*std::min_element(curve.begin(), curve.end()),
            static_cast<float>(*std::min_element(loss.begin(), loss.end())));
}

}  // namespace
}  // namespace variometer
