// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/panel_events.h"

#include <gtest/gtest.h>

#include <QAction>
#include <QSignalSpy>
#include <QTreeWidget>

namespace variometer {
namespace {

QString text(const EventsPanel& panel, int row, int column = 2) {
  return panel.list()->topLevelItem(row)->text(column);
}

TEST(EventsPanel, HasOneRowForACheckOfTvrThatUnfolds) {
  RunHistory history;
  EventsPanel panel;
  for (const std::int64_t step : {50, 100}) {
    for (int i = 0; i < 28; ++i) {
      history.add_event({step, "rescale", R"({"tensor":"w)" + std::to_string(i) + R"(","std":0.02,"target":0.01})"});
      if (i == 13) panel.showEvents(history);  // they come in pieces
    }
    panel.showEvents(history);
  }
  history.add_event({101, "rescale", R"({"tensor":"alone","std":0.02,"target":0.01})"});
  panel.showEvents(history);
  ASSERT_EQ(panel.count(), 3);
  EXPECT_EQ(text(panel, 0).toStdString(), "TVR rescaled alone: std 0.02 → 0.01");
  EXPECT_EQ(text(panel, 1).toStdString(), "TVR rescaled 28 matrices");
  EXPECT_EQ(text(panel, 1, 0).toStdString(), "100");
  ASSERT_EQ(panel.list()->topLevelItem(1)->childCount(), 28);
  EXPECT_EQ(panel.list()->topLevelItem(1)->child(0)->text(2).toStdString(), "TVR rescaled w0: std 0.02 → 0.01");
  EXPECT_EQ(panel.list()->topLevelItem(2)->childCount(), 28);
}

TEST(EventsPanel, SpeaksPlainWords) {
  RunHistory history;
  history.add_event({0, "tokenizer", R"({"path":"a/tokenizer.json","sha256":"0123456789abcdef0123"})"});
  history.add_event({7, "record_hidden", R"({"n_token":9})"});
  history.add_event({8, "checkpoint", R"({"path":"runs/one"})"});
  EventsPanel panel;
  panel.showEvents(history);
  EXPECT_EQ(text(panel, 2).toStdString(),
            "texts are read with the tokenizer of a/tokenizer.json (SHA-256 0123456789ab…)");
  EXPECT_EQ(text(panel, 1).toStdString(), "hidden states of the probe prompt recorded, 9 tokens");
  EXPECT_EQ(text(panel, 0).toStdString(), "saved as runs/one");
  for (int row = 0; row < panel.count(); ++row) {
    for (int column = 1; column < 3; ++column) {
      EXPECT_FALSE(text(panel, row, column).contains(QStringLiteral("sha256"))) << row;
      EXPECT_FALSE(text(panel, row, column).contains(QLatin1Char('_'))) << text(panel, row, column).toStdString();
    }
  }
}

TEST(EventsPanel, LetsMarksBeChangedAndRemovedAndNothingElse) {
  RunHistory history;
  history.add_event({3, "checkpoint", "{}"});
  history.add_event(mark_event({5, "here"}));
  EventsPanel panel;
  panel.showEvents(history);
  QSignalSpy edit(&panel, &EventsPanel::markEditRequested), remove(&panel, &EventsPanel::markRemoveRequested);
  panel.list()->setCurrentItem(panel.list()->topLevelItem(1));
  EXPECT_FALSE(panel.editAction()->isEnabled());
  panel.list()->setCurrentItem(panel.list()->topLevelItem(0));
  ASSERT_TRUE(panel.editAction()->isEnabled());
  panel.editAction()->trigger();
  panel.removeAction()->trigger();
  ASSERT_EQ(edit.count(), 1);
  ASSERT_EQ(remove.count(), 1);
  history.add_event(mark_event({5, "there"}, "here"));
  panel.showEvents(history);
  ASSERT_EQ(panel.count(), 2);
  EXPECT_EQ(text(panel, 0).toStdString(), "there");
}

}  // namespace
}  // namespace variometer
