// SPDX-License-Identifier: GPL-3.0-or-later
#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>
#include <memory>

#include "app/cli.h"
#include "core/base/error.h"
#include "core/base/path_kind.h"
#include "core/base/text_check.h"

namespace variometer {

void add_open_command(CLI::App& app, Invocation& invocation, const Front& front) {
  auto* command = app.add_subcommand("open", "Open the window, with models, runs, presets or texts in it");
  auto options = std::make_shared<WindowOptions>();
  command->add_option("PATH", options->paths, "model folder, run .h5, .toml preset, .txt corpus")->take_all();
  command->add_flag("--safe-mode", options->safe_mode, "start without the remembered layout");
  command->footer(
      "\nExamples:\n  variometer open run.h5\n  variometer open a.h5 b.h5 c.h5\n  variometer open ./model notes.txt");
  command->callback([&invocation, &front, options] {
    invocation.action = [&front, options] {
      if (!front.run_window) throw usage_error("this build has no window (VARIOMETER_GUI=OFF); see variometer --help");
      for (const auto& path : options->paths) {
        if (!std::filesystem::exists(path)) throw file_error(path.string() + ": no such file or folder");
        const std::string why = path_kind(path) == PathKind::text ? why_no_text(path) : std::string();
        if (!why.empty()) throw file_error(path.string() + ' ' + why + "; give a model, a run, a preset or a text");
      }
      return front.run_window(*options);
    };
  });
}

}  // namespace variometer
