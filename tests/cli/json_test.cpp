// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/cli_json.h"

#include <gtest/gtest.h>

#include <limits>

namespace variometer {
namespace {

TEST(Json, WritesFloatsAsShortAsTheyAreAndNothingThatIsNotFinite) {
  EXPECT_EQ(json_number(0.1f).dump(), "0.1");
  EXPECT_EQ(json_number(-33.9f).dump(), "-33.9");
  EXPECT_EQ(json_number(1.17549435e-38f).dump(), "1.1754944e-38");
  EXPECT_TRUE(json_number(std::numeric_limits<float>::infinity()).is_null());
  EXPECT_TRUE(json_number(kNotMeasured).is_null());
}

TEST(Json, PrintsAnUpdateWithWhatWasMeasuredAndNothingElse) {
  Snapshot snapshot;
  snapshot.step = 7;
  snapshot.loss = 0.5f;
  RunInfo info;
  info.tensors = {{.name = "a"}};
  EXPECT_EQ(to_line(json_update(snapshot, info)),
            R"({"step":7,"loss":0.5,"learning_rate":null,"grad_norm":null,"tokens_per_second":null,)"
            R"("observe_fraction":null})");
  snapshot.weights = std::make_shared<WeightSnapshot>(WeightSnapshot{{{.std = 0.25f, .rescaled = true}}});
  snapshot.applied = {{8, {.assignments = {{"tvr.enabled", "true"}}}, ""}};
  const auto json = json_update(snapshot, info);
  EXPECT_EQ(json["weights"]["a"]["std"], 0.25);
  EXPECT_EQ(json["weights"]["a"]["rescaled"], true);
  EXPECT_EQ(json["applied"].dump(), R"([{"step":8,"key":"tvr.enabled","value":"true"}])");
}

TEST(Json, LeavesOutParametersOfSwitchesThatAreOff) {
  Snapshot snapshot;
  snapshot.weights = std::make_shared<WeightSnapshot>(WeightSnapshot{{{.std = 0.25f}, {.std = 0.5f}}});
  RunInfo info;
  info.tensors = {{.name = "q", .role = "q_proj"}, {.name = "k", .role = "k_bias"}};
  EXPECT_EQ(json_update(snapshot, info)["weights"].size(), 1U);
  snapshot.mitigations.kv_bias.enabled = true;
  EXPECT_EQ(json_update(snapshot, info)["weights"]["k"]["std"], 0.5);
}

TEST(Json, PutsEveryMassiveActivationIntoItsLayer) {
  ActivationSnapshot activation;
  activation.layers.resize(2);
  activation.massive = {{.value = -500, .layer = 1, .token = 0, .channel = 7, .ratio = 1000}};
  const auto layers = json_layers(activation, /*batch=*/false);
  EXPECT_TRUE(layers[0]["massive"].empty());
  EXPECT_EQ(layers[1]["massive"][0].dump(), R"({"value":-500.0,"token":0,"channel":7})");
}

}  // namespace
}  // namespace variometer
