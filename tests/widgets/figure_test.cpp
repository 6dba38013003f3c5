// SPDX-License-Identifier: GPL-3.0-or-later
// Figures: any resolution, lines one sees, and what a reader chose of them.
#include <gtest/gtest.h>

#include <QImage>
#include <QTemporaryDir>
#include <cmath>
#include <fstream>

#include "core/base/marks.h"
#include "tests/widgets/synthetic_run.h"
#include "widgets/card_factory.h"
#include "widgets/card_figure.h"
#include "widgets/card_plot.h"

namespace variometer {
namespace {

class FigureTest : public ::testing::Test {
 protected:
  FigureTest() { steps.setExtent(0, history.last_step()); }

  std::unique_ptr<Card> card(const char* name) {
    std::unique_ptr<Card> made(make_card(QString::fromLatin1(name), &steps, nullptr));
    made->setHistory(&history);
    return made;
  }
  QImage image(const FigureOptions& options, const char* name = "loss") {
    return figure_image({card(name).get()}, options);
  }
  std::string svg(const FigureOptions& options, const char* name = "loss") {
    const QString path = folder.filePath(QStringLiteral("f.svg"));
    save_figure({card(name).get()}, path, options);
    std::ifstream file(path.toStdString(), std::ios::binary);
    return std::string(std::istreambuf_iterator<char>(file), {});
  }

  RunHistory history = SyntheticRun{.tvr_step = 300}.history(400);
  StepAxis steps;
  QTemporaryDir folder;
};

TEST_F(FigureTest, BelowTheScreensResolutionItIsDrawnSmallerNotCut) {
  const auto draw = [&](int dpi) {
    const auto loss = card("loss"), norm = card("grad_norm");
    return figure_image({loss.get(), norm.get()}, {.dpi = dpi}).convertToFormat(QImage::Format_Grayscale8);
  };
  const QImage large = draw(192);
  for (const int dpi : {36, 48, 72, 95}) {
    const QImage small = draw(dpi);
    const QImage expected = large.scaled(small.size(), Qt::IgnoreAspectRatio, Qt::SmoothTransformation);
    double difference = 0;
    for (int y = 0; y < small.height(); ++y) {
      for (int x = 0; x < small.width(); ++x) {
        difference += std::abs(qGray(small.pixel(x, y)) - qGray(expected.pixel(x, y)));
      }
    }
    EXPECT_LT(difference / small.width() / small.height(), 8) << dpi;
    for (int y = 0; y < small.height(); ++y) EXPECT_GT(qGray(small.pixel(small.width() - 1, y)), 200) << dpi;
  }
}

/// Pixels of the line's own colour, over its length in pixels: its width.
double width_of_line(const QImage& image, const QColor& colour) {
  double ink = 0;
  int columns = 0;
  for (int x = image.width() / 3; x < image.width() * 9 / 10; ++x) {
    double here = 0;
    for (int y = image.height() / 4; y < image.height() * 3 / 4; ++y) {
      const QColor pixel = image.pixelColor(x, y);
      if (std::abs(pixel.hsvHue() - colour.hsvHue()) > 8 || pixel.hsvSaturationF() < 0.1) continue;
      here += pixel.hsvSaturationF() / colour.hsvSaturationF();
    }
    ink += here;
    columns += here > 0 ? 1 : 0;
  }
  return columns > 0 ? ink / columns : 0;
}

TEST_F(FigureTest, DataLinesHaveTheWidthThatWasAskedForWhateverTheResolution) {
  RunHistory flat;
  for (int step = 1; step <= 100; ++step) {
    auto snapshot = std::make_shared<Snapshot>();
    snapshot->step = step;
    snapshot->learning_rate = 0.01F;
    flat.append(snapshot);
  }
  history = std::move(flat);
  steps.setExtent(0, 100);
  const QColor blue = theme(Theme::Kind::print).series[0];
  for (const int dpi : {96, 200, 400}) {
    for (const double points : {0.6, 1.2, 3.0}) {
      const double pixels =
          width_of_line(image({.dpi = dpi, .style = {.line_pt = points}}, "learning_rate"), blue) * 72 / dpi;
      EXPECT_NEAR(pixels, points, 0.25 + 36.0 / dpi) << dpi << " dpi, " << points << " pt";
    }
  }
}

TEST_F(FigureTest, TitleLegendEventsAndGroundAreTheReadersChoice) {
  history.add_event(mark_event({300, "a remark where TVR was switched on"}));
  const std::string as_it_is = svg({});
  for (const char* text : {"Loss", "raw", "validation", "TVR on", "a remark where TVR was switched on"}) {
    EXPECT_NE(as_it_is.find(text), std::string::npos) << text;
  }
  FigureStyle style{.title = "How it fell", .names = {{"raw", "each batch"}}, .events = false};
  const std::string chosen = svg({.style = style});
  EXPECT_NE(chosen.find("How it fell"), std::string::npos);
  EXPECT_NE(chosen.find("each batch"), std::string::npos);
  for (const char* text : {">Loss<", ">raw<", "TVR on", "a remark"})
    EXPECT_EQ(chosen.find(text), std::string::npos) << text;
  style.legend = false;
  EXPECT_EQ(svg({.style = style}).find("each batch"), std::string::npos);

  EXPECT_EQ(image({}).pixelColor(1, 1).alpha(), 255);
  const QImage clear = image({.style = {.transparent = true}});
  EXPECT_EQ(clear.pixelColor(1, 1).alpha(), 0);
  EXPECT_EQ(clear.pixelColor(clear.width() / 2, clear.height() / 2).alpha(), 0) << "inside the axes too";
  EXPECT_NE(image({.style = {.font_pt = 16}}), image({}));
}

TEST_F(FigureTest, AValueThatIsNotInViewIsNotInTheHead) {
  const auto loss = card("loss");
  figure_image({loss.get()}, {});
  EXPECT_FALSE(loss->figureValue().isEmpty());
  steps.setRange({50, 150});  // held: the step shown is the last, 400
  EXPECT_TRUE(loss->figureValue().isEmpty()) << loss->figureValue().toStdString();
  steps.setCursor(100);
  loss->refresh(Card::Scope::even_hidden);
  EXPECT_EQ(loss->figureValue(), loss->valueText());
  auto& plot = dynamic_cast<PlotCard&>(*loss).plot();
  plot.setView(QCPRange(50, 150), QCPRange(100, 200));  // far above the curve
  EXPECT_TRUE(loss->figureValue().isEmpty());
}

TEST_F(FigureTest, ALogarithmicAxisHasAsMuchRoomBelowAsAbove) {
  const auto norm = card("grad_norm");
  norm->resize(400, 300);
  norm->refresh(Card::Scope::even_hidden);
  auto& plot = dynamic_cast<PlotCard&>(*norm).plot();
  ASSERT_TRUE(plot.logY());
  plot.resize(380, 240);
  plot.replot();
  double low = INFINITY, high = 0;
  for (const auto& line : plot.lines()) {
    for (const auto& point : *line->graph->data()) {
      if (std::isfinite(point.value)) low = std::min(low, point.value), high = std::max(high, point.value);
    }
  }
  const QCPRange range = plot.yRange();
  EXPECT_NEAR(std::log(low / range.lower), std::log(range.upper / high), 1e-9);
}

}  // namespace
}  // namespace variometer
