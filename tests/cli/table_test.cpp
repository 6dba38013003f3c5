// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/cli_table.h"

#include <gtest/gtest.h>

#include <array>
#include <cmath>
#include <cstring>
#include <limits>

#include "app/cli_json.h"
#include "core/base/error.h"
#include "tests/cli/command.h"

namespace variometer {
namespace {

/// Three updates; update 2 measured two tensors and two layers, with a massive activation planted at (1, 0, 7).
RunHistory planted() {
  RunHistory history;
  RunInfo info;
  info.n_layer = 2;
  info.tensors = {{.name = "a"}, {.name = "b,\"c\""}};
  history.set_info(info);
  for (std::int64_t step = 1; step <= 3; ++step) {
    auto snapshot = std::make_shared<Snapshot>();
    snapshot->step = step;
    snapshot->loss = 0.1f * static_cast<float>(step);
    if (step == 2) {
      snapshot->weights = std::make_shared<WeightSnapshot>(WeightSnapshot{{{.std = 0.25f}, {.std = 0.5f}}});
      ActivationSnapshot activation;
      activation.layers.resize(2);
      activation.layers[1].top = {{.value = -500, .layer = 1, .token = 0, .channel = 7}};
      activation.layers[1].median = 0.5f;
      activation.massive = {{.value = -500, .layer = 1, .token = 0, .channel = 7, .ratio = 1000}};
      snapshot->probe = std::make_shared<ActivationSnapshot>(activation);
    }
    history.append(snapshot);
  }
  return history;
}

constexpr std::int64_t kAll = 1'000'000;

TEST(ExportTable, HoldsOneRowPerMeasuredStepInTheRangeBothEndsIncluded) {
  const auto history = planted();
  const auto loss = make_table(history, "loss", 2, 3);
  ASSERT_EQ(loss.rows.size(), 2u);
  EXPECT_EQ(loss.rows[0][0], 2);
  EXPECT_EQ(loss.rows[1][1], static_cast<double>(0.1f * 3));
  const auto std = make_table(history, "weight_std", 0, kAll);
  EXPECT_EQ(std.columns, (std::vector<std::string>{"step", "a", "b,\"c\""}));
  ASSERT_EQ(std.rows.size(), 1u);
  EXPECT_EQ(std.rows[0], (std::vector<double>{2, 0.25, 0.5}));
  EXPECT_TRUE(make_table(history, "weight_std", 3, kAll).rows.empty());
}

TEST(ExportTable, FindsThePlantedActivation) {
  const auto massive = make_table(planted(), "massive", 0, kAll);
  ASSERT_EQ(massive.rows.size(), 1u);
  EXPECT_EQ(massive.rows[0], (std::vector<double>{2, 1, 0, 0, 7, -500, 1000}));
  const auto top = make_table(planted(), "top", 0, kAll);
  EXPECT_EQ(top.columns[5], "layer1_top1");
  EXPECT_EQ(top.rows[0][5], -500);
  EXPECT_TRUE(std::isnan(top.rows[0][6]));
  EXPECT_EQ(top.rows[0][8], 0.5);
}

TEST(ExportTable, NamesWhatThereIs) {
  for (const auto& [name, help] : table_names()) EXPECT_NO_THROW(make_table(planted(), name, 0, kAll)) << name;
  EXPECT_THROW(make_table(planted(), "lost", 0, kAll), Error);
}

TEST(ExportTable, WritesCsvThatReadsBackExactly) {
  const test::TemporaryFolder folder;
  write_csv(folder / "t.csv", {{"step", "b,\"c\""}, {{1, static_cast<double>(0.1f)}, {2, std::nan("")}}});
  EXPECT_EQ(test::read_text(folder / "t.csv"), "step,\"b,\"\"c\"\"\"\n1,0.1\n2,\n");
}

TEST(ExportTable, WritesNumPyFilesAlignedTo64) {
  const test::TemporaryFolder folder;
  write_npy(folder / "t.npy", {{"step", "x"}, {{1, 2.5}, {3, -4}}});
  const auto bytes = test::read_text(folder / "t.npy");
  EXPECT_EQ(bytes.substr(0, 8), std::string("\x93NUMPY\x01\x00", 8));
  const std::size_t length = static_cast<unsigned char>(bytes[8]) + 256u * static_cast<unsigned char>(bytes[9]);
  EXPECT_EQ((10 + length) % 64, 0u);
  EXPECT_NE(bytes.find("'shape': (2, 2)"), std::string::npos);
  std::array<double, 4> values{};
  ASSERT_EQ(bytes.size(), 10 + length + sizeof values);
  std::memcpy(values.data(), bytes.data() + 10 + length, sizeof values);
  EXPECT_EQ(values, (std::array<double, 4>{1, 2.5, 3, -4}));
}

TEST(Json, WritesFloatsAsShortAsTheyAreAndNothingThatIsNotFinite) {
  EXPECT_EQ(json_number(0.1f).dump(), "0.1");
  EXPECT_EQ(json_number(-33.9f).dump(), "-33.9");
  EXPECT_EQ(json_number(1.17549435e-38f).dump(), "1.1754944e-38");
  EXPECT_TRUE(json_number(std::numeric_limits<float>::infinity()).is_null());
  EXPECT_TRUE(json_number(kNotMeasured).is_null());
}

TEST(Json, PutsEveryMassiveActivationIntoItsLayer) {
  const auto layers = json_layers(*planted().probe().front().activation, /*batch=*/false);
  EXPECT_TRUE(layers[0]["massive"].empty());
  EXPECT_EQ(layers[1]["massive"][0].dump(), R"({"value":-500.0,"token":0,"channel":7})");
}

}  // namespace
}  // namespace variometer
