// SPDX-License-Identifier: GPL-3.0-or-later
#include <gtest/gtest.h>

#include "tests/cli/command.h"

namespace variometer::test {
namespace {

/// Big-endian 32 bits of a PNG's header.
unsigned big_endian(const std::string& bytes, std::size_t at) {
  unsigned value = 0;
  for (std::size_t i = 0; i < 4; ++i) value = value << 8 | static_cast<unsigned char>(bytes.at(at + i));
  return value;
}

class Figure : public testing::Test {
 protected:
  void SetUp() override {
    if (run_variometer({"render", "--list"}).status == 2) GTEST_SKIP() << "built without the window";
    record_ = (folder_ / "run.h5").string();
    ASSERT_EQ(run_variometer({"train", "--steps", "12", "--threads", "1", "--set", "model.n_layer=2", "--set",
                              "model.n_embd=16", "--record", record_})
                  .status,
              0);
  }
  TemporaryFolder folder_;
  std::string record_;
};

TEST_F(Figure, HasTheSizeThatWasAskedFor) {
  const auto png = folder_ / "f.png";
  const Result result = run_variometer({"render", record_, "--card", "loss", "--out", png.string(), "--width-mm", "85",
                                        "--height-mm", "50", "--dpi", "300"});
  ASSERT_EQ(result.status, 0) << result.err;
  const auto bytes = read_text(png);
  ASSERT_EQ(bytes.substr(1, 3), "PNG");
  EXPECT_NEAR(big_endian(bytes, 16), 85 / 25.4 * 300, 1);
  EXPECT_NEAR(big_endian(bytes, 20), 50 / 25.4 * 300, 1);
}

TEST_F(Figure, IsVectorsInSvgAndPdf) {
  const auto svg = folder_ / "f.svg", pdf = folder_ / "f.pdf";
  ASSERT_EQ(run_variometer({"render", record_, "--card", "overview", "--out", svg.string()}).status, 0);
  const auto drawing = read_text(svg);
  EXPECT_NE(drawing.find("<svg"), std::string::npos);
  EXPECT_NE(drawing.find("Loss"), std::string::npos) << "the title is text";
  EXPECT_NE(drawing.find("<polyline"), std::string::npos) << "the curve is a line";
  ASSERT_EQ(run_variometer({"render", record_, "--card", "loss,top_activation", "--out", pdf.string()}).status, 0);
  EXPECT_EQ(read_text(pdf).substr(0, 5), "%PDF-");
}

TEST_F(Figure, OfEveryCardThatIsListedIsDrawn) {
  const auto names = lines_of(run_variometer({"render", "--list"}).out);
  ASSERT_GE(names.size(), 8U);
  for (const auto& name : names) {
    const auto png = folder_ / (name + ".png");
    const Result result = run_variometer({"render", record_, "--card", name, "--out", png.string(), "--dpi", "60"});
    EXPECT_EQ(result.status, 0) << name << ": " << result.err;
    EXPECT_GT(read_text(png).size(), 1000U) << name;
  }
}

TEST_F(Figure, TakesSizeThemeAndCardsFromALayoutUnlessTheyAreTyped) {
  const auto width_of = [&](std::vector<std::string> more) {
    std::vector<std::string> arguments{"render", record_, "--overwrite", "--out", (folder_ / "f.png").string()};
    arguments.insert(arguments.end(), more.begin(), more.end());
    const Result result = run_variometer(arguments);
    EXPECT_EQ(result.status, 0) << result.err;
    return big_endian(read_text(folder_ / "f.png"), 16);
  };
  EXPECT_NEAR(width_of({"--layout", "paper", "--card", "loss"}), 85 / 25.4 * 300, 1);
  EXPECT_NEAR(width_of({"--layout", "paper", "--card", "loss", "--width-mm", "50"}), 50 / 25.4 * 300, 1);
  const auto file = folder_ / "mine.layout";
  write_text(file, R"({"cards": ["loss", "ratio"], "width_mm": 60, "dpi": 100, "theme": "dark"})");
  EXPECT_NEAR(width_of({"--layout", file.string()}), 60 / 25.4 * 100, 1);
  write_text(file, R"({"card": ["loss"]})");
  EXPECT_EQ(run_variometer({"render", record_, "--layout", file.string(), "--out", "x.png"}).status, 2);
}

TEST_F(Figure, OfAMapTakesTheColoursThatWereAskedFor) {
  const auto carpet = [&](std::vector<std::string> more) {
    const auto png = folder_ / "carpet.png";
    std::vector<std::string> arguments{"render", record_,       "--card", "weight_std_carpet", "--dpi",
                                       "60",     "--overwrite", "--out",  png.string()};
    arguments.insert(arguments.end(), more.begin(), more.end());
    const Result result = run_variometer(arguments);
    EXPECT_EQ(result.status, 0) << result.err;
    return read_text(png);
  };
  const std::string own = carpet({}), grey = carpet({"--colours", "grey"});
  EXPECT_EQ(carpet({"--colours", "viridis"}), own) << "that is the carpet's own";
  EXPECT_NE(grey, own);
  const auto layout = folder_ / "grey.layout";
  write_text(layout, R"({"colours": "grey"})");
  EXPECT_EQ(carpet({"--layout", layout.string()}), grey);
  EXPECT_EQ(carpet({"--layout", layout.string(), "--colours", "viridis"}), own);
}

TEST_F(Figure, RefusesWhatCannotBeDrawn) {
  const auto png = (folder_ / "f.png").string();
  EXPECT_EQ(run_variometer({"render", record_, "--card", "lost", "--out", png}).status, 2);
  EXPECT_EQ(run_variometer({"render", record_, "--card", "loss"}).status, 2);
  EXPECT_EQ(run_variometer({"render", record_, "--card", "loss", "--out", (folder_ / "f.jpg").string()}).status, 2);
  EXPECT_EQ(run_variometer({"render", record_, "--card", "loss", "--out", png, "--width-mm", "-3"}).status, 2);
  EXPECT_EQ(run_variometer({"render", record_, "--card", "loss", "--out", png, "--theme", "blue"}).status, 2);
  for (const char* name : {"blue", "diverging"}) {
    EXPECT_EQ(run_variometer({"render", record_, "--card", "loss", "--out", png, "--colours", name}).status, 2) << name;
  }
  EXPECT_EQ(run_variometer({"render", "none.h5", "--card", "loss", "--out", png}).status, 3);
  EXPECT_EQ(run_variometer({"render", record_, "--card", "loss", "--out", "/proc/none/f.png"}).status, 3);
  ASSERT_EQ(run_variometer({"render", record_, "--card", "loss", "--out", png}).status, 0);
  EXPECT_EQ(run_variometer({"render", record_, "--card", "loss", "--out", png}).status, 2);
  EXPECT_EQ(run_variometer({"render", record_, "--card", "loss", "--out", png, "--overwrite"}).status, 0);
}

}  // namespace
}  // namespace variometer::test
