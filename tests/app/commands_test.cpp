// SPDX-License-Identifier: GPL-3.0-or-later
// The window's commands against the design (ui d.9, d.10), and those that act on the chosen plot.
#include <QAction>
#include <QApplication>
#include <QContextMenuEvent>
#include <QLabel>
#include <QMenu>
#include <QMenuBar>
#include <QTest>

#include "app/card_tabs.h"
#include "app/fork_dialog.h"
#include "app/mark_book.h"
#include "app/model_chooser.h"
#include "app/new_run_dialog.h"
#include "core/base/marks_file.h"
#include "tests/app/window_fixture.h"
#include "widgets/card_plot.h"
#include "widgets/panel_events.h"
#include "widgets/panel_mitigation.h"

namespace variometer {
namespace {

class CommandsTest : public WindowTest {
 protected:
  QAction* action(const char* id) { return window->actions().require(QString::fromLatin1(id)); }
  PlotCard* card(const char* name) { return dynamic_cast<PlotCard*>(window->cards()->card(QString::fromLatin1(name))); }
  void steps(int n) {
    for (int i = 0; i < n; ++i) run->step();
    settle();
  }
};

TEST_F(CommandsTest, EveryKeyOfTheDesignBelongsToACommand) {
  QSet<QString> have;
  for (const QAction* action : window->actions().all()) {
    for (const QKeySequence& key : action->shortcuts()) have.insert(key.toString());
  }
  for (const QAction* action : card("loss")->focusProxy()->actions() + card("loss")->actions()) {
    for (const QKeySequence& key : action->shortcuts()) have.insert(key.toString());
  }
  // Arrows, Home and End are not: they go where the focus is.
  for (const char* key : {"F5",
                          "Shift+F5",
                          "F9",
                          "Shift+F9",
                          "Space",
                          "Backspace",
                          "F",
                          "X",
                          "Y",
                          "L",
                          "G",
                          "C",
                          "T",
                          "S",
                          "M",
                          "P",
                          "[",
                          "]",
                          "Ctrl+K",
                          "Ctrl+F",
                          "Ctrl+Shift+P",
                          "Ctrl+N",
                          "Ctrl+O",
                          "Ctrl+S",
                          "Ctrl+E",
                          "Ctrl+C",
                          "Ctrl+Shift+C",
                          "Ctrl+Z",
                          "Ctrl+Shift+Z",
                          "Ctrl+Y",
                          "Ctrl+1",
                          "Ctrl+2",
                          "Ctrl+3",
                          "F11",
                          "Shift+F11",
                          "Ctrl++",
                          "Ctrl+-",
                          "Ctrl+0",
                          "F1",
                          "?",
                          "Ctrl+Shift+F",
                          "Ctrl+,"}) {
    EXPECT_TRUE(have.contains(QKeySequence(QString::fromLatin1(key)).toString())) << key;
  }
}

TEST_F(CommandsTest, WhatCannotBeDoneSaysWhyAndEveryCommandHasAnIcon) {
  const auto look = [this](const char* when) {
    for (const QAction* action : window->actions().all()) {
      EXPECT_FALSE(action->icon().isNull()) << action->objectName().toStdString();
      if (action->isEnabled()) {
        EXPECT_FALSE(action->toolTip().contains(QLatin1Char('\n'))) << action->objectName().toStdString();
      } else {
        EXPECT_TRUE(action->toolTip().contains(QLatin1Char('\n'))) << when << ' ' << action->objectName().toStdString();
      }
    }
  };
  look("at the start");
  start();
  steps(3);
  look("in Observe");
  action("perspective.inspect")->trigger();
  look("in Inspect");
  run->fail("not finite");
  action("perspective.observe")->trigger();
  settle();
  look("after a failure");
}

TEST_F(CommandsTest, AMarkerStandsOnEveryCardAndIsAnEventOfTheRun) {
  start();
  steps(20);
  window->addMarker(12, QStringLiteral("here"));
  run->step();
  settle();
  ASSERT_FALSE(run->received().empty());
  EXPECT_EQ(run->received().back().kind, Command::Kind::mark);
  EXPECT_EQ(run->received().back().count, 12);
  for (const char* name : {"loss", "weight_std", "ratio"}) {
    const auto& marks = card(name)->plot().eventMarks();
    ASSERT_EQ(marks.size(), 1U) << name;
    EXPECT_EQ(marks[0].step, 12);
    EXPECT_EQ(marks[0].label, QStringLiteral("here"));
  }
  EXPECT_EQ(window->eventsPanel()->count(), 1);
  window->axis().setCursor(3);
  window->axis().moveCursorToEvent(1);
  EXPECT_EQ(window->axis().shownStep(), 12);
}

TEST_F(CommandsTest, AMarkerIsEditedRemovedAndBothAreTakenBack) {
  start();
  steps(20);
  const auto labels = [this] {
    run->takeCommands();
    run->step();
    settle();
    QStringList all;
    for (const EventMark& mark : card("loss")->plot().eventMarks()) all << mark.label;
    return all.join(QLatin1Char('|'));
  };
  window->addMarker(12, QStringLiteral("here"));
  window->addMarker(12, QStringLiteral("and here"));
  EXPECT_EQ(labels().toStdString(), "here|and here");
  window->marks()->edit({12, "here"}, QStringLiteral("there"));
  EXPECT_EQ(labels().toStdString(), "there|and here");
  window->marks()->remove({12, "and here"});
  EXPECT_EQ(labels().toStdString(), "there");
  EXPECT_EQ(window->eventsPanel()->count(), 1);
  window->history()->undo();
  EXPECT_EQ(labels().toStdString(), "there|and here");
  window->history()->undo();
  EXPECT_EQ(labels().toStdString(), "here|and here");
  window->history()->redo();
  EXPECT_EQ(labels().toStdString(), "there|and here");
}

TEST_F(CommandsTest, TheContextMenuOpensInThePictureToo) {
  start();
  steps(20);
  window->addMarker(10, QStringLiteral("here"));
  run->takeCommands();
  run->step();
  settle();
  PlotCard* loss = card("loss");
  Plot& plot = loss->plot();
  plot.replot();
  const QPoint at(static_cast<int>(plot.xAxis->coordToPixel(10)), plot.axisRect()->center().y());
  // As a right click, and as the Menu key.
  for (const auto reason : {QContextMenuEvent::Mouse, QContextMenuEvent::Keyboard}) {
    QContextMenuEvent event(reason, at, plot.mapToGlobal(at));
    QApplication::sendEvent(&plot, &event);
    auto* menu = qobject_cast<QMenu*>(QApplication::activePopupWidget());
    ASSERT_NE(menu, nullptr);
    QStringList texts;
    for (const QAction* action : menu->actions()) texts << action->text();
    for (const char* wanted : {"Fit", "Log Y", "Pin this step", "Copy data", "Export…", "Edit marker “here”…",
                               "Remove marker “here”", "Add marker at step 10…"}) {
      EXPECT_TRUE(texts.contains(QString::fromUtf8(wanted))) << wanted;
    }
    for (QAction* action : menu->actions()) {
      if (reason == QContextMenuEvent::Keyboard && action->text().startsWith(QStringLiteral("Remove marker"))) {
        action->trigger();
      }
    }
    menu->close();
  }
  run->takeCommands();
  run->step();
  settle();
  EXPECT_TRUE(plot.eventMarks().empty());
}

TEST_F(CommandsTest, AMarkerOfARunThatHasEndedIsKeptBesideItsRecord) {
  start();
  steps(5);
  run->fail("no memory");
  settle();
  ASSERT_TRUE(window->session()->ended());
  const std::size_t n_received = run->received().size();
  window->addMarker(2, QStringLiteral("late"));
  QTest::qWait(60);
  EXPECT_EQ(run->received().size(), n_received);
  ASSERT_EQ(card("loss")->plot().eventMarks().size(), 1U);
  EXPECT_EQ(card("loss")->plot().eventMarks()[0].label, QStringLiteral("late"));
  const auto kept = read_marks(options_seen.record);
  ASSERT_EQ(kept.size(), 1U);
  EXPECT_EQ(kept[0].step, 2);
  window->marks()->remove({2, "late"});
  EXPECT_EQ(read_marks(options_seen.record).size(), 2U) << "what was changed is said, not forgotten";
  EXPECT_TRUE(card("loss")->plot().eventMarks().empty() ||
              (QTest::qWait(60), card("loss")->plot().eventMarks().empty()));
}

TEST_F(CommandsTest, TheMenuTellsThePlotThatIsChosen) {
  start();
  steps(20);
  card("top_activation")->focusProxy()->setFocus();
  window->activateWindow();
  ASSERT_TRUE(until([this] { return window->cards()->current() == card("top_activation"); }));
  action("view.log_y")->trigger();
  EXPECT_FALSE(card("top_activation")->plot().logY());
  EXPECT_FALSE(action("view.log_y")->isChecked());
  EXPECT_FALSE(action("view.tie")->isEnabled()) << "layers, not steps";
  EXPECT_FALSE(action("view.smoothing")->isEnabled());
  action("view.pin")->trigger();
  EXPECT_EQ(window->axis().reference(), window->axis().latest());
  card("loss")->focusProxy()->setFocus();
  ASSERT_TRUE(until([this] { return window->cards()->current() == card("loss"); }));
  Q_EMIT window->menuBar()->findChild<QMenu*>()->aboutToShow();
  action("view.tie")->trigger();
  EXPECT_FALSE(card("loss")->plot().tied());
  EXPECT_TRUE(card("ratio")->plot().tied());
  EXPECT_TRUE(action("view.smoothing")->isEnabled());
  action("colours.grey")->trigger();
  EXPECT_EQ(card("heat_map")->plot().colours(ColourMap::Kind::cividis), ColourMap::Kind::grey);
  action("colours.own")->trigger();
  EXPECT_EQ(card("heat_map")->plot().colours(ColourMap::Kind::cividis), ColourMap::Kind::cividis);
}

TEST_F(CommandsTest, AForkProposesHalfOfTheLearningRateInForceAtItsStep) {
  RunConfig config;
  config.train.learning_rate = 0.008;
  start(config);
  steps(4);
  window->session()->post({.assignments = {{"train.learning_rate", "0.002"}}});
  steps(4);  // takes effect before update 5
  EXPECT_EQ(window->session()->learningRateAt(4), 0.008);
  EXPECT_EQ(window->session()->learningRateAt(5), 0.002);
  ForkDialog dialog(QStringLiteral("a"), config, {.last = 8, .planned = 8},
                    [this](std::int64_t step) { return window->session()->learningRateAt(step); });
  dialog.choice()->setCurrentText(QStringLiteral("half the learning rate"));
  dialog.setStep(8);
  EXPECT_EQ(dialog.change(), (std::vector<Assignment>{{"train.learning_rate", "0.001"}}));
  dialog.setStep(3);
  EXPECT_EQ(dialog.change(), (std::vector<Assignment>{{"train.learning_rate", "0.004"}}));
}

TEST_F(CommandsTest, AModelIsAFolderOrAFile) {
  const QDir folder(QDir::tempPath() + QStringLiteral("/variometer-model-chooser"));
  ASSERT_TRUE(folder.mkpath(QStringLiteral(".")));
  const auto touch = [&folder](const char* name) {
    QFile file(folder.filePath(QString::fromLatin1(name)));
    EXPECT_TRUE(file.open(QIODevice::WriteOnly));
    return file.fileName();
  };
  const QString weights = touch("model.safetensors"), gguf = touch("small.gguf"), text = touch("notes.txt");
  EXPECT_EQ(modelPath(weights), folder.path());
  EXPECT_FALSE(modelProblem(modelPath(weights)).isEmpty()) << "weights without a config.json";
  touch("config.json");
  EXPECT_EQ(modelProblem(modelPath(weights)), QString());
  EXPECT_EQ(modelPath(gguf), gguf);
  EXPECT_EQ(modelProblem(gguf), QString());
  EXPECT_FALSE(modelProblem(text).isEmpty());
  EXPECT_FALSE(modelProblem(folder.filePath(QStringLiteral("no"))).isEmpty());
  NewRunDialog dialog;
  for (const QString& chosen : {gguf, weights, folder.path()}) {
    dialog.setInit(chosen);
    EXPECT_TRUE(dialog.startButton()->isEnabled()) << chosen.toStdString();
    EXPECT_EQ(dialog.options().init, (chosen == gguf ? gguf : folder.path()).toStdString());
  }
  dialog.setInit(text);
  EXPECT_FALSE(dialog.startButton()->isEnabled());
  QDir(folder).removeRecursively();
}

}  // namespace
}  // namespace variometer
