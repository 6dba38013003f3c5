// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/cli.h"
#include "app/cli_process.h"

int main(int argc, char** argv) {
  variometer::prepare_process();
  variometer::Front front;
#ifdef VARIOMETER_WINDOW
  front.run_window = variometer::run_window;
  front.run_render = variometer::run_render;
#endif
  return variometer::run_command_line(argc, argv, front);
}
