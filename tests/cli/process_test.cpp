// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/cli_process.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <csignal>

#include "core/base/error.h"

namespace variometer {
namespace {

TEST(GoOnInChild, GivesTheStatusOfTheChild) {
  const auto status = go_on_in_child("run.h5");
  if (!status) ::_exit(7);
  EXPECT_EQ(*status, 7);
}

TEST(GoOnInChild, SaysWhichFileBroughtTheLibraryDown) {
  try {
    if (!go_on_in_child("run.h5")) ::kill(::getpid(), SIGKILL);
    FAIL() << "a child that was killed has no status";
  } catch (const Error& error) {
    EXPECT_EQ(error.exit_status(), 3);
    EXPECT_EQ(std::string(error.what()).rfind("run.h5: ", 0), 0u) << error.what();
    EXPECT_NE(std::string(error.what()).find("Killed"), std::string::npos) << error.what();
  }
}

}  // namespace
}  // namespace variometer
