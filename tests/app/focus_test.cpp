// SPDX-License-Identifier: GPL-3.0-or-later
// Tab through the window and its dialogs: every place it stops at shows so, in every theme, and comes in the order in
// which one reads.
#include <QAction>
#include <QDialog>
#include <QLabel>
#include <QLineEdit>
#include <QPushButton>

#include "app/card_table_dialog.h"
#include "app/card_tabs.h"
#include "app/export_dialog.h"
#include "app/fork_dialog.h"
#include "app/keys_sheet.h"
#include "app/new_run_dialog.h"
#include "app/preferences_dialog.h"
#include "tests/app/focus_walk.h"
#include "tests/app/window_fixture.h"
#include "widgets/panel_events.h"
#include "widgets/panel_mitigation.h"
#include "widgets/panel_switch.h"
#include "widgets/panel_transport.h"
#include "widgets/panel_tree.h"
#include "widgets/start_page.h"

namespace variometer {
namespace {

using FocusTest = WindowTest;

const char* const kThemes[] = {"light", "dark", "contrast"};

TEST_F(FocusTest, IsSeenWhereverTabStopsInTheWindow) {
  window->resize(1280, 800);
  for (const bool observing : {false, true}) {
    if (observing) {
      start();
      for (int i = 0; i < 20; ++i) run->step();
      settle();
    }
    for (const char* name : kThemes) {
      window->actions().require(QStringLiteral("theme.") + QString::fromLatin1(name))->trigger();
      expect_visible_focus(*window, std::string(observing ? "observe, " : "start, ") + name);
    }
  }
}

TEST_F(FocusTest, GoesThroughTheWindowAsOneReads) {
  window->resize(1280, 800);
  QList<QWidget*> all = stops(*window);
  EXPECT_EQ(all.front(), window->findChild<DemoCard*>()) << "the first demo comes first";
  QTest::keyClick(all.front(), Qt::Key_Return);
  ASSERT_TRUE(until([this] { return window->session() != nullptr; })) << "Enter starts it";
  settle();
  window->findChild<ModelTreePanel*>()->findBox()->setFocus();
  all = stops(*window);
  qsizetype before = -1;
  for (const QWidget* part : std::initializer_list<const QWidget*>{
           window->findChild<ModelTreePanel*>(), window->cards(), window->findChild<TransportBar*>(),
           window->findChild<EventsPanel*>(), window->findChild<MitigationPanel*>()}) {
    qsizetype first = all.size(), last = -1;
    for (qsizetype i = 0; i < all.size(); ++i) {
      if (part->isAncestorOf(all[i])) first = std::min(first, i), last = i;
    }
    EXPECT_GT(first, before) << part->metaObject()->className();
    before = last;
  }
  for (QWidget* place : all) {
    place->setFocus(Qt::TabFocusReason);
    EXPECT_FALSE(place->visibleRegion().isEmpty()) << place_name(place) << " is behind another panel, or out of sight";
  }
}

TEST_F(FocusTest, APanelThatScrollsShowsWhatTheKeyboardIsAtUnderItsHead) {
  window->resize(1280, 720);
  start();
  window->activateWindow();
  MitigationSection* dyt = window->mitigationPanel()->section(QStringLiteral("dyt"));
  const auto seen = [](const QWidget* widget) {
    return widget->visibleRegion().boundingRect() == QRect(QPoint(), widget->size());
  };
  ASSERT_FALSE(seen(dyt->previewButton())) << "nothing to scroll to at this size";
  dyt->previewButton()->setFocus(Qt::TabFocusReason);
  EXPECT_TRUE(seen(dyt->previewButton()));
  dyt->toggle()->setFocus(Qt::BacktabFocusReason);
  for (const QWidget* head : {static_cast<QWidget*>(dyt->toggle()), static_cast<QWidget*>(dyt->stateLabel())}) {
    EXPECT_TRUE(seen(head)) << place_name(head);
  }
  window->mitigationPanel()->section(QStringLiteral("tvr"))->toggle()->setFocus(Qt::BacktabFocusReason);
  EXPECT_TRUE(seen(window->mitigationPanel()->section(QStringLiteral("tvr"))->stateLabel()));
}

TEST_F(FocusTest, IsSeenWhereverTabStopsInADialog) {
  start();
  for (int i = 0; i < 20; ++i) run->step();
  settle();
  Card* loss = window->cards()->card(QStringLiteral("loss"));
  for (const char* name : kThemes) {
    window->actions().require(QStringLiteral("theme.") + QString::fromLatin1(name))->trigger();
    const auto open = [&](QDialog& dialog, const char* where) {
      dialog.show();
      expect_visible_focus(dialog, std::string(where) + ", " + name);
      dialog.close();
    };
    NewRunDialog new_run(window.get());
    open(new_run, "new run");
    PreferencesDialog preferences(window.get());
    open(preferences, "preferences");
    ExportDialog figure(loss, window->cards()->shownCards(), window->session()->history(), QStringLiteral("r.h5"),
                        window.get());
    open(figure, "export");
    ForkDialog fork(QStringLiteral("test"), {}, {.last = 20, .planned = 20}, {}, window.get());
    open(fork, "fork");
    CardTableDialog table(*loss, window.get());
    open(table, "table");
    KeysSheet keys(window->actions().all(), window.get());
    open(keys, "keys");
  }
}

}  // namespace
}  // namespace variometer
