// SPDX-License-Identifier: GPL-3.0-or-later
#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>
#include <algorithm>
#include <charconv>
#include <cstdio>
#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include "app/cli.h"
#include "app/cli_process.h"
#include "app/version.h"
#include "core/base/error.h"
#include "core/base/error_in_flight.h"
#include "core/base/one_line.h"

namespace variometer {
namespace {
constexpr const char* kFooter = R"(
Examples:
  variometer                                         the window (start page)
  variometer train --steps 500 --record run.h5       the first demo without a display
  variometer train --corpus notes.txt --at 300:tvr.enabled=true --record tvr.h5
  variometer inspect MODEL --prompt "Summer is warm. Winter is cold." --json
  variometer COMMAND --help                          everything about one command

Exit status: 0 ok; 2 usage; 3 a file; 4 device or memory; 5 the run itself failed; 130 stopped by Ctrl-C.
Environment: VARIOMETER_CONFIG_DIR, VARIOMETER_CACHE_DIR (else the XDG folders). Nothing is sent anywhere.)";

int run_guarded(const std::function<int()>& action) {
  try {
    return action();
  } catch (const Error& error) {
    report(error.what());
    return interrupted() ? kInterruptedStatus : error.exit_status();
  } catch (...) {
    const Error failure = error_in_flight("unexpected failure: ");
    report(failure.what());
    return failure.exit_status();
  }
}

bool is_path(const std::string& word) {
  std::error_code ignored;
  return std::filesystem::exists(word, ignored);
}

/// The first option with nothing in it: "--resume $DIR" with a variable that is not set must not begin a new run. Only
/// a prompt may be empty.
const CLI::Option* empty_option(const CLI::App& command) {
  for (const CLI::Option* option : command.get_options()) {
    const auto& given = option->results();
    if (!option->check_lname("prompt") && std::find(given.begin(), given.end(), "") != given.end()) return option;
  }
  for (const CLI::App* chosen : command.get_subcommands()) {
    if (const CLI::Option* option = empty_option(*chosen)) return option;
  }
  return nullptr;
}

}  // namespace

bool wants_window(int argc, char** argv) {
  if (argc < 2) return true;
  const std::string first = argv[1];
  // A file called "train" does not hide the command; to open it, write ./train.
  const bool is_word = first.find_first_not_of("abcdefghijklmnopqrstuvwxyz") == std::string::npos;
  return first == "open" || (!first.starts_with('-') && !is_word && is_path(first));
}

CLI::Validator at_least(long long least) {
  return CLI::Validator(
      [least](const std::string& text) {
        long long n = 0;
        const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), n);
        const bool whole = problem == std::errc{} && end == text.data() + text.size();
        return whole && n >= least ? std::string()
                                   : text + " is not a whole number from " + std::to_string(least) + " on";
      },
      "");
}

int run_commands(int argc, char** argv, const Front& front, const CommandSet& add_commands) {
  CLI::App app{"Variometer: see the inside of a transformer while it trains, and switch it while you watch.",
               "variometer"};
  app.set_version_flag("--version", std::string("variometer ") + kVersion);
  app.footer(kFooter);
  app.require_subcommand(0, 1);
  app.get_formatter()->column_width(34);
  app.option_defaults()->multi_option_policy(CLI::MultiOptionPolicy::TakeLast);  // the last --steps counts

  Invocation invocation;
  add_commands(app, invocation);

  // `variometer run.h5` is short for `variometer open run.h5`, as desktops start programs.
  std::vector<std::string> arguments(argv + std::min(argc, 1), argv + argc);
  const auto is_command = [&](const std::string& word) {
    return !app.get_subcommands([&](CLI::App* command) { return command->get_name() == word; }).empty();
  };
  if (!arguments.empty() && !is_command(arguments.front()) && is_path(arguments.front())) {
    arguments.insert(arguments.begin(), "open");
  }
  std::reverse(arguments.begin(), arguments.end());  // the order CLI11 takes a vector in

  try {
    app.parse(std::move(arguments));
    if (const auto* option = empty_option(app)) throw CLI::ValidationError(option->get_name() + " is empty");
  } catch (const CLI::ParseError& error) {
    if (error.get_exit_code() == 0) return app.exit(error);  // --help, --version
    const auto chosen = app.get_subcommands();
    const std::string command = chosen.empty() ? "variometer" : "variometer " + chosen.front()->get_name();
    report(one_line(error.what()) + "; see " + command + " --help");
    return static_cast<int>(Error::Kind::usage);
  }
  if (!invocation.action) {
    if (!front.run_window) {
      std::fputs(app.help().c_str(), stdout);
      return 0;
    }
    invocation.action = [&] { return front.run_window({}); };
  }
  return run_guarded(invocation.action);
}

}  // namespace variometer
