// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/theme.h"

#include <gtest/gtest.h>

#include "widgets/colour.h"
#include "widgets/colour_map.h"
#include "widgets/number_text.h"

namespace variometer {
namespace {

constexpr std::array kThemes = {Theme::Kind::light, Theme::Kind::dark, Theme::Kind::contrast, Theme::Kind::print};

TEST(Colour, ContrastOfBlackOnWhiteIs21) {
  EXPECT_NEAR(contrast(Qt::black, Qt::white), 21, 1e-9);
  EXPECT_NEAR(contrast(QColor(0x777777), Qt::white), 4.48, 0.01);  // the textbook grey that just fails 4.5
}

TEST(Theme, TextReaches4Point5OnEveryGround) {
  for (const auto kind : kThemes) {
    const Theme& t = theme(kind);
    for (const QColor& ground : {t.window, t.card}) {
      for (const QColor& text : {t.text, t.muted, t.accent, t.threshold, t.event, t.warning, t.error, t.good}) {
        EXPECT_GE(contrast(text, ground), 4.5) << text.name().toStdString() << " on " << ground.name().toStdString();
      }
    }
    EXPECT_GE(contrast(t.on_accent, t.accent), 4.5);
  }
}

TEST(Theme, HighContrastIs7EverywhereAndIsRecognisedByItsGround) {
  const Theme& t = theme(Theme::Kind::contrast);
  for (const QColor& each :
       {t.text, t.muted, t.border, t.axis, t.accent, t.threshold, t.event, t.warning, t.error, t.good, t.not_finite}) {
    EXPECT_GE(contrast(each, t.card), 7) << each.name().toStdString();
  }
  for (const QColor& line : t.series) EXPECT_GE(contrast(line, t.card), 7) << line.name().toStdString();
  EXPECT_EQ(system_theme(palette_of(t)), Theme::Kind::contrast);
  EXPECT_EQ(system_theme(palette_of(theme(Theme::Kind::dark))), Theme::Kind::dark);
}

TEST(Theme, LinesReach3OnTheCard) {
  for (const auto kind : kThemes) {
    const Theme& t = theme(kind);
    for (const QColor& line : t.series) EXPECT_GE(contrast(line, t.card), 3) << line.name().toStdString();
    EXPECT_GE(contrast(t.axis, t.card), 3);
    EXPECT_GE(contrast(t.not_finite, t.card), 3);
    for (int i = 0; i < 32; ++i) EXPECT_GE(contrast(t.layer(i, 32), t.card), 3) << "layer " << i;
  }
}

TEST(Theme, SeriesDifferByColourUnderEveryVisionOrByDash) {
  for (const auto kind : kThemes) {
    const Theme& t = theme(kind);
    for (std::size_t i = 0; i < t.series.size(); ++i) {
      for (std::size_t j = i + 1; j < t.series.size(); ++j) {
        if (t.pen(i).style() != t.pen(j).style()) continue;
        for (const auto vision : {Vision::deuteranopia, Vision::protanopia, Vision::tritanopia}) {
          EXPECT_GT(colour_distance(seen_with(vision, t.series[i]), seen_with(vision, t.series[j])), 12)
              << i << " " << j;
        }
      }
    }
  }
}

TEST(Theme, LinesAreOnePixelWide) {
  for (std::size_t i = 0; i < 12; ++i) EXPECT_EQ(theme(Theme::Kind::light).pen(i).width(), 1);
}

TEST(ColourMap, LightnessRises) {
  for (const auto kind : ColourMap::kAll) {
    if (kind == ColourMap::Kind::diverging) continue;
    double last = -1;
    for (int i = 0; i < ColourMap::kLevels; ++i) {
      const double now = lightness(QColor(ColourMap::of(kind).at(i / 255.0)));
      EXPECT_GE(now, last - 0.4) << ColourMap::name(kind).toStdString() << " at " << i;  // 8-bit rounding
      last = now;
    }
  }
}

TEST(ColourMap, TheDivergingOneIsLightestInTheMiddle) {
  const ColourMap& map = ColourMap::of(ColourMap::Kind::diverging);
  for (int i = 0; i < 127; ++i) {
    EXPECT_LE(lightness(QColor(map.at(i / 255.0))), lightness(QColor(map.at((i + 1) / 255.0))) + 0.4);
    EXPECT_LE(lightness(QColor(map.at(1 - i / 255.0))), lightness(QColor(map.at(1 - (i + 1) / 255.0))) + 0.4);
  }
}

TEST(NumberText, HasFourDigitsAndNoSurprises) {
  EXPECT_EQ(value_text(0.01), "0.01000");
  EXPECT_EQ(value_text(0.012345), "0.01235");
  EXPECT_EQ(value_text(0.5), "0.5000");
  EXPECT_EQ(value_text(4.2134), "4.213");
  EXPECT_EQ(value_text(100), "100");
  EXPECT_EQ(value_text(1416.2), "1,416");
  EXPECT_EQ(value_text(std::numeric_limits<double>::infinity()), "not finite");
  EXPECT_EQ(count_text(1'234'567), "1.2 M");
  EXPECT_EQ(step_text(-12345), QString(QChar(0x2212)) + "12,345");
}

}  // namespace
}  // namespace variometer
