// SPDX-License-Identifier: GPL-3.0-or-later
#include <cstdio>
#include <exception>
#include <string_view>

#include "app/bench_plots_entry.h"
#include "app/cli.h"
#include "app/cli_process.h"
#include "app/engine_library.h"
#include "core/base/error.h"

int main(int argc, char** argv) {
  using namespace variometer;
  prepare_process();
  Front front;
#ifdef VARIOMETER_WINDOW
  front.run_window = run_window;
  front.run_render = run_render;
  front.run_bench_plots = run_bench_plots;
  if (wants_window(argc, argv)) {
    return run_commands(argc, argv, front,
                        [&front](CLI::App& app, Invocation& invocation) { add_open_command(app, invocation, front); });
  }
#endif
  if (argc > 1 && std::string_view(argv[1]) == "check") {  // asked for by the window whenever it opens a record
    return run_commands(argc, argv, front,
                        [](CLI::App& app, Invocation& invocation) { add_check_command(app, invocation); });
  }
  try {
    return engine_library().run_command_line(argc, argv, front);
  } catch (const Error& error) {  // of the loading; the commands report their own
    report(error.what());
    return error.exit_status();
  }
}
