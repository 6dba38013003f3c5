// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/base/card_table.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <locale>
#include <sstream>

#include "core/base/error.h"

namespace variometer {
namespace {

constexpr std::int64_t kAll = std::numeric_limits<std::int64_t>::max();

// Three updates; the second measured two tensors and two layers, with an activation planted at layer 1, token 0,
// channel 7, and wrote a sample.
RunHistory planted() {
  RunHistory history;
  RunInfo info;
  info.n_layer = 2;
  info.tensors = {{.name = "a", .layer = 0, .role = "q_proj"}, {.name = "b,\"c\"", .layer = -1, .role = "head"}};
  history.set_info(info);
  for (std::int64_t step = 1; step <= 3; ++step) {
    auto s = std::make_shared<Snapshot>();
    s->step = step;
    s->loss = 0.1F * static_cast<float>(step);
    if (step == 2) {
      s->validation_loss = 0.5F;
      s->weights = std::make_shared<WeightSnapshot>(WeightSnapshot{{{.std = 0.25F}, {.std = 0.5F}}});
      ActivationSnapshot a;
      a.token_texts = {"<s>"};
      a.layers.resize(2);
      a.layers[1].top = {{.value = -500, .layer = 1, .token = 0, .channel = 7}};
      a.layers[1].median = 0.5F;
      a.layers[1].ratio = 1000;
      a.layers[1].kv_slot_share = 0.75F;
      a.layers[1].token_max = {500, 1};
      a.massive = {{.value = -500, .layer = 1, .token = 0, .channel = 7, .ratio = 1000}};
      s->probe = std::make_shared<ActivationSnapshot>(a);
      a.massive[0].sequence = 3;
      s->batch = std::make_shared<ActivationSnapshot>(a);
      s->sample = Sample{"Summer", "is \"warm\",\nsaid they"};
      s->events = {{2, "set", R"({"kind": "set"})"}};
    }
    history.append(s);
  }
  return history;
}

TEST(CardTable, HoldsTheStepsOfTheRangeBothEndsIncluded) {
  const CardTable loss = card_table(planted(), "loss", 2, 3);
  ASSERT_EQ(loss.n_row(), 2U);
  EXPECT_EQ(loss.find("step")->numbers, (std::vector<double>{2, 3}));
  EXPECT_EQ(loss.find("loss")->numbers[1], static_cast<double>(0.1F * 3));
  EXPECT_EQ(loss.find("loss")->unit, "nat");
  EXPECT_EQ(loss.find("validation_loss")->numbers[0], 0.5);
  EXPECT_TRUE(std::isnan(loss.find("validation_loss")->numbers[1]));
  EXPECT_EQ(card_table(planted(), "weight_std", 3, kAll).n_row(), 0U);
}

TEST(CardTable, FindsThePlantedActivation) {
  const RunHistory history = planted();
  const CardTable massive = card_table(history, "massive_map");
  ASSERT_EQ(massive.n_row(), 1U);
  EXPECT_EQ(massive.find("layer")->numbers[0], 1);
  EXPECT_EQ(massive.find("token_text")->texts[0], "<s>");
  EXPECT_EQ(massive.find("channel")->numbers[0], 7);
  EXPECT_EQ(massive.find("value")->numbers[0], -500);
  EXPECT_EQ(card_table(history, "batch_massive_map").find("sequence")->numbers[0], 3);
  const CardTable top = card_table(history, "top_activation");
  ASSERT_EQ(top.n_row(), 2U);
  EXPECT_TRUE(std::isnan(top.find("top1")->numbers[0]));
  EXPECT_EQ(top.find("top1")->numbers[1], -500);
  EXPECT_EQ(top.find("top1_channel")->numbers[1], 7);
  EXPECT_EQ(card_table(history, "ratio").find("layer1")->numbers[0], 1000);
  EXPECT_EQ(card_table(history, "attention").find("kv_slot_share")->numbers[1], 0.75);
  EXPECT_EQ(card_table(history, "token_max").find("token0")->numbers[0], 500);
}

TEST(CardTable, NamesTensors) {
  EXPECT_EQ(card_table(planted(), "weight_std").find("b,\"c\"")->numbers[0], 0.5);
  const CardTable carpet = card_table(planted(), "weight_std_carpet");
  EXPECT_EQ(carpet.find("role")->texts, (std::vector<std::string>{"q_proj", "head"}));
  EXPECT_EQ(carpet.find("std")->numbers, (std::vector<double>{0.25, 0.5}));
}

TEST(CardTable, KnowsEveryNameItLists) {
  const RunHistory history = planted();
  for (const auto& [name, help] : card_table_names()) {
    const CardTable table = card_table(history, name);
    EXPECT_FALSE(table.columns.empty()) << name;
    EXPECT_FALSE(help.empty());
    for (const auto& column : table.columns) {
      EXPECT_EQ(column.is_text ? column.texts.size() : column.numbers.size(), table.n_row())
          << name << ' ' << column.name;
    }
  }
  try {
    card_table(history, "lost");
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), Error::Kind::usage);
    EXPECT_NE(std::string(error.what()).find("weight_std"), std::string::npos);
  }
}

TEST(CardTable, HoldsEveryCellOfAPicture) {
  Frame frame;
  frame.rows = 1;
  frame.columns = 2;
  frame.values = {3, -9};
  frame.arg_token = {4, 0};
  frame.arg_channel = {10, 30};
  frame.token_texts = {"<s>"};
  const CardTable table = card_table(frame);
  EXPECT_EQ(table.find("channel")->numbers, (std::vector<double>{10, 30}));
  EXPECT_EQ(table.find("token_text")->texts, (std::vector<std::string>{"", "<s>"}));
  EXPECT_EQ(table.find("value")->numbers, (std::vector<double>{3, -9}));
}

TEST(Csv, QuotesWhatNeedsItAndLosesNoDigit) {
  std::ostringstream out;
  write_csv(out, card_table(planted(), "samples"));
  EXPECT_EQ(out.str(), "step,prompt,text\n2,Summer,\"is \"\"warm\"\",\nsaid they\"\n");
  CardTable table;
  table.columns = {{.name = "a", .numbers = {static_cast<double>(0.1F), std::nan(""), 1e-300, 12345678, HUGE_VAL}}};
  std::ostringstream numbers;
  write_csv(numbers, table);
  EXPECT_EQ(numbers.str(), "a\n0.1\n\n1e-300\n12345678\ninf\n");
}

TEST(Csv, IsTheSameInEveryLocale) {
  struct Comma : std::numpunct<char> {
    char do_decimal_point() const override { return ','; }
    char do_thousands_sep() const override { return '.'; }
    std::string do_grouping() const override { return "\3"; }
  };
  std::ostringstream out;
  out.imbue(std::locale(std::locale::classic(), new Comma));
  CardTable table;
  table.columns = {{.name = "a", .numbers = {1234567.5}}};
  write_csv(out, table);
  EXPECT_EQ(out.str(), "a\n1234567.5\n");
}

}  // namespace
}  // namespace variometer
