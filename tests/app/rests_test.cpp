// SPDX-License-Identifier: GPL-3.0-or-later
// A run in the window never ends by itself, it rests: what is kept, what is asked, how it goes on.
#include <QAction>
#include <QLabel>
#include <QPushButton>
#include <QStatusBar>
#include <QTabBar>
#include <QTest>
#include <algorithm>
#include <filesystem>
#include <fstream>

#include "app/autosave.h"
#include "app/card_tabs.h"
#include "app/error_dialog.h"
#include "app/fork_dialog.h"
#include "app/presets.h"
#include "app/question.h"
#include "app/run_banner.h"
#include "tests/app/window_fixture.h"
#include "widgets/card.h"
#include "widgets/number_field.h"
#include "widgets/panel_mitigation.h"
#include "widgets/panel_switch.h"
#include "widgets/start_page.h"

namespace variometer {
namespace {

class RestsTest : public WindowTest {
 protected:
  QAction* action(const char* id) { return window->actions().require(QString::fromLatin1(id)); }
  RunBanner* banner() { return window->findChild<RunBanner*>(); }
  void steps(int n) {
    for (int i = 0; i < n; ++i) run->step();
    settle();
  }
  void startOf(std::int64_t n_step) {
    RunConfig config;
    config.train.steps = n_step;
    start(config);
    takeLastQuestion();
  }
  Command::Kind lastPosted() const { return run->received().back().kind; }
};

TEST_F(RestsTest, AtTheLastUpdateEverythingIsStillThere) {
  startOf(5);
  steps(5);
  EXPECT_TRUE(window->session()->complete());
  EXPECT_EQ(window->session()->stateWord(), QStringLiteral("finished"));
  EXPECT_FALSE(window->session()->ended());
  for (const char* id : {"run.run", "run.step", "run.step_n", "run.sample", "run.learning_rate", "run.fork",
                         "run.again", "file.save", "mitigate.tvr", "mitigate.dyt"}) {
    EXPECT_TRUE(action(id)->isEnabled()) << id;
  }
  EXPECT_TRUE(banner()->isVisible());
  EXPECT_TRUE(banner()->text().contains(QStringLiteral("all 5 updates are made"))) << banner()->text().toStdString();
  EXPECT_TRUE(banner()->text().contains(QStringLiteral("the weights after step 5"))) << banner()->text().toStdString();
  ASSERT_EQ(banner()->buttons().size(), 3U);
  EXPECT_EQ(banner()->buttons()[0]->text(), QStringLiteral("Run 500 more"));

  window->mitigationPanel()->section(QStringLiteral("tvr"))->toggle()->click();
  run->takeCommands();
  settle();
  EXPECT_TRUE(action("edit.undo")->isEnabled());
  EXPECT_FALSE(window->session()->savedWeights().current) << "the model is another one now";
}

TEST_F(RestsTest, FiveHundredMoreGoOnFromTheLastUpdate) {
  startOf(5);
  steps(5);
  banner()->buttons()[0]->click();
  const auto& posted = run->received();
  ASSERT_GE(posted.size(), 2U);
  EXPECT_EQ(posted[posted.size() - 2].assignments, (std::vector<Assignment>{{"train.steps", "505"}}));
  EXPECT_EQ(lastPosted(), Command::Kind::run);
  steps(3);
  EXPECT_EQ(window->session()->step(), 8);
  EXPECT_EQ(window->session()->state(), RunState::running);
  EXPECT_EQ(window->session()->stepsInForce(), 505);
  EXPECT_FALSE(banner()->isVisible());
  EXPECT_EQ(window->runCount(), 1U) << "it is the same run";
}

TEST_F(RestsTest, OneStepIsMadeBeyondTheLastUpdateToo) {
  startOf(5);
  steps(5);
  action("run.step")->trigger();
  run->step();
  settle();
  EXPECT_EQ(window->session()->step(), 6);
  EXPECT_TRUE(window->session()->complete());
}

TEST_F(RestsTest, StopRestsSaysWhatIsKeptAndF5GoesOn) {
  startOf(100);
  steps(7);
  action("run.stop")->trigger();
  ASSERT_TRUE(until([this] { return window->session()->wasStopped(); }));
  EXPECT_TRUE(banner()->isVisible());
  EXPECT_TRUE(banner()->text().contains(QStringLiteral("Stopped after 7 updates"))) << banner()->text().toStdString();
  EXPECT_TRUE(banner()->text().contains(QStringLiteral("the weights after step 7")));
  EXPECT_FALSE(action("run.stop")->isEnabled());
  action("run.run")->trigger();
  EXPECT_EQ(lastPosted(), Command::Kind::run);
  steps(2);
  EXPECT_EQ(window->session()->step(), 9);
  EXPECT_EQ(window->session()->stateWord(), QStringLiteral("running"));
}

TEST_F(RestsTest, RunningAnewIsACommandOfItsOwn) {
  startOf(5);
  steps(5);
  const std::string record = options_seen.record.string(), weights = options_seen.checkpoint.string();
  std::ofstream(record) << "a record";
  action("run.again")->trigger();
  EXPECT_EQ(window->runCount(), 2U);
  EXPECT_NE(options_seen.record, record);
  EXPECT_NE(options_seen.checkpoint, weights);
}

TEST_F(RestsTest, ClosingARunThatTrainsSavesItsWeightsAndAsksNothing) {
  startOf(100);
  steps(7);
  const std::filesystem::path weights = options_seen.checkpoint;
  EXPECT_TRUE(window->lossOnClose().isEmpty()) << window->lossOnClose().toStdString();
  action("file.close")->trigger();
  EXPECT_EQ(run, nullptr);
  EXPECT_EQ(takeLastQuestion(), QString());
  EXPECT_TRUE(std::filesystem::exists(weights / "step-7" / "variometer" / "state.json"));
  EXPECT_TRUE(window->statusBar()->currentMessage().contains(QStringLiteral("the weights after step 7")))
      << window->statusBar()->currentMessage().toStdString();
}

TEST_F(RestsTest, WithoutAutosaveClosingAsksWithSaveAsAChoice) {
  chooseAutosave({.on = false, .folder = {}});
  startOf(100);
  EXPECT_TRUE(options_seen.checkpoint.empty());
  steps(7);
  answerNextQuestion(0);
  action("file.close")->trigger();
  ASSERT_NE(run, nullptr) << "Cancel keeps it";
  EXPECT_TRUE(takeLastQuestion().contains(QStringLiteral("weights of test at step 7")));
  EXPECT_EQ(lastPosted(), Command::Kind::run) << "and it trains on";
  settle();
  answerNextQuestion(1);
  action("file.close")->trigger();
  EXPECT_EQ(run, nullptr);
}

TEST_F(RestsTest, WhatCannotBeSavedIsAskedAboutWithTheReason) {
  startOf(100);
  steps(7);
  run->can_save = false;
  answerNextQuestion(0);
  action("file.close")->trigger();
  ASSERT_NE(run, nullptr);
  EXPECT_TRUE(takeLastQuestion().contains(QStringLiteral("no space left")));
}

TEST_F(RestsTest, QuittingWhileARunTrainsAsksAndCancelKeepsItTraining) {
  startOf(100);
  steps(7);
  answerNextQuestion(0);
  EXPECT_FALSE(window->close());
  EXPECT_TRUE(takeLastQuestion().contains(QStringLiteral("test is training, at step 7")));
  ASSERT_NE(run, nullptr);
  EXPECT_EQ(window->session()->state(), RunState::running);
  const std::filesystem::path weights = options_seen.checkpoint;
  answerNextQuestion(1);
  EXPECT_TRUE(window->close());
  EXPECT_EQ(run, nullptr);
  EXPECT_TRUE(std::filesystem::exists(weights / "step-7"));
}

TEST_F(RestsTest, ABannerNamesNoRecordThatIsNotThere) {
  startOf(100);
  std::filesystem::remove(options_seen.record);
  run->fail("sizes do not fit");
  settle();
  EXPECT_FALSE(banner()->text().contains(QStringLiteral(".h5"))) << banner()->text().toStdString();
}

TEST_F(RestsTest, ARunThatFailedAtItsStartShowsNothingOfTheRunBefore) {
  start();
  steps(20);
  RunHistory failed;
  auto snapshot = std::make_shared<Snapshot>();
  snapshot->state = RunState::failed;
  failed.append(snapshot);
  for (Card* card : window->cards()->cards()) {
    card->refresh(Card::Scope::even_hidden);
    card->setHistory(&failed);
    card->refresh(Card::Scope::even_hidden);
    EXPECT_EQ(card->valueText(), QString()) << card->name().toStdString();
    card->setHistory(&window->session()->history());
  }
}

TEST_F(RestsTest, TheRateIsOneRateInTwoUnits) {
  RunConfig config;
  config.train.batch_size = 32;
  config.model.block_size = 32;
  start(config);
  EXPECT_EQ(window->session()->tokensPerStep(), 1024);
}

TEST_F(RestsTest, AForkIsMadeAtTheEndAndBeyondIt) {
  ForkDialog dialog(QStringLiteral("a"), {}, {.last = 400, .planned = 400});
  EXPECT_EQ(dialog.step(), 401);
  EXPECT_EQ(dialog.last(), 900);
  dialog.setStep(600);
  EXPECT_EQ(dialog.step(), 600);
  EXPECT_EQ(dialog.last(), 1099);
  EXPECT_TRUE(dialog.note()->text().contains(QStringLiteral("401 to 599"))) << dialog.note()->text().toStdString();
  dialog.setStep(10);
  EXPECT_EQ(dialog.last(), 400) << "as far as the run was meant to go";
  dialog.lastBox()->setValue(1);
  EXPECT_EQ(dialog.last(), 10) << "never before the change";
}

TEST_F(RestsTest, RunningADemoOrARunAgainLeavesOneRecentRun) {
  for (int i = 0; i < 3; ++i) {
    ASSERT_TRUE(window->startDemo(QStringLiteral("first")));
    std::ofstream(options_seen.record) << "a record";
    steps(2);
    action("file.close")->trigger();
  }
  ASSERT_EQ(recentRuns().size(), 1U);
  EXPECT_EQ(recentRuns()[0].path.toStdString(), options_seen.record.string()) << "the newest";

  startOf(10);
  std::ofstream(options_seen.record) << "a record";
  steps(2);
  action("run.again")->trigger();
  std::ofstream(options_seen.record) << "a record";
  steps(2);
  while (window->runCount() > 0) ASSERT_TRUE(window->closeRunAt(0));
  EXPECT_EQ(recentRuns().size(), 2U) << "the demo, and the run that was run again";
}

TEST_F(RestsTest, AnInspectedModelIsRecentAsAModel) {
  rememberRun({.path = configFolder(), .name = QStringLiteral("smol"), .origin = {}, .model = true});
  ASSERT_EQ(recentRuns().size(), 1U);
  EXPECT_TRUE(recentRuns()[0].model);
  action("perspective.start")->trigger();
  bool listed = false;
  for (const RecentRow* row : window->startPage()->findChildren<RecentRow*>()) {
    listed |= row->text().contains(QStringLiteral("smol, model, inspected"));
  }
  EXPECT_TRUE(listed);
}

TEST_F(RestsTest, DemosShowTheCurveOfARunOfTheirsAndNothingMoves) {
  for (const Preset& preset : demoPresets()) {
    ASSERT_GT(preset.largest.size(), 20) << preset.id.toStdString();
    EXPECT_EQ(preset.largest.back().x(), 2000) << preset.id.toStdString();
  }
  // Of one that was run here its last run.
  ASSERT_TRUE(window->startDemo(demoPresets().back().id));
  std::ofstream(options_seen.record) << "a record";
  steps(30);
  action("file.close")->trigger();
  ASSERT_FALSE(recentRuns().empty());
  EXPECT_GT(recentRuns()[0].largest.size(), 1);
  EXPECT_TRUE(window->startPage()->findChildren<QTimer*>().isEmpty());
}

TEST_F(RestsTest, APictureIsRefusedAsATextInOnePlainLine) {
  const QString picture = configFolder() + QStringLiteral("/photo.jpg");
  std::ofstream(picture.toStdString()) << std::string("\xFF\xD8\xFF\xE0\0\x10JFIF", 10);
  window->openPath(picture);
  EXPECT_TRUE(lastErrorShown().contains(QStringLiteral("is a JPEG picture, not text")))
      << lastErrorShown().toStdString();
}

TEST_F(RestsTest, AutosaveIsChosenOnceForAllRuns) {
  EXPECT_EQ(chosenAutosave(), Autosave{});
  const Autosave chosen{.on = true, .every = 50, .keep = 7, .folder = QStringLiteral("/tmp/models")};
  chooseAutosave(chosen);
  EXPECT_EQ(chosenAutosave(), chosen);
  LiveOptions options;
  options.record = "/data/run one.h5";
  applyAutosave(chosen, options);
  EXPECT_EQ(options.checkpoint, "/tmp/models/run one-weights");
  EXPECT_EQ(options.checkpoint_every, 50);
  EXPECT_EQ(options.checkpoint_keep, 7);
  options.checkpoint = "/mine";
  applyAutosave(chosen, options);
  EXPECT_EQ(options.checkpoint, "/mine") << "one's own stays";
}

}  // namespace
}  // namespace variometer
