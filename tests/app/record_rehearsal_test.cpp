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
class RecordRehearsal : public ::testing::Test {
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
      rehearseRecord(&window, program(script), QStringLiteral("run.h5"));
    } catch (const Error& error) {
      return error.what();
    }
    return "";
  }

  QTemporaryDir folder;
  QWidget window;
};

TEST_F(RecordRehearsal, IsTheProgramsCheckOfTheFile) {
  const QString told = folder.filePath(QStringLiteral("told"));
  EXPECT_TRUE(rehearseRecord(&window, program(("echo \"$@\" >" + told.toStdString() + "; echo '{}'").c_str()),
                             QStringLiteral("run.h5")));
  QFile file(told);
  ASSERT_TRUE(file.open(QIODevice::ReadOnly));
  EXPECT_EQ(file.readAll(), "check --json run.h5\n");
}

TEST_F(RecordRehearsal, LeavesDamageToWhoeverOpensTheFile) {
  EXPECT_TRUE(rehearseRecord(&window, program("echo '{\"whole\": false}'; exit 3"), QStringLiteral("run.h5")));
}

TEST_F(RecordRehearsal, TellsTheProgramsLineWhenNothingCouldBeRead) {
  EXPECT_EQ(refusal("echo 'variometer: run.h5: is not HDF5' >&2; exit 3"), "run.h5: is not HDF5");
}

TEST_F(RecordRehearsal, SaysSoWhenTheProgramItselfFell) {
  EXPECT_NE(refusal("kill -SEGV $$").find("run.h5: could not be read"), std::string::npos);
}

TEST_F(RecordRehearsal, CancelEndsTheReaderAtOnce) {
  QTimer::singleShot(1500, &window, [this] {
    auto* dialog = window.findChild<QProgressDialog*>();
    ASSERT_NE(dialog, nullptr);
    EXPECT_TRUE(dialog->isVisible());
    dialog->findChild<QPushButton*>()->click();
  });
  QElapsedTimer clock;
  clock.start();
  EXPECT_FALSE(rehearseRecord(&window, program("exec sleep 60"), QStringLiteral("run.h5")));
  EXPECT_LT(clock.elapsed(), 30000);
}

}  // namespace
}  // namespace variometer
