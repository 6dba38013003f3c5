// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/cli_summary.h"

#include <gtest/gtest.h>

namespace variometer {
namespace {

TEST(Summary, NamesTheRecordOnlyOfARunThatBegan) {
  TrainRequest request;
  request.record = "run.h5";
  request.checkpoint = "model";
  RunEnd end;
  end.state = RunState::stopped;
  EXPECT_EQ(summary(end, request).find("run.h5"), std::string::npos) << summary(end, request);
  EXPECT_EQ(summary(end, request).find("checkpoint"), std::string::npos) << summary(end, request);

  end.began = true;
  end.record = "run.h5";
  EXPECT_NE(summary(end, request).find("recorded in run.h5"), std::string::npos) << summary(end, request);
  EXPECT_NE(summary(end, request).find("checkpoint in model"), std::string::npos) << summary(end, request);

  end.message = "the last checkpoint could not be saved";
  EXPECT_EQ(summary(end, request).find("checkpoint"), std::string::npos) << summary(end, request);
}

}  // namespace
}  // namespace variometer
