// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

namespace variometer {

/// One thing the window draws, timed. Times are of one frame, on the GUI thread, in milliseconds: as the clock on the
/// wall has it, and as the processor worked, which others on the machine do not lengthen.
struct PlotBench {
  std::string what;
  std::int64_t n = 0;  ///< points or cells behind the picture
  int n_frame = 0;
  double median_ms = 0, p99_ms = 0, worst_ms = 0;
  double cpu_median_ms = 0, cpu_p99_ms = 0;
};

struct PlotBenchOptions {
  std::int64_t n_point = 10'000'000;  ///< of the long curve, and of twelve cards together
  int n_frame = 200;
  std::function<bool(const std::string& what)> progress = {};  ///< false: stop and return what there is
};

/// Times the drawing of curves, of twelve live cards and of a large heat map. Needs a QApplication; "offscreen" will
/// do.
std::vector<PlotBench> bench_plots(const PlotBenchOptions& options);

}  // namespace variometer
