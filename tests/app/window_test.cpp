// SPDX-License-Identifier: GPL-3.0-or-later
#include <QAction>
#include <QComboBox>
#include <QHeaderView>
#include <QImage>
#include <QLabel>
#include <QLineEdit>
#include <QPushButton>
#include <QSignalSpy>
#include <QTreeWidget>
#include <QTreeWidgetItemIterator>
#include <fstream>

#include "app/card_tabs.h"
#include "app/command_line.h"
#include "app/command_palette.h"
#include "app/error_dialog.h"
#include "app/export_dialog.h"
#include "app/presets.h"
#include "core/base/config_fields.h"
#include "tests/app/window_fixture.h"
#include "widgets/card.h"
#include "widgets/event_text.h"
#include "widgets/panel_events.h"
#include "widgets/panel_form.h"
#include "widgets/panel_mitigation.h"
#include "widgets/panel_switch.h"
#include "widgets/panel_transport.h"
#include "widgets/panel_tree.h"
#include "widgets/start_page.h"

namespace variometer {
namespace {

TEST_F(WindowTest, EveryShortcutBelongsToOneCommand) {
  QHash<QString, QString> owner;
  for (const QAction* action : window->actions().all()) {
    for (const QKeySequence& key : action->shortcuts()) {
      // What acts in a plot of the Inspect perspective alone meets no card of Observe.
      const bool inspect_plot = action->objectName().startsWith(QStringLiteral("inspect.")) &&
                                action->shortcutContext() == Qt::WidgetShortcut;
      const QString name = (inspect_plot ? QStringLiteral("Inspect ") : QString()) + key.toString();
      EXPECT_FALSE(owner.contains(name)) << name.toStdString() << ": " << owner.value(name).toStdString() << " and "
                                         << action->objectName().toStdString();
      owner.insert(name, action->objectName());
    }
  }
  EXPECT_GT(owner.size(), 15);
  // What acts in a plot that has the focus comes on top.
  for (const char* name : {"loss", "heat_map"}) {
    const Card* card = window->cards()->card(QString::fromLatin1(name));
    QHash<QString, QString> here;
    for (const QAction* action : card->focusProxy()->actions() + card->actions()) {
      for (const QKeySequence& key : action->shortcuts()) {
        EXPECT_FALSE(here.contains(key.toString())) << name << ' ' << key.toString().toStdString();
        here.insert(key.toString(), action->objectName());
        // What a plot can be told stands in the window's menus too, and goes to the plot; so does copying.
        const QString other = owner.value(key.toString());
        EXPECT_TRUE(other.isEmpty() || other == action->objectName() ||
                    other == QStringLiteral("view.") + action->objectName() ||
                    other.startsWith(QStringLiteral("edit.copy")))
            << key.toString().toStdString() << ' ' << other.toStdString();
      }
    }
    EXPECT_TRUE(here.contains(QStringLiteral("F")) && here.contains(QStringLiteral("["))) << name;
  }
}

TEST_F(WindowTest, EveryCommandHasATextATooltipAndAPlaceInAMenu) {
  QSet<const QAction*> in_menus;
  for (const QObject* menu : window->findChildren<QObject*>()) {
    if (menu->inherits("QMenu")) {
      for (const QAction* action : qobject_cast<const QWidget*>(menu)->actions()) in_menus.insert(action);
    }
  }
  for (const QAction* action : window->actions().all()) {
    EXPECT_FALSE(action->text().isEmpty());
    EXPECT_GT(action->toolTip().size(), action->text().size()) << action->objectName().toStdString();
    if (action->objectName() == QStringLiteral("view.theme")) continue;  // the toolbar's; the menu has each theme
    EXPECT_TRUE(in_menus.contains(action)) << action->objectName().toStdString();
  }
}

TEST_F(WindowTest, AClickOnTheFirstDemoStartsIt) {
  ASSERT_FALSE(demoPresets().empty());
  QTest::mouseClick(window->startPage()->card(0), Qt::LeftButton);
  ASSERT_NE(run, nullptr);
  EXPECT_FALSE(options_seen.record.empty());
  run->step();
  settle();
  EXPECT_EQ(window->session()->step(), 1);
  EXPECT_TRUE(until([this] { return window->windowTitle().contains(QStringLiteral("step 1 ")); }))
      << window->windowTitle().toStdString();
}

TEST_F(WindowTest, EveryDemoPresetIsAWholeConfig) {
  for (const Preset& preset : demoPresets()) {
    EXPECT_NO_THROW(resolved(config_from_toml(preset.text.toStdString(), preset.id.toStdString())))
        << preset.id.toStdString();
    EXPECT_FALSE(preset.summary.isEmpty()) << preset.id.toStdString();
  }
}

TEST_F(WindowTest, ASwitchIsPendingUntilTheRunSaysItTookEffect) {
  start();
  run->step();
  settle();
  MitigationSection* tvr = window->mitigationPanel()->section(QStringLiteral("tvr"));
  QTest::mouseClick(tvr->toggle(), Qt::LeftButton);
  EXPECT_TRUE(tvr->toggle()->isPending());
  EXPECT_FALSE(tvr->toggle()->isChecked());
  EXPECT_EQ(tvr->stateLabel()->text(), QStringLiteral("pending …"));
  settle();
  EXPECT_TRUE(tvr->toggle()->isPending()) << "nothing has answered yet";
  run->step();
  settle();
  EXPECT_FALSE(tvr->toggle()->isPending());
  EXPECT_TRUE(tvr->toggle()->isChecked());
  EXPECT_TRUE(tvr->stateLabel()->text().startsWith(QStringLiteral("on since")));
  EXPECT_EQ(window->eventsPanel()->count(), 1);
  EXPECT_TRUE(window->actions().require(QStringLiteral("mitigate.tvr"))->isChecked());
}

TEST_F(WindowTest, EditedParametersTravelWithTheSwitch) {
  start();
  MitigationSection* tvr = window->mitigationPanel()->section(QStringLiteral("tvr"));
  tvr->form()->setText(QStringLiteral("tvr.target_std"), QStringLiteral("0.05"));
  QTest::mouseClick(tvr->toggle(), Qt::LeftButton);
  ASSERT_EQ(run->received().size(), 1U);
  const std::vector<Assignment> expected{{"tvr.enabled", "true"}, {"tvr.target_std", "0.05"}};
  EXPECT_EQ(run->received().front().assignments, expected);
}

TEST_F(WindowTest, ARefusedSwitchGoesBackAndSaysWhy) {
  start();
  MitigationSection* tvr = window->mitigationPanel()->section(QStringLiteral("tvr"));
  Command bad;
  bad.assignments = {{"tvr.nonsense", "1"}};
  QSignalSpy settled(window->session(), &RunSession::commandSettled);
  window->session()->post(bad);
  run->step();
  settle();
  ASSERT_EQ(settled.count(), 1);
  EXPECT_TRUE(settled.front().at(2).toString().contains(QStringLiteral("tvr.nonsense")));
  EXPECT_FALSE(tvr->toggle()->isChecked());
  EXPECT_TRUE(window->session()->changes().empty());
}

TEST_F(WindowTest, PreviewShowsWhatItWouldDoAndChangesNothing) {
  start();
  run->step();
  settle();
  MitigationSection* tvr = window->mitigationPanel()->section(QStringLiteral("tvr"));
  QTest::mouseClick(tvr->previewButton(), Qt::LeftButton);
  run->step();
  settle();
  EXPECT_TRUE(tvr->resultLabel()->text().contains(QStringLiteral("300"))) << tvr->resultLabel()->text().toStdString();
  EXPECT_TRUE(tvr->resultLabel()->text().contains(QStringLiteral("20")));
  EXPECT_FALSE(tvr->toggle()->isChecked());
}

TEST_F(WindowTest, PauseStepRunAndStopReachTheRun) {
  start();
  QAction* go = window->actions().require(QStringLiteral("run.run"));
  go->trigger();
  run->takeCommands();
  settle();
  EXPECT_EQ(window->session()->state(), RunState::paused);
  EXPECT_EQ(plainText(*go), QStringLiteral("Run"));
  window->actions().require(QStringLiteral("run.step"))->trigger();
  run->step();
  settle();
  EXPECT_EQ(window->session()->step(), 1);
  EXPECT_EQ(window->session()->state(), RunState::paused);
  go->trigger();
  run->step();
  run->step();
  settle();
  EXPECT_EQ(window->session()->state(), RunState::running);
  window->actions().require(QStringLiteral("run.stop"))->trigger();
  EXPECT_FALSE(window->actions().require(QStringLiteral("run.stop"))->isEnabled());
  run->takeCommands();
  settle();
  EXPECT_EQ(window->session()->state(), RunState::paused) << "it rests";
  EXPECT_TRUE(window->session()->wasStopped());
  EXPECT_EQ(plainText(*go), QStringLiteral("Run"));
}

TEST_F(WindowTest, UndoGoesBackToTheStepOfTheLastSwitch) {
  start();
  run->step();
  settle();
  MitigationSection* dyt = window->mitigationPanel()->section(QStringLiteral("dyt"));
  QAction* undo = window->actions().require(QStringLiteral("edit.undo"));
  EXPECT_FALSE(undo->isEnabled());
  dyt->toggle()->click();
  Command pause;
  pause.kind = Command::Kind::pause;
  window->session()->post(pause);
  run->takeCommands();  // applied before update 2, which has not been made
  settle();
  ASSERT_TRUE(undo->isEnabled());
  undo->trigger();  // no training was done since: nothing is asked
  run->takeCommands();
  settle();
  ASSERT_EQ(run->received().back().kind, Command::Kind::restore);
  EXPECT_EQ(run->received().back().count, 2) << "before the second update";
  EXPECT_FALSE(dyt->toggle()->isChecked());
}

TEST_F(WindowTest, TheSliderHoldsTheCardsAndEndFollowsAgain) {
  start();
  for (int i = 0; i < 50; ++i) run->step();
  settle();
  ASSERT_TRUE(window->axis().following());
  EXPECT_EQ(window->axis().shownStep(), 50);
  Q_EMIT window->transport()->scrubbed(20);
  EXPECT_FALSE(window->axis().following());
  EXPECT_EQ(window->axis().shownStep(), 20);
  for (int i = 0; i < 10; ++i) run->step();
  settle();
  EXPECT_EQ(window->axis().shownStep(), 20) << "new data does not move what is held";
  EXPECT_EQ(window->session()->step(), 60) << "and training goes on";
  window->actions().require(QStringLiteral("view.follow"))->trigger();
  EXPECT_EQ(window->axis().shownStep(), 60);
}

TEST_F(WindowTest, TheTreeShowsTensorsOfTheRunAndFindsThem) {
  start();
  for (int i = 0; i < 20; ++i) run->step();
  settle();
  ModelTreePanel* model = window->modelPanel();
  QTest::keyClicks(model->findBox(), QStringLiteral("3 down"));
  int visible = 0;
  for (QTreeWidgetItemIterator it(model->tree(),
                                  QTreeWidgetItemIterator::NotHidden | QTreeWidgetItemIterator::NoChildren);
       *it != nullptr; ++it) {
    ++visible;
    EXPECT_TRUE((*it)->text(0).contains(QStringLiteral("down_proj")));
    EXPECT_FALSE((*it)->text(1).isEmpty());
  }
  EXPECT_EQ(visible, 1);
}

TEST_F(WindowTest, TheTreeMarksTheLayersWithMassiveActivationsOfTheStepShown) {
  start();
  const auto marked = [this](int layer) {
    return window->modelPanel()->tree()->topLevelItem(layer)->text(0).contains(QStringLiteral("massive"));
  };
  const auto agrees = [&](std::int64_t step) {
    std::vector<bool> has(4);
    for (const ActivationPlace& place : window->session()->history().probe_at(step)->activation->massive) {
      has[static_cast<std::size_t>(place.layer)] = true;
    }
    int n = 0;
    for (int layer = 0; layer < 4; ++layer) {
      EXPECT_EQ(marked(layer), has[static_cast<std::size_t>(layer)]) << step << ' ' << layer;
      n += marked(layer);
    }
    return n;
  };
  for (int i = 0; i < 400; ++i) run->step();
  settle();
  QTest::qWait(80);
  EXPECT_GT(agrees(window->axis().shownStep()), 0) << "a run that grew";
  window->axis().setCursor(0);
  QTest::qWait(80);
  EXPECT_EQ(agrees(0), 0) << "at the beginning there was none";
}

TEST_F(WindowTest, NothingOverlapsInASmallWindow) {
  start();
  run->step();
  settle();
  const MitigationPanel* panel = window->mitigationPanel();
  panel->section(QStringLiteral("tvr"))->toggle()->click();  // one button more
  run->step();
  settle();
  for (const QSize& size : {QSize(950, 590), QSize(1280, 720)}) {
    window->resize(size);
    QTest::qWait(20);
    for (const char* group : {"tvr", "kv_bias", "dyt"}) {
      const MitigationSection* section = panel->section(QString::fromLatin1(group));
      for (const QWidget* widget :
           {static_cast<const QWidget*>(section->toggle()), static_cast<const QWidget*>(section->forkButton())}) {
        EXPECT_LE(widget->mapTo(panel, QPoint(widget->width(), 0)).x(), panel->width()) << group << size.width();
      }
    }
    for (int tab = 0; tab < window->cards()->count(); ++tab) {
      window->cards()->setCurrentIndex(tab);
      QTest::qWait(5);
      std::vector<QRect> places;
      for (const Card* card : window->cards()->cards()) {
        if (!card->isVisible()) continue;
        const QRect place(card->mapTo(window->cards(), QPoint(0, 0)), card->size());
        EXPECT_LE(place.right(), window->cards()->width()) << card->name().toStdString() << " at " << size.width();
        for (const QRect& other : places) EXPECT_FALSE(place.intersects(other)) << card->name().toStdString();
        places.push_back(place);
      }
      EXPECT_FALSE(places.empty());
    }
  }
}

TEST_F(WindowTest, NamesInTheTreeCanBeReadWhole) {
  window->resize(1280, 720);
  start();
  run->step();
  settle();
  const QTreeWidget* tree = window->modelPanel()->tree();
  EXPECT_GE(tree->header()->sectionSize(0), 100);
  const QTreeWidgetItem* layer = tree->topLevelItem(0);
  QStringList names;
  for (int i = 0; i < layer->childCount(); ++i) names += layer->child(i)->text(0);
  EXPECT_TRUE(names.contains(QStringLiteral("input_layernorm")));
  ASSERT_FALSE(names.contains(QStringLiteral("input_layernorm.dyt.alpha")));
  for (int i = 0; i < layer->childCount(); ++i) {
    if (layer->child(i)->text(0) != QStringLiteral("input_layernorm")) continue;
    ASSERT_EQ(layer->child(i)->childCount(), 1);
    EXPECT_EQ(layer->child(i)->child(0)->text(0), QStringLiteral("dyt.alpha"));
    EXPECT_FALSE(layer->child(i)->child(0)->text(1).isEmpty()) << "it has its number";
  }
  const int room = tree->header()->sectionSize(0) - 2 * tree->indentation() - 8;
  for (const QString& name : names) {
    EXPECT_LE(tree->fontMetrics().horizontalAdvance(name), room) << name.toStdString();
  }
  QTest::keyClicks(window->modelPanel()->findBox(), QStringLiteral("2 alpha"));
  int visible = 0;
  for (QTreeWidgetItemIterator it(window->modelPanel()->tree(),
                                  QTreeWidgetItemIterator::NotHidden | QTreeWidgetItemIterator::NoChildren);
       *it != nullptr; ++it) {
    visible += (*it)->text(0) == QStringLiteral("dyt.alpha") ? 1 : 0;
  }
  EXPECT_EQ(visible, 1);
}

TEST_F(WindowTest, AFailedRunSaysWhyAndWhatWasKept) {
  start();
  run->step();
  std::ofstream(options_seen.record) << "a record";
  run->fail("loss is not finite; first at model.layers.2.mlp.down_proj.weight");
  settle();
  const auto* banner = window->findChild<QFrame*>(QStringLiteral("banner"));
  ASSERT_NE(banner, nullptr);
  EXPECT_TRUE(banner->isVisible());
  QString text;
  for (const QLabel* label : banner->findChildren<QLabel*>()) text += label->text();
  EXPECT_TRUE(text.contains(QStringLiteral("down_proj"))) << text.toStdString();
  EXPECT_TRUE(text.contains(QStringLiteral(".h5")));
  EXPECT_FALSE(window->mitigationPanel()->section(QStringLiteral("tvr"))->toggle()->isEnabled());
}

TEST_F(WindowTest, ClosingLetsGoOfTheRunAndForgetsTheJournal) {
  start();
  run->step();
  settle();
  EXPECT_TRUE(window->lossOnClose().isEmpty()) << "it is recorded";
  window->close();
  EXPECT_EQ(run, nullptr);
  EXPECT_FALSE(window->isVisible());
}

TEST_F(WindowTest, AnUnrecordedRunIsNotThrownAwaySilently) {
  settings().setValue(QStringLiteral("record"), false);
  start();
  EXPECT_TRUE(window->lossOnClose().isEmpty()) << "nothing was trained yet";
  run->step();
  settle();
  EXPECT_TRUE(window->lossOnClose().contains(QStringLiteral("step 1")));
  window->session()->post({.kind = Command::Kind::stop});
  run->takeCommands();
  settle();
}

TEST_F(WindowTest, WhatCannotBeOpenedIsExplainedAndChangesNothing) {
  start();
  window->openPath(QStringLiteral("/nowhere/run.h5"));
  EXPECT_NE(window->session(), nullptr);
  EXPECT_TRUE(lastErrorShown().contains(QStringLiteral("cannot open"))) << lastErrorShown().toStdString();
}

TEST_F(WindowTest, TheCommandLineRepeatsWhatWasSwitchedAndWhen) {
  RunConfig config;
  config.train.seed = 7;
  config.model.n_layer = 2;
  config.data.corpus = "/tmp/my text.txt";
  start(config);
  for (int i = 0; i < 3; ++i) run->step();
  settle();
  window->mitigationPanel()->section(QStringLiteral("tvr"))->toggle()->click();
  run->step();
  settle();
  const QString line = window->commandLine();
  EXPECT_TRUE(line.startsWith(QStringLiteral("variometer train "))) << line.toStdString();
  EXPECT_TRUE(line.contains(QStringLiteral("--seed 7")));
  EXPECT_TRUE(line.contains(QStringLiteral("--set model.n_layer=2")));
  EXPECT_TRUE(line.contains(QStringLiteral("--corpus '/tmp/my text.txt'")));
  EXPECT_TRUE(line.contains(QStringLiteral("--at 4:tvr.enabled=true"))) << "before the fourth update";
}

TEST_F(WindowTest, EveryCardIsExportedAsFigureAndAsNumbers) {
  start();
  for (int i = 0; i < 30; ++i) run->step();
  settle();
  for (const char* ending : {"png", "svg", "pdf", "csv"}) {
    const QString file = cacheFolder() + QStringLiteral("/loss.") + QString::fromLatin1(ending);
    ExportDialog dialog(window->cards()->card(QStringLiteral("loss")), {}, window->session()->history(),
                        QStringLiteral("/tmp/run.h5"));
    dialog.format()->setCurrentIndex(dialog.format()->findData(QString::fromLatin1(ending)));
    dialog.writeTo(file);
    EXPECT_GT(QFileInfo(file).size(), 300) << ending;
    const bool numbers = QString::fromLatin1(ending) == QStringLiteral("csv");
    EXPECT_TRUE(dialog.commandLine(file).contains(numbers ? QStringLiteral("export") : QStringLiteral("render")));
  }
  EXPECT_EQ(window->axis().following(), true) << "the window is not touched";
}

TEST_F(WindowTest, AnExportedMapHasTheColoursChosenInTheWindowAndTheCommandNamesThem) {
  start();
  for (int i = 0; i < 30; ++i) run->step();
  settle();
  Card* carpet = window->cards()->card(QStringLiteral("weight_std_carpet"));
  QString line;
  const auto coloured = [&](const QString& map) {
    window->actions().require(QStringLiteral("colours.") + map)->trigger();
    const QString file = cacheFolder() + QStringLiteral("/carpet.png");
    ExportDialog dialog(carpet, {}, window->session()->history(), QStringLiteral("/tmp/run.h5"));
    dialog.writeTo(file);
    line = dialog.commandLine(QStringLiteral("carpet.png"));
    const QImage image(file);
    int n = 0;
    for (int y = 0; y < image.height(); ++y) {
      for (int x = 0; x < image.width(); ++x) n += image.pixelColor(x, y).hsvSaturation() > 100;
    }
    return n;
  };
  const int own = coloured(QStringLiteral("own"));
  EXPECT_GT(own, 1000);
  EXPECT_FALSE(line.contains(QStringLiteral("--colours"))) << line.toStdString();
  EXPECT_LT(coloured(QStringLiteral("grey")), own / 10);
  EXPECT_TRUE(line.contains(QStringLiteral("--colours grey"))) << line.toStdString();
  window->cards()->addCard(QStringLiteral("weight_std_carpet"));
  EXPECT_EQ(window->cards()->shownCards().back()->colours(), ColourMap::Kind::grey) << "a card of later too";
}

TEST_F(WindowTest, TheLayoutAndTheSmoothingAreRemembered) {
  start();
  window->cards()->setCurrentIndex(1);
  window->close();
  window = makeWindow();
  EXPECT_EQ(window->cards()->currentIndex(), 1);
}

TEST_F(WindowTest, AJournalOfADeadProcessOffersRecovery) {
  QFile record(recordFolder() + QStringLiteral("/dead.h5"));
  ASSERT_TRUE(record.open(QIODevice::WriteOnly));
  // The number is beyond what Linux gives to processes by default (4,194,304).
  QFile journal(configFolder() + QStringLiteral("/session-4999999.json"));
  ASSERT_TRUE(journal.open(QIODevice::WriteOnly));
  journal.write(
      QStringLiteral("{\"record\": \"%1\", \"name\": \"lost\", \"step\": 812}").arg(record.fileName()).toUtf8());
  journal.close();
  ASSERT_TRUE(abandonedJournal().has_value());
  EXPECT_EQ(abandonedJournal()->step, 812);
  window = makeWindow();
  bool offered = false;
  for (const QLabel* label : window->startPage()->findChildren<QLabel*>()) {
    offered |= label->text().contains(QStringLiteral("step 812"));
  }
  EXPECT_TRUE(offered);
  for (auto* button : window->startPage()->findChildren<QPushButton*>()) {
    if (button->text() == QStringLiteral("What happened?")) button->click();
  }
  bool explained = false;
  for (const QLabel* label : window->startPage()->findChildren<QLabel*>()) {
    explained |= label->text().contains(QStringLiteral("dead.h5"));
  }
  EXPECT_TRUE(explained);
  Q_EMIT window->startPage()->discardRequested();
  EXPECT_FALSE(abandonedJournal().has_value());
  EXPECT_TRUE(QFile::exists(record.fileName())) << "the record itself is kept";
}

TEST(Palette, PrefersBeginningsAndForgivesGaps) {
  EXPECT_GT(paletteScore(QStringLiteral("st"), QStringLiteral("Step")),
            paletteScore(QStringLiteral("st"), QStringLiteral("Last")));
  EXPECT_GT(paletteScore(QStringLiteral("ccl"), QStringLiteral("Copy command line")), 0);
  EXPECT_EQ(paletteScore(QStringLiteral("xyz"), QStringLiteral("Copy command line")), 0);
}

TEST(EventText, SaysWhatACommandSwitched) {
  Command command;
  command.assignments = {{"tvr.enabled", "true"}, {"tvr.target_std", "0.05"}};
  EXPECT_EQ(event_mark({300, "set", to_json(command).dump()}), QStringLiteral("TVR on"));
  command.assignments = {{"train.learning_rate", "0.001"}};
  EXPECT_EQ(event_mark({300, "set", to_json(command).dump()}), QStringLiteral("LR 0.001"));
}

TEST(ShellQuoted, LeavesPlainWordsAndQuotesTheRest) {
  EXPECT_EQ(shellQuoted(QStringLiteral("tvr.enabled=true")), QStringLiteral("tvr.enabled=true"));
  EXPECT_EQ(shellQuoted(QStringLiteral("it's here")), QStringLiteral("'it'\\''s here'"));
  EXPECT_EQ(shellQuoted(QString()), QStringLiteral("''"));
}

}  // namespace
}  // namespace variometer
