// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/record_rehearsal.h"

#include <gtest/gtest.h>

#include <QElapsedTimer>
#include <QFile>
#include <QProgressDialog>
#include <QPushButton>
#include <QTemporaryDir>
#include <QTest>
#include <QTimer>

#include "core/base/error.h"

namespace variometer {
namespace {

/// A program that does what `script` says when it is asked to check a record.
class RecordRehearsalTest : public ::testing::Test {
 protected:
  QString program(const char* script) {
    const QString path = folder.filePath(QStringLiteral("program"));
    QFile file(path);
    if (!file.open(QIODevice::WriteOnly)) return {};
    file.write("#!/bin/sh\n");
    file.write(script);
    file.close();
    file.setPermissions(file.permissions() | QFileDevice::ExeOwner);
    return path;
  }

  std::string refusal(const char* script) {
    try {
      rehearseRecord(&window, program(script), QStringLiteral("run.h5"), Until::ended);
    } catch (const Error& error) {
      return error.what();
    }
    return "";
  }

  QTemporaryDir folder;
  QWidget window;
};

TEST_F(RecordRehearsalTest, IsTheProgramsCheckOfTheFile) {
  const QString told = folder.filePath(QStringLiteral("told"));
  EXPECT_TRUE(rehearseRecord(&window,
                             program(("echo \"$@\" >" + told.toStdString() + R"(; echo '{"whole":true}')").c_str()),
                             QStringLiteral("run.h5"), Until::ended));
  QFile file(told);
  ASSERT_TRUE(file.open(QIODevice::ReadOnly));
  EXPECT_EQ(file.readAll(), "check --json --progress run.h5\n");
}

TEST_F(RecordRehearsalTest, LeavesDamageToWhoeverOpensTheFile) {
  const auto rehearsal =
      rehearseRecord(&window, program(R"(echo '{"whole": false}'; exit 3)"), QStringLiteral("run.h5"), Until::ended);
  ASSERT_TRUE(rehearsal);
  EXPECT_TRUE(rehearsal->course()->passed());
}

TEST_F(RecordRehearsalTest, TheFirstSnapshotsNeedNotWaitForTheLast) {
  const QString go = folder.filePath(QStringLiteral("go"));
  const std::string script = R"(echo '{"read": 256}'; while [ ! -e )" + go.toStdString() +
                             R"( ]; do sleep 0.05; done; echo '{"read": 300}'; echo '{"whole": true}')";
  const auto rehearsal = rehearseRecord(&window, program(script.c_str()), QStringLiteral("run.h5"), Until::begun);
  ASSERT_TRUE(rehearsal);
  EXPECT_FALSE(rehearsal->hasEnded());
  EXPECT_EQ(rehearsal->course()->more_than(0, {}), 256);
  EXPECT_FALSE(rehearsal->course()->passed());
  QFile(go).open(QIODevice::WriteOnly);
  EXPECT_TRUE(QTest::qWaitFor([&] { return rehearsal->course()->passed(); }, 30000));
}

TEST_F(RecordRehearsalTest, AFallInTheMiddleIsToldToTheReader) {
  const auto rehearsal = rehearseRecord(
      &window, program(R"(echo '{"read": 256}'; sleep 0.2; echo 'variometer: run.h5: HDF5 fell' >&2; exit 3)"),
      QStringLiteral("run.h5"), Until::begun);
  ASSERT_TRUE(rehearsal);
  ASSERT_TRUE(QTest::qWaitFor([&] { return rehearsal->hasEnded(); }, 30000));
  EXPECT_EQ(rehearsal->course()->more_than(0, {}), 256);
  try {
    rehearsal->course()->more_than(256, {});
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(std::string(error.what()), "run.h5: HDF5 fell");
  }
}

TEST_F(RecordRehearsalTest, TellsTheProgramsLineWhenNothingCouldBeRead) {
  EXPECT_EQ(refusal("echo 'variometer: run.h5: is not HDF5' >&2; exit 3"), "run.h5: is not HDF5");
}

TEST_F(RecordRehearsalTest, SaysSoWhenTheProgramItselfFell) {
  EXPECT_NE(refusal("kill -SEGV $$").find("run.h5: could not be read"), std::string::npos);
}

TEST_F(RecordRehearsalTest, CancelEndsTheReaderAtOnce) {
  QTimer::singleShot(1500, &window, [this] {
    auto* dialog = window.findChild<QProgressDialog*>();
    ASSERT_NE(dialog, nullptr);
    EXPECT_TRUE(dialog->isVisible());
    dialog->findChild<QPushButton*>()->click();
  });
  QElapsedTimer clock;
  clock.start();
  EXPECT_FALSE(rehearseRecord(&window, program("exec sleep 60"), QStringLiteral("run.h5"), Until::begun));
  EXPECT_LT(clock.elapsed(), 30000);
}

}  // namespace
}  // namespace variometer
