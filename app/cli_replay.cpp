// SPDX-License-Identifier: GPL-3.0-or-later
#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>
#include <memory>

#include "app/cli.h"
#include "app/cli_config.h"
#include "app/cli_json.h"
#include "app/cli_process.h"
#include "app/cli_progress.h"
#include "app/cli_rehearsal.h"
#include "core/base/error.h"
#include "core/base/own_input.h"
#include "core/train/replay.h"

namespace variometer {
namespace {

struct ReplayRequest {
  std::string path, record;
  MovedFiles moved;
  bool overwrite = false, json = false;
};

std::string verdict(const ReplayResult& result) {
  if (result.equal()) return "all " + std::to_string(result.n_equal) + " losses came out equal, bit for bit";
  std::string text = std::to_string(result.n_equal) + " of " + std::to_string(result.n_compared) +
                     " losses came out equal, bit for bit (" + std::to_string(result.n_step) + " are recorded)";
  if (result.first_difference > 0) {
    text += "; the first other one is of update " + std::to_string(result.first_difference) + ": " +
            to_line(json_number(result.replayed)) + ", recorded " + to_line(json_number(result.recorded));
  }
  return text;
}

int run_again(const ReplayRequest& request) {
  refuse_own_input(request.record, {{request.path, "the record to be replayed"},
                                    {request.moved.corpus, "the text the run was trained on"},
                                    {request.moved.init, "the model the run started from"},
                                    {request.moved.checkpoint, "a checkpoint of the run"}});
  rehearse_record(request.path);
  catch_interrupts();
  std::unique_ptr<ProgressBar> bar;
  const ReplayResult result = replay(request.path, {.record = request.record,
                                                    .overwrite = request.overwrite,
                                                    .moved = request.moved,
                                                    .progress = [&](auto step, auto n_step) {
                                                      if (!bar) bar = std::make_unique<ProgressBar>(n_step);
                                                      bar->show(step, "replayed");
                                                      return !interrupted();
                                                    }});
  bar.reset();
  if (request.json) {
    print_line(to_line(
        Json{{"equal", result.equal()},
             {"n_update", result.n_step},
             {"n_compared", result.n_compared},
             {"n_equal", result.n_equal},
             {"first_different_step", result.first_difference > 0 ? Json(result.first_difference) : Json(nullptr)},
             {"largest_difference", result.largest_difference},
             {"n_command", result.n_command},
             {"corpus", result.corpus},
             {"sha256", result.sha256}}));
  } else {
    print_line(verdict(result));
  }
  if (interrupted()) return kInterruptedStatus;
  return result.equal() ? 0 : static_cast<int>(Error::Kind::run);
}

}  // namespace

void add_replay_command(CLI::App& app, Invocation& invocation) {
  auto* command = app.add_subcommand("replay", "Run a recorded run again and compare every loss");
  auto request = std::make_shared<ReplayRequest>();
  command->add_option("RUN.h5", request->path, "the record")->required();
  command->add_option("--record", request->record, "record the replay")->type_name("NEW.h5");
  command->add_flag("--overwrite", request->overwrite, "replace NEW.h5");
  add_moved_options(*command, request->moved);
  command->add_flag("--json", request->json, "one JSON object on stdout");
  command->footer(
      "\nExamples:\n  variometer replay run.h5\n  variometer replay run.h5 --record again.h5\n\n"
      "From the recorded configuration, seed and switches. Same machine, same number of threads: the same losses, bit\n"
      "for bit; exit status 5 when they are not. The corpus must be the recorded one (SHA-256).");
  command->callback([&invocation, request] { invocation.action = [request] { return run_again(*request); }; });
}

}  // namespace variometer
