// SPDX-License-Identifier: GPL-3.0-or-later
// The window at every size of itself and of its text: cards that can be read, and no text that is cut.
#include <QAbstractScrollArea>
#include <QAction>
#include <QApplication>
#include <QCheckBox>
#include <QComboBox>
#include <QDockWidget>
#include <QLabel>
#include <QPushButton>
#include <QScrollBar>
#include <QTabBar>
#include <QToolBar>
#include <QToolButton>

#include "app/card_tabs.h"
#include "app/export_dialog.h"
#include "app/fork_dialog.h"
#include "app/new_run_dialog.h"
#include "app/preferences_dialog.h"
#include "app/run_tabs.h"
#include "app/toast.h"
#include "tests/app/window_fixture.h"
#include "widgets/card.h"
#include "widgets/card_plot.h"
#include "widgets/elided_label.h"
#include "widgets/panel_mitigation.h"
#include "widgets/panel_tree.h"
#include "widgets/plot_library.h"

namespace variometer {
namespace {

class SizesTest : public WindowTest {
 protected:
  void TearDown() override {
    window.reset();
    QApplication::setFont(qApp->property("system_font").value<QFont>());
  }

  void scaleTo(int percent) {
    while (settings().value(QStringLiteral("scale"), 100).toInt() < percent) {
      window->actions().require(QStringLiteral("view.larger"))->trigger();
    }
    QApplication::processEvents();
  }

  void resizeTo(int width, int height) {
    window->resize(width, height);
    QTest::qWait(30);
  }

  std::vector<Card*> visible() {
    std::vector<Card*> seen;
    for (Card* card : window->cards()->shownCards()) {
      if (!card->visibleRegion().isEmpty()) seen.push_back(card);
    }
    return seen;
  }
};

/// Texts that do not fit into the widget that shows them.
QStringList cutTexts(const QWidget& top) {
  QStringList cut;
  for (const QWidget* widget : top.findChildren<QWidget*>()) {
    // Panels behind others, and what is scrolled away, are visible to Qt.
    if (widget->visibleRegion().isEmpty() || widget->inherits("variometer::Toast")) continue;
    QString text;
    int room = widget->contentsRect().width(), high = widget->contentsRect().height();
    if (const auto* label = qobject_cast<const QLabel*>(widget)) {
      if (dynamic_cast<const ElidedLabel*>(label) != nullptr) continue;
      if (label->wordWrap()) {
        if (label->heightForWidth(label->width()) > label->height() + 2) cut << QStringLiteral("low: ") + label->text();
        continue;
      }
      if (label->textFormat() != Qt::RichText) text = QString(label->text()).remove(u'&');
    } else if (const auto* box = qobject_cast<const QComboBox*>(widget)) {
      text = box->currentText();
      room -= widget->fontMetrics().height();
    } else if (qobject_cast<const QPushButton*>(widget) != nullptr ||
               qobject_cast<const QCheckBox*>(widget) != nullptr) {
      text = widget->property("text").toString().remove(u'&');
      if (qobject_cast<const QCheckBox*>(widget) != nullptr) room -= widget->fontMetrics().height();
    }
    if (text.isEmpty()) continue;
    if (widget->fontMetrics().horizontalAdvance(text) > room + 1) {
      cut << QStringLiteral("%1: %2 of %3").arg(text).arg(room).arg(widget->fontMetrics().horizontalAdvance(text));
    } else if (widget->fontMetrics().ascent() > high) {
      cut << QStringLiteral("low: ") + text;
    }
  }
  return cut;
}

TEST_F(SizesTest, CardsCanBeReadInASmallWindow) {
  start();
  for (int i = 0; i < 30; ++i) run->step();
  settle();
  const CardLayout standard = CardLayout::standard();
  for (const int scale : {100, 150, 200}) {
    scaleTo(scale);
    for (const QSize& size : {QSize(1280, 720), QSize(1680, 1050), QSize(950, 590)}) {
      resizeTo(size.width(), size.height());
      const int text = window->fontMetrics().height();
      const auto where = std::to_string(scale) + " %, " + std::to_string(size.width());
      ASSERT_FALSE(visible().empty()) << where;
      for (const Card* card : window->cards()->shownCards()) {
        EXPECT_GE(card->width(), 16 * text) << card->name().toStdString() << where;
        EXPECT_GE(card->height(), 12 * text) << card->name().toStdString() << where;
        if (const auto* plot = qobject_cast<const PlotCard*>(card)) {
          EXPECT_GE(plot->plot().axisRect()->width(), 9 * text) << card->name().toStdString() << where;
          EXPECT_GE(plot->plot().axisRect()->height(), 4 * text) << card->name().toStdString() << where;
        }
        const QPoint right = card->mapTo(window->cards(), QPoint(card->width(), 0));
        EXPECT_LE(right.x(), window->cards()->width()) << card->name().toStdString() << " at " << where;
      }
      // The layout is what it was: only what is shown of it gives way.
      const CardLayout now = window->cards()->layout();
      ASSERT_EQ(now.pages.front().rows.size(), standard.pages.front().rows.size()) << where;
      for (std::size_t row = 0; row < now.pages.front().rows.size(); ++row) {
        EXPECT_EQ(now.pages.front().rows[row].cards.size(), standard.pages.front().rows[row].cards.size()) << where;
      }
    }
  }
}

TEST_F(SizesTest, WhatIsOutOfSightIsReachedByKeysAndIsUpToDate) {
  resizeTo(950, 590);
  start();
  for (int i = 0; i < 10; ++i) run->step();
  settle();
  window->activateWindow();
  const std::vector<Card*> all = window->cards()->shownCards();
  ASSERT_GT(all.size(), 3U);
  EXPECT_TRUE(all.back()->visibleRegion().isEmpty());
  for (int i = 0; i < 10; ++i) run->step();
  settle();
  all.front()->setFocus();
  for (std::size_t i = 1; i < all.size(); ++i) QTest::keyClick(QApplication::focusWidget(), Qt::Key_PageDown);
  EXPECT_FALSE(all.back()->visibleRegion().isEmpty());
  const auto* last = qobject_cast<const PlotCard*>(all.back());
  const auto* middle = qobject_cast<const PlotCard*>(window->cards()->card(QStringLiteral("ratio")));
  ASSERT_TRUE(last != nullptr && middle != nullptr);
  EXPECT_TRUE(until([&] { return middle->visibleRegion().isEmpty() || middle->plot().pointsTotal() > 0; }));
}

TEST_F(SizesTest, NoTextIsCut) {
  start();
  for (int i = 0; i < 30; ++i) run->step();
  settle();
  for (const int scale : {100, 150, 200}) {
    scaleTo(scale);
    for (const QSize& size : {QSize(1680, 1050), QSize(1280, 720), QSize(840, 525)}) {
      resizeTo(size.width(), size.height());
      const QStringList cut = cutTexts(*window);
      EXPECT_TRUE(cut.isEmpty()) << scale << " %, " << size.width() << " x " << size.height() << ":\n"
                                 << cut.join(QLatin1Char('\n')).toStdString();
      EXPECT_LE(window->width(), size.width()) << scale;
      EXPECT_LE(window->height(), size.height()) << scale;
    }
  }
}

TEST_F(SizesTest, NoTextIsCutInADialog) {
  start();
  for (int i = 0; i < 20; ++i) run->step();
  settle();
  for (const int scale : {100, 200}) {
    scaleTo(scale);
    const auto open = [&](QDialog& dialog, const char* name) {
      dialog.show();
      QApplication::processEvents();
      const QStringList cut = cutTexts(dialog);
      EXPECT_TRUE(cut.isEmpty()) << name << " at " << scale << " %:\n" << cut.join(QLatin1Char('\n')).toStdString();
      dialog.close();
    };
    NewRunDialog new_run(window.get());
    open(new_run, "new run");
    PreferencesDialog preferences(window.get());
    open(preferences, "preferences");
    Card* loss = window->cards()->card(QStringLiteral("loss"));
    ExportDialog figure(loss, window->cards()->shownCards(), window->session()->history(), QStringLiteral("r.h5"),
                        window.get());
    open(figure, "export");
    ForkDialog fork(QStringLiteral("test"), {}, {.last = 20, .planned = 20}, {}, window.get());
    open(fork, "fork");
  }
}

TEST_F(SizesTest, PanelsGiveWayWhereThereIsNoRoomAndComeBack) {
  resizeTo(1440, 900);
  start();
  run->step();
  settle();
  const auto shown = [this](const char* name) {
    return !window->findChild<QDockWidget*>(QString::fromLatin1(name))->isHidden();
  };
  ASSERT_TRUE(shown("dock.model") && shown("dock.mitigations") && shown("dock.events"));
  scaleTo(200);
  resizeTo(1280, 720);
  EXPECT_FALSE(shown("dock.model"));
  EXPECT_TRUE(shown("dock.mitigations")) << "the last to give way";
  EXPECT_FALSE(Toast::said(window.get()).isEmpty()) << "it is said";
  EXPECT_EQ(window->history()->nextUndo(), nullptr) << "nobody did it";
  window->findChild<QDockWidget*>(QStringLiteral("dock.model"))->show();
  resizeTo(1290, 720);
  EXPECT_TRUE(shown("dock.model")) << "opened all the same, it stays";
  window->actions().require(QStringLiteral("view.normal"))->trigger();
  resizeTo(1680, 1050);
  EXPECT_TRUE(shown("dock.model") && shown("dock.events"));
}

TEST_F(SizesTest, IconsAreAsLargeAsTheText) {
  start();
  const auto* bar = window->findChild<QToolBar*>(QStringLiteral("toolbar.run"));
  const int before = bar->iconSize().height();
  scaleTo(200);
  EXPECT_GE(bar->iconSize().height(), before * 3 / 2);
  EXPECT_GE(bar->iconSize().height(), window->fontMetrics().height() * 9 / 10);
}

TEST_F(SizesTest, EveryRunsTabKeepsRoomForItsName) {
  resizeTo(1280, 720);
  for (int i = 0; i < 5; ++i) {
    LiveOptions options;
    options.name = i % 2 == 0 ? "A run with a name that is rather long, as names of forks are" : "demo";
    ASSERT_TRUE(window->startRun({}, options));
  }
  settle();
  const QTabBar* tabs = window->runTabs();
  ASSERT_EQ(tabs->count(), 5);
  int least = 10000, most = 0;
  for (int i = 0; i < tabs->count(); ++i) {
    if (i % 2 == 1) continue;  // short ones take what they need
    least = std::min(least, tabs->tabRect(i).width());
    most = std::max(most, tabs->tabRect(i).width());
  }
  const int letter = tabs->fontMetrics().averageCharWidth();
  EXPECT_GE(least, 15 * letter);
  EXPECT_LE(most, 40 * letter);
  EXPECT_LE(most, 2 * least) << "the one that is shown takes no more than its share";
}

}  // namespace
}  // namespace variometer
