// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/bench_plots.h"

#include <QApplication>
#include <QElapsedTimer>
#include <QGridLayout>
#include <algorithm>
#include <cmath>
#include <ctime>
#include <memory>

#include "widgets/plot.h"
#include "widgets/raster.h"

namespace variometer {
namespace {

constexpr QSize kPlotSize(900, 500);      // logical pixels of the single plots
constexpr QSize kWindowSize(1600, 1000);  // of twelve cards
constexpr int kTicksPerSecond = 30;

/// A falling loss with the noise of a small batch: the worst case for lines, each pixel column has its own extent.
double loss_at(std::int64_t i) {
  std::uint64_t z = static_cast<std::uint64_t>(i) * 0x9E3779B97F4A7C15U;
  z = (z ^ (z >> 30U)) * 0xBF58476D1CE4E5B9U;
  z ^= z >> 27U;
  const double noise = static_cast<double>(z >> 11U) / static_cast<double>(1ULL << 53U) - 0.5;
  return 1.5 + 4 * std::exp(-static_cast<double>(i) / 2e6) + 0.3 * noise;
}

/// What this thread has had of the processor.
double processor_ms() {
  timespec now{};
  ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) * 1e3 + static_cast<double>(now.tv_nsec) * 1e-6;
}

PlotBench timed(std::string what, std::int64_t n, int n_frame, const std::function<void(int)>& frame) {
  std::vector<double> wall, cpu;
  QElapsedTimer timer;
  for (int i = 0; i < n_frame; ++i) {
    const double began = processor_ms();
    timer.start();
    frame(i);
    wall.push_back(static_cast<double>(timer.nsecsElapsed()) * 1e-6);
    cpu.push_back(processor_ms() - began);
  }
  const auto at = [](const std::vector<double>& times, double share) {
    return times[static_cast<std::size_t>(std::ceil(share * static_cast<double>(times.size()))) - 1];
  };
  std::sort(wall.begin(), wall.end());
  std::sort(cpu.begin(), cpu.end());
  return {.what = std::move(what),
          .n = n,
          .n_frame = n_frame,
          .median_ms = at(wall, 0.5),
          .p99_ms = at(wall, 0.99),
          .worst_ms = wall.back(),
          .cpu_median_ms = at(cpu, 0.5),
          .cpu_p99_ms = at(cpu, 0.99)};
}

struct Curve {
  StepAxis steps;
  Plot plot{Plot::XAxis::steps, &steps};
  PlotLine& line = plot.addLine({.name = QStringLiteral("loss"), .pen = [](const Theme& t) { return t.pen(0); }});
  std::int64_t n = 0;

  void grow(std::int64_t count) {
    for (const std::int64_t end = n + count; n < end; ++n) line.series.append(static_cast<double>(n), loss_at(n));
    steps.setExtent(0, n);
  }
  void draw() { plot.replot(QCustomPlot::rpImmediateRefresh); }
};

void bench_curve(const PlotBenchOptions& options, std::vector<PlotBench>& out,
                 const std::function<bool(const char*)>& go) {
  if (!go("long curve")) return;
  Curve curve;
  curve.plot.resize(kPlotSize);
  curve.plot.show();
  curve.grow(options.n_point);
  out.push_back(timed("a curve, all of it in view", curve.n, options.n_frame, [&](int) { curve.draw(); }));
  if (!go("live curve")) return;
  out.push_back(timed("the same while 1,000 points a frame come in", curve.n, options.n_frame, [&](int) {
    curve.grow(1000);
    curve.draw();
  }));
  if (!go("zoomed curve")) return;
  const double middle = static_cast<double>(curve.n) / 2;
  out.push_back(timed("the same, zooming from all to 100 points", curve.n, options.n_frame, [&](int i) {
    const double half = middle * std::pow(100 / middle, static_cast<double>(i) / options.n_frame);
    curve.steps.setRange({middle - half, middle + half});
    curve.draw();
  }));
  curve.plot.setLogX(true);
  curve.steps.follow();
  if (!go("logarithmic curve")) return;
  out.push_back(timed("the same, logarithmic steps", curve.n, options.n_frame, [&](int) { curve.draw(); }));
}

void bench_cards(const PlotBenchOptions& options, std::vector<PlotBench>& out,
                 const std::function<bool(const char*)>& go) {
  constexpr int kCards = 12, kColumns = 4;
  if (!go("twelve cards")) return;
  QWidget window;
  window.resize(kWindowSize);
  QGridLayout grid(&window);
  StepAxis steps;
  std::vector<std::pair<Plot*, PlotLine*>> plots;
  for (int i = 0; i < kCards; ++i) {
    auto* plot = new Plot(Plot::XAxis::steps, &steps, &window);
    plots.emplace_back(
        plot, &plot->addLine({.name = QStringLiteral("loss"), .pen = [](const Theme& t) { return t.pen(0); }}));
    grid.addWidget(plot, i / kColumns, i % kColumns);
  }
  std::int64_t n = 0;
  const auto grow = [&](std::int64_t count) {
    for (const std::int64_t end = n + count; n < end; ++n) {
      for (const auto& [plot, line] : plots) line->series.append(static_cast<double>(n), loss_at(n));
    }
    steps.setExtent(0, n);
  };
  grow(options.n_point / kCards);
  window.show();
  QApplication::processEvents();
  out.push_back(timed("twelve live cards, all of them in one frame", n * kCards, options.n_frame, [&](int) {
    grow(kTicksPerSecond);
    for (const auto& [plot, line] : plots) plot->replot(QCustomPlot::rpImmediateRefresh);
  }));
}

void bench_heat_map(const PlotBenchOptions& options, std::vector<PlotBench>& out,
                    const std::function<bool(const char*)>& go) {
  constexpr int kRows = 1024, kColumns = 2048;
  if (!go("heat map")) return;
  Plot plot(Plot::XAxis::own, nullptr);
  auto* raster = new Raster(plot);
  std::vector<float> cells(static_cast<std::size_t>(kRows) * kColumns);
  for (std::size_t i = 0; i < cells.size(); ++i) cells[i] = static_cast<float>(loss_at(static_cast<std::int64_t>(i)));
  std::vector<double> edges;
  for (int c = 0; c <= kColumns; ++c) edges.push_back(c - 0.5);
  raster->setScale(0.1, 10, /*log=*/true);
  plot.setFullX(-0.5, kColumns - 0.5);
  plot.setFullY(-0.5, kRows - 0.5);
  plot.resize(kPlotSize);
  plot.show();
  out.push_back(timed("a heat map of 1,024 x 2,048 cells, new ones each frame", kRows * kColumns,
                      options.n_frame / 4 + 1, [&](int) {
                        raster->setGrid(kColumns, kRows, cells, edges);
                        plot.replot(QCustomPlot::rpImmediateRefresh);
                      }));
}

}  // namespace

std::vector<PlotBench> bench_plots(const PlotBenchOptions& options) {
  std::vector<PlotBench> out;
  bool on = true;
  const std::function<bool(const char*)> go = [&](const char* what) {
    on = on && (!options.progress || options.progress(what));
    return on;
  };
  bench_curve(options, out, go);
  bench_cards(options, out, go);
  bench_heat_map(options, out, go);
  return out;
}

}  // namespace variometer
