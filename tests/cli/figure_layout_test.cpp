// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/figure_layout.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "core/base/error.h"

namespace variometer {
namespace {

class FigureLayoutFile : public ::testing::Test {
 protected:
  void SetUp() override {
    file_ = std::filesystem::temp_directory_path() / ("variometer-layout-" + std::to_string(::getpid()) + ".json");
  }
  void TearDown() override { std::filesystem::remove(file_); }
  FigureLayout read(const std::string& text) const {
    std::ofstream(file_) << text;
    return figure_layout(file_.string());
  }
  int refusal(const std::string& text) const {
    try {
      read(text);
    } catch (const Error& error) {
      return error.exit_status();
    }
    return 0;
  }
  std::filesystem::path file_;
};

TEST_F(FigureLayoutFile, SaysWhatItHoldsAndLeavesTheRestOpen) {
  const auto layout = read(R"({"cards": ["ratio"], "width_mm": 60.5, "dpi": 300, "colours": "grey"})");
  EXPECT_EQ(layout.cards, std::vector<std::string>{"ratio"});
  EXPECT_EQ(layout.width_mm, 60.5);
  EXPECT_EQ(layout.dpi, 300);
  EXPECT_EQ(layout.colours, "grey");
  EXPECT_FALSE(layout.height_mm.has_value());
  EXPECT_FALSE(layout.theme.has_value());
}

TEST_F(FigureLayoutFile, IsRefusedWhereItIsNoLayout) {
  EXPECT_EQ(refusal("{"), 3);
  EXPECT_EQ(refusal("[1, 2]"), 3);
  EXPECT_EQ(refusal(R"({"widht_mm": 60})"), 2);
  EXPECT_EQ(refusal(R"({"width_mm": -1})"), 2);
  EXPECT_EQ(refusal(R"({"theme": 3})"), 2);
  EXPECT_EQ(refusal(R"({"colours": 3})"), 2);
  EXPECT_EQ(refusal(R"({"cards": "loss"})"), 2);
  EXPECT_EQ(refusal(R"({"cards": []})"), 2);
}

TEST(FigureLayout, OfANameIsACardSetWithASizeAndAnUnknownNameListsThem) {
  EXPECT_EQ(figure_layout("paper").width_mm, 85);
  EXPECT_EQ(figure_layout("slide").theme, "light");
  try {
    figure_layout("papre");
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.exit_status(), 2);
    EXPECT_NE(std::string(error.what()).find("paper, page, slide"), std::string::npos);
  }
}

}  // namespace
}  // namespace variometer
