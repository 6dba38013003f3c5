// SPDX-License-Identifier: GPL-3.0-or-later
// From a run to Inspect: the model as it is just now, saved between two updates.
#include <QDir>
#include <QFileInfo>
#include <QSignalSpy>

#include "app/run_model.h"
#include "app/run_session.h"
#include "app/settings.h"
#include "tests/app/window_fixture.h"

namespace variometer {
namespace {

class RunModelTest : public WindowTest {
 protected:
  void SetUp() override {
    WindowTest::SetUp();
    start();
    for (int i = 0; i < 5; ++i) run->step();
    settle();
  }

  /// The folder that ready() told of.
  QString ask() {
    QSignalSpy ready(&models, &RunModel::ready);
    EXPECT_EQ(models.request(*window->session()), QString());
    run->step();
    settle();
    EXPECT_TRUE(until([&] { return ready.count() == 1; }));
    if (ready.isEmpty()) return {};
    told_step = ready.front().at(1).toLongLong();
    told_saved = ready.front().at(2).toBool();
    return ready.front().at(0).toString();
  }

  RunModel models;
  qint64 told_step = -1;
  bool told_saved = true;
};

TEST_F(RunModelTest, IsSavedByTheRunItselfAndToldWithItsStep) {
  const QString folder = ask();
  ASSERT_FALSE(run->received().empty());
  EXPECT_EQ(run->received().back().kind, Command::Kind::checkpoint);
  EXPECT_TRUE(QFileInfo(folder).isDir()) << folder.toStdString();
  EXPECT_TRUE(folder.startsWith(cacheFolder()));
  EXPECT_FALSE(told_saved);
  std::int64_t saved_at = -1;
  for (const Event& event : window->session()->history().events()) {
    if (event.kind == "checkpoint") saved_at = event.step;
  }
  EXPECT_EQ(told_step, saved_at);
  EXPECT_TRUE(QFileInfo(folder).fileName().endsWith(QStringLiteral("step %1").arg(saved_at)));
  EXPECT_EQ(window->session()->state(), RunState::running) << "the run goes on";
}

TEST_F(RunModelTest, OnlyTheTwoNewestTakeRoomOnTheDisk) {
  const QString first = ask(), second = ask(), third = ask();
  EXPECT_FALSE(QFileInfo::exists(first));
  EXPECT_TRUE(QFileInfo::exists(second));
  EXPECT_TRUE(QFileInfo::exists(third));
}

TEST_F(RunModelTest, SaysWhyThereIsNoModelOfARunThatEndedWithoutOne) {
  run->fail("no memory");
  settle();
  ASSERT_TRUE(window->session()->ended());
  EXPECT_FALSE(models.request(*window->session()).isEmpty());
}

}  // namespace
}  // namespace variometer
