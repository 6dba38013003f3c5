// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/cli.h"

namespace variometer {

int run_command_line(int argc, char** argv, const Front& front) {
  return run_commands(argc, argv, front, [&front](CLI::App& app, Invocation& invocation) {
    add_train_command(app, invocation);
    add_fork_command(app, invocation);
    add_replay_command(app, invocation);
    add_inspect_command(app, invocation);
    add_generate_command(app, invocation);
    add_tokenize_command(app, invocation);
    add_info_command(app, invocation);
    add_render_command(app, invocation, front);
    add_export_command(app, invocation);
    add_check_command(app, invocation);
    add_bench_command(app, invocation, front);
    add_open_command(app, invocation, front);
  });
}

}  // namespace variometer
