// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/bench_plots_entry.h"

#include <array>
#include <cstdio>
#include <nlohmann/json.hpp>
#include <utility>

#include "app/cli_process.h"
#include "app/offscreen_application.h"
#include "core/base/json_text.h"
#include "widgets/bench_plots.h"

namespace variometer {

int run_bench_plots(bool json) {
  const OffscreenApplication application;
  catch_interrupts();
  const auto rows = bench_plots({.progress = [](const std::string&) { return !interrupted(); }});
  if (json) {
    auto all = nlohmann::ordered_json::array();
    for (const auto& row : rows) {
      all.push_back({{"what", row.what},
                     {"n", row.n},
                     {"n_frame", row.n_frame},
                     {"median_ms", row.median_ms},
                     {"p99_ms", row.p99_ms},
                     {"worst_ms", row.worst_ms},
                     {"cpu_median_ms", row.cpu_median_ms},
                     {"cpu_p99_ms", row.cpu_p99_ms}});
    }
    print_line(json_text(nlohmann::ordered_json{{"plots", std::move(all)}}));
  } else {
    print_line("                      milliseconds a frame             of processor time");
    print_line("      values  frames   median      p99    worst        median      p99  what");
    for (const auto& row : rows) {
      std::array<char, 256> text{};
      std::snprintf(text.data(), text.size(), "%12lld %7d %8.2f %8.2f %8.2f      %8.2f %8.2f  %s",
                    static_cast<long long>(row.n), row.n_frame, row.median_ms, row.p99_ms, row.worst_ms,
                    row.cpu_median_ms, row.cpu_p99_ms, row.what.c_str());
      print_line(text.data());
    }
  }
  return interrupted() ? kInterruptedStatus : 0;
}

}  // namespace variometer
