// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/step_axis.h"

#include <gtest/gtest.h>

#include <QSignalSpy>

namespace variometer {
namespace {

TEST(StepAxis, AnUntouchedViewFollowsTheRun) {
  StepAxis axis;
  axis.setExtent(0, 100);
  axis.setExtent(0, 200);
  EXPECT_TRUE(axis.following());
  EXPECT_EQ(axis.range(), (StepAxis::Range{0, 200}));
  EXPECT_EQ(axis.shownStep(), 200);
  EXPECT_TRUE(axis.chip().isEmpty());
}

TEST(StepAxis, AZoomHoldsAndSaysWhatIsNew) {
  StepAxis axis;
  axis.setExtent(0, 4212);
  axis.setRange({1000, 2000});
  axis.setExtent(0, 4592);
  EXPECT_FALSE(axis.following());
  EXPECT_EQ(axis.range(), (StepAxis::Range{1000, 2000}));
  EXPECT_EQ(axis.chip(), QStringLiteral("Held at step 4,212 · 380 new"));
  axis.follow();
  EXPECT_EQ(axis.range(), (StepAxis::Range{0, 4592}));
}

TEST(StepAxis, ACursorScrubsAndIsClampedToTheRun) {
  StepAxis axis;
  axis.setExtent(0, 100);
  QSignalSpy shown(&axis, &StepAxis::shownStepChanged);
  axis.setCursor(500);
  EXPECT_EQ(axis.shownStep(), 100);
  axis.moveCursor(-30);
  EXPECT_EQ(axis.shownStep(), 70);
  EXPECT_GE(shown.count(), 2);
  axis.setEvents({20, 60});
  axis.moveCursorToEvent(-1);
  EXPECT_EQ(axis.shownStep(), 60);
}

TEST(StepAxis, GoesBackThroughEarlierViews) {
  StepAxis axis;
  axis.setExtent(0, 100);
  axis.pushOwnView();
  axis.setRange({10, 20});
  axis.pushOwnView();
  axis.setRange({12, 14});
  axis.previousView();
  EXPECT_EQ(axis.range(), (StepAxis::Range{10, 20}));
  axis.previousView();
  EXPECT_TRUE(axis.following());
}

TEST(StepAxis, CursorsComeTogetherAndGoTogether) {
  StepAxis axis;
  axis.setExtent(0, 100);
  axis.toggleCursors();
  EXPECT_EQ(axis.cursor(), 100);
  EXPECT_EQ(axis.reference(), 100);
  axis.moveCursor(-30);
  EXPECT_EQ(axis.cursor(), 70);
  EXPECT_EQ(axis.reference(), 100) << "B stays: that is what the distance is from";
  axis.toggleCursors();
  EXPECT_FALSE(axis.cursor() || axis.reference());
}

TEST(StepAxis, APinIsCursorBAtTheStepShown) {
  StepAxis axis;
  axis.setExtent(0, 100);
  axis.togglePin();
  EXPECT_EQ(axis.reference(), 100);
  EXPECT_TRUE(axis.following());
  axis.setExtent(0, 200);
  axis.togglePin();
  EXPECT_EQ(axis.reference(), 200) << "another step is shown";
  axis.togglePin();
  EXPECT_FALSE(axis.reference());
}

}  // namespace
}  // namespace variometer
