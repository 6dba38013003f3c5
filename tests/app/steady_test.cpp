// SPDX-License-Identifier: GPL-3.0-or-later
// What the user has in hand stays there: the focus where it was put, controls where they stood, and an answer to what
// was asked for.
#include <QAction>
#include <QApplication>
#include <QClipboard>
#include <QDialog>
#include <QDockWidget>
#include <QLabel>
#include <QLineEdit>
#include <QListWidget>
#include <QPushButton>
#include <QSignalSpy>
#include <QTabBar>
#include <QVBoxLayout>

#include "app/action_words.h"
#include "app/card_tabs.h"
#include "app/command_palette.h"
#include "app/toast.h"
#include "tests/app/window_fixture.h"
#include "widgets/card.h"
#include "widgets/change_text.h"
#include "widgets/focus_keeper.h"
#include "widgets/panel_mitigation.h"
#include "widgets/panel_switch.h"

namespace variometer {
namespace {

/// Three buttons in a row, of which the middle one has the focus.
class FocusKept : public ::testing::Test {
 protected:
  void SetUp() override {
    FocusKeeper::install();
    auto* row = new QVBoxLayout(&window);
    box = new QWidget(&window);
    row->addWidget(box);
    auto* inner = new QVBoxLayout(box);
    for (QPushButton*& button : buttons) {
      button = new QPushButton(QStringLiteral("button"), box);
      button->setAutoDefault(false);
      inner->addWidget(button);
    }
    window.show();
    window.activateWindow();
    ASSERT_TRUE(QTest::qWaitForWindowActive(&window));
    buttons[1]->setFocus(Qt::TabFocusReason);
    ASSERT_EQ(QApplication::focusWidget(), buttons[1]);
  }

  void press(Qt::Key key) {
    ASSERT_NE(QApplication::focusWidget(), nullptr);
    QTest::keyClick(QApplication::focusWidget(), key);
  }

  QDialog window;
  QWidget* box = nullptr;
  QPushButton* buttons[3] = {};
};

TEST_F(FocusKept, AButtonThatGreysOutHandsSpaceToNobody) {
  QSignalSpy before(buttons[0], &QPushButton::clicked), after(buttons[2], &QPushButton::clicked);
  buttons[1]->setEnabled(false);
  EXPECT_TRUE(FocusKeeper::isStandIn(QApplication::focusWidget()));
  for (const Qt::Key key : {Qt::Key_Space, Qt::Key_Return, Qt::Key_Enter}) press(key);
  EXPECT_EQ(before.count() + after.count(), 0);
  EXPECT_TRUE(window.isVisible()) << "Enter is no answer to the dialog either";
  buttons[1]->setEnabled(true);
  EXPECT_EQ(QApplication::focusWidget(), buttons[1]) << "it is back where it was";
  QApplication::sendPostedEvents(nullptr, QEvent::DeferredDelete);
  EXPECT_EQ(window.findChild<QWidget*>(QStringLiteral("focus_stand_in")), nullptr);
}

TEST_F(FocusKept, TabGoesOnFromThere) {
  buttons[1]->setEnabled(false);
  press(Qt::Key_Tab);
  EXPECT_EQ(QApplication::focusWidget(), buttons[2]);
  buttons[1]->setEnabled(true);
  EXPECT_EQ(QApplication::focusWidget(), buttons[2]) << "whoever has gone on is not called back";
  buttons[1]->setFocus();
  buttons[1]->setEnabled(false);
  press(Qt::Key_Backtab);
  EXPECT_EQ(QApplication::focusWidget(), buttons[0]);
}

TEST_F(FocusKept, TheSameWhenItIsHiddenOrAllAroundItIsDisabledOrGoes) {
  QSignalSpy before(buttons[0], &QPushButton::clicked), after(buttons[2], &QPushButton::clicked);
  buttons[1]->hide();
  EXPECT_TRUE(FocusKeeper::isStandIn(QApplication::focusWidget()));
  press(Qt::Key_Space);
  buttons[1]->show();
  EXPECT_EQ(QApplication::focusWidget(), buttons[1]);
  box->setEnabled(false);
  EXPECT_TRUE(FocusKeeper::isStandIn(QApplication::focusWidget()));
  press(Qt::Key_Space);
  box->setEnabled(true);
  EXPECT_EQ(QApplication::focusWidget(), buttons[1]);
  buttons[1]->setEnabled(false);
  box->hide();  // with the stand-in
  EXPECT_TRUE(FocusKeeper::isStandIn(QApplication::focusWidget()));
  press(Qt::Key_Space);
  EXPECT_EQ(before.count() + after.count(), 0);
}

TEST_F(FocusKept, ADialogThatClosesLeavesNothingBehind) {
  QDialog other(&window);
  auto* field = new QLineEdit(&other);
  other.show();
  other.activateWindow();
  field->setFocus();
  other.close();
  window.activateWindow();
  EXPECT_TRUE(QTest::qWaitFor([this] { return QApplication::focusWidget() == buttons[1]; }));
}

using SteadyTest = WindowTest;

TEST_F(SteadyTest, SpaceAfterPreviewForksNothing) {
  start();
  run->step();
  settle();
  window->activateWindow();
  MitigationSection* tvr = window->mitigationPanel()->section(QStringLiteral("tvr"));
  QSignalSpy forked(window->mitigationPanel(), &MitigationPanel::forkRequested);
  tvr->previewButton()->setFocus();
  QTest::keyClick(QApplication::focusWidget(), Qt::Key_Space);
  ASSERT_FALSE(tvr->previewButton()->isEnabled()) << "it is measuring";
  QTest::keyClick(QApplication::focusWidget(), Qt::Key_Space);
  EXPECT_EQ(forked.count(), 0);
  EXPECT_EQ(run->received().size(), 1U) << "one preview was asked for, and nothing else";
  run->step();
  settle();
  EXPECT_EQ(QApplication::focusWidget(), tvr->previewButton());
}

TEST_F(SteadyTest, AButtonThatAppearsWithASwitchMovesNoOther) {
  window->resize(1400, 900);
  start();
  run->step();
  settle();
  MitigationSection* tvr = window->mitigationPanel()->section(QStringLiteral("tvr"));
  const QRect preview = tvr->previewButton()->geometry(), fork = tvr->forkButton()->geometry();
  ASSERT_FALSE(tvr->applyButton()->isVisible());
  tvr->toggle()->click();
  run->step();
  settle();
  ASSERT_TRUE(tvr->applyButton()->isVisible());
  EXPECT_EQ(tvr->previewButton()->geometry(), preview);
  EXPECT_EQ(tvr->forkButton()->geometry(), fork);
}

TEST_F(SteadyTest, WhatIsKnownLaterOrMeasuredMovesNoButton) {
  window->resize(1400, 900);
  start();
  settle();
  MitigationPanel* panel = window->mitigationPanel();
  const auto places = [&] {
    QApplication::processEvents();
    std::vector<QPoint> all;
    for (const char* group : {"tvr", "kv_bias", "dyt"}) {
      const MitigationSection* section = panel->section(QString::fromLatin1(group));
      for (const QWidget* widget : {static_cast<QWidget*>(section->toggle()), static_cast<QWidget*>(section->previewButton()),
                                    static_cast<QWidget*>(section->forkButton())}) {
        all.push_back(widget->mapTo(panel, QPoint()));
      }
    }
    return all;
  };
  const auto before = places();
  panel->setSpread({.n_layer = 4, .n_embd = 64}, {.median = 0.0123, .least = 0.01, .most = 0.02, .n_measured = 28});
  EXPECT_EQ(places(), before) << "a target is proposed";
  MitigationSection* tvr = panel->section(QStringLiteral("tvr"));
  tvr->previewButton()->click();
  EXPECT_EQ(places(), before) << "it is measuring";
  run->step();
  settle();
  ASSERT_TRUE(tvr->resultLabel()->text().contains(QStringLiteral("loss")));
  EXPECT_TRUE(tvr->resultLabel()->isVisible());
  EXPECT_EQ(places(), before) << "the numbers are there";
}

TEST_F(SteadyTest, EveryRunsTabKeepsRoomForItsName) {
  window->resize(1280, 720);
  for (int i = 0; i < 5; ++i) {
    LiveOptions options;
    options.name = "A run with a name that is rather long, as names of forks are";
    ASSERT_TRUE(window->startRun({}, options));
  }
  settle();
  const QTabBar* tabs = window->runTabs();
  ASSERT_EQ(tabs->count(), 5);
  const int letter = tabs->fontMetrics().averageCharWidth();
  for (int i = 0; i < tabs->count(); ++i) {
    EXPECT_GE(tabs->tabRect(i).width(), 15 * letter) << i;
    EXPECT_LE(tabs->tabRect(i).width(), 40 * letter) << "none takes more than its share";
  }
}

TEST_F(SteadyTest, APreviewThatChangesNothingSaysSo) {
  EXPECT_EQ(change_text(2.5, 2.5), QStringLiteral("no change"));
  EXPECT_EQ(change_text(2.5, 2.6), QStringLiteral("+4.0 %"));
  EXPECT_EQ(change_text(2.5, 2.4), QStringLiteral("−4.0 %"));
  EXPECT_EQ(change_text(1, 1.00001), QStringLiteral("+0.001000 %")) << "small is not none";
  EXPECT_EQ(change_text(0, 1), QString());
  EXPECT_EQ(change_text(1, std::nan("")), QString());
}

class PaletteTest : public WindowTest {
 protected:
  QStringList rows(const QString& typed) {
    CommandPalette palette(window->actions().all(), window.get());
    palette.edit()->setText(typed);
    QStringList all;
    for (int i = 0; i < palette.list()->count(); ++i) all << palette.list()->item(i)->text();
    return all;
  }
};

TEST_F(PaletteTest, WhatCanBeDoneComesBeforeWhatCannotWhichSaysWhy) {
  ASSERT_FALSE(window->actions().require(QStringLiteral("run.step"))->isEnabled());
  for (const char* typed : {"", "s", "st", "run", "card", "undo"}) {
    CommandPalette palette(window->actions().all(), window.get());
    palette.edit()->setText(QString::fromLatin1(typed));
    bool greyed = false;
    for (int i = 0; i < palette.list()->count(); ++i) {
      const bool enabled = palette.list()->item(i)->flags() & Qt::ItemIsEnabled;
      EXPECT_FALSE(enabled && greyed) << typed << ": " << palette.list()->item(i)->text().toStdString();
      greyed |= !enabled;
    }
  }
  const QStringList step = rows(QStringLiteral("Step N"));
  ASSERT_FALSE(step.isEmpty());
  EXPECT_TRUE(step.filter(QStringLiteral("No run is open")).size() > 0) << step.join('\n').toStdString();
}

TEST_F(PaletteTest, FindsACommandByOtherWordsForIt) {
  const auto first = [this](const char* typed) { return rows(QString::fromLatin1(typed)).join(QLatin1Char('\n')); };
  EXPECT_TRUE(first("overlay").contains(QStringLiteral("Pin")));
  EXPECT_TRUE(first("checkpoint").contains(QStringLiteral("Save model")));
  EXPECT_TRUE(first("settings").startsWith(QStringLiteral("Preferences")));
  EXPECT_TRUE(first("ablation").contains(QStringLiteral("set to zero")));
  EXPECT_TRUE(first("shortcuts").startsWith(QStringLiteral("Keys")));
  const QStringList none = rows(QStringLiteral("qqqq"));
  ASSERT_EQ(none.size(), 1);
  EXPECT_TRUE(none.front().contains(QStringLiteral("qqqq")));
  for (const QString& id : actionsWithWords()) {
    EXPECT_NO_THROW(window->actions().require(id)) << id.toStdString() << " is no command";
  }
}

TEST_F(SteadyTest, WhatIsCopiedIsSaid) {
  start();
  run->step();
  settle();
  window->activateWindow();
  window->actions().require(QStringLiteral("file.command_line"))->trigger();
  EXPECT_TRUE(Toast::said(window.get()).contains(QStringLiteral("variometer train"))) << "where one sees it";
  const auto* toast = window->findChild<Toast*>();
  ASSERT_NE(toast, nullptr);
  EXPECT_TRUE(toast->isVisible());
  EXPECT_TRUE(window->rect().contains(toast->geometry()));
  EXPECT_NE(window->childAt(toast->geometry().center()), toast) << "the mouse goes through it";
}

}  // namespace
}  // namespace variometer
