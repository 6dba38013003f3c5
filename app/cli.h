// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <functional>

#include "app/render_entry.h"
#include "app/window_entry.h"

namespace CLI {
class App;
class Validator;
}  // namespace CLI

namespace variometer {

/// What the command line needs from the GUI; empty in a build without it.
struct Front {
  std::function<int(const WindowOptions&)> run_window;
  std::function<int(const RenderOptions&)> run_render;
  std::function<int(bool json)> run_bench_plots;
};

/// Parses the command line, runs the command (or the window) and returns the exit status. All errors end here, as one
/// line on stderr.
int run_command_line(int argc, char** argv, const Front& front);

/// What the parsed command will do. Each add_*_command sets `action` when its name is on the command line.
struct Invocation {
  std::function<int()> action;
};

using CommandSet = std::function<void(CLI::App& app, Invocation& invocation)>;
/// run_command_line over some of the commands.
int run_commands(int argc, char** argv, const Front& front, const CommandSet& add_commands);
/// Is this the window's: no arguments, `open ...`, or a path? Then the engine need not be loaded yet.
bool wants_window(int argc, char** argv);

/// A whole number that is not below `least`; the refusal says so in one short line.
CLI::Validator at_least(long long least);

void add_open_command(CLI::App& app, Invocation& invocation, const Front& front);
void add_train_command(CLI::App& app, Invocation& invocation);
void add_fork_command(CLI::App& app, Invocation& invocation);
void add_replay_command(CLI::App& app, Invocation& invocation);
void add_inspect_command(CLI::App& app, Invocation& invocation);
void add_generate_command(CLI::App& app, Invocation& invocation);
void add_tokenize_command(CLI::App& app, Invocation& invocation);
void add_info_command(CLI::App& app, Invocation& invocation);
void add_export_command(CLI::App& app, Invocation& invocation);
void add_render_command(CLI::App& app, Invocation& invocation, const Front& front);
void add_bench_command(CLI::App& app, Invocation& invocation, const Front& front);
void add_check_command(CLI::App& app, Invocation& invocation);

}  // namespace variometer
