// SPDX-License-Identifier: GPL-3.0-or-later
#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>
#include <cstdio>
#include <memory>

#include "app/cli.h"
#include "app/cli_config.h"
#include "app/cli_follow.h"
#include "app/cli_json.h"
#include "app/cli_process.h"
#include "app/cli_rehearsal.h"
#include "app/cli_summary.h"
#include "core/base/error.h"
#include "core/base/loss_comparison.h"
#include "core/base/one_line.h"
#include "core/base/own_input.h"
#include "core/train/fork.h"

namespace variometer {
namespace {

struct ForkCommand {
  std::string path;
  TrainRequest request;  ///< record, checkpoint, steps, set: as `train` takes them
  std::int64_t at = 0;
  MovedFiles moved;
  bool json = false;
};

std::string switches(const std::vector<Assignment>& assignments) {
  std::string text;
  for (const auto& [key, value] : assignments) text += (text.empty() ? "" : ", ") + key + " = " + value;
  return text;
}

std::string updates(std::int64_t first, std::int64_t last) {
  return first == last ? "update " + std::to_string(first)
                       : "updates " + std::to_string(first) + " to " + std::to_string(last);
}

/// What is about to happen, line by line on stderr.
void tell(const ForkPlan& plan, const ForkRequest& request) {
  const auto say = [](const std::string& line) { std::fprintf(stderr, "%s\n", one_line(line).c_str()); };
  say(plan.checkpoint.empty()
          ? "no checkpoint before update " + std::to_string(request.step) + ": from the start"
          : "from " + plan.checkpoint.string() + ", " + std::to_string(plan.first_step) + " updates done");
  if (plan.first_step + 1 < request.step) say(updates(plan.first_step + 1, request.step - 1) + " are run again");
  say("before update " + std::to_string(request.step) + ": " +
      (request.change.empty() ? "nothing is changed" : switches(request.change)));
  for (const auto& [step, command] : plan.kept) {
    say("before update " + std::to_string(step) + ", as recorded: " + switches(command.assignments));
  }
  for (const auto& [step, command] : plan.left_out) {
    say("left out, recorded before update " + std::to_string(step) + ": " + switches(command.assignments));
  }
}

/// How what was run again compares with what is recorded; empty: nothing was.
std::string verdict(const LossComparison& comparison) {
  if (comparison.n_compared == 0) return "";
  if (comparison.first_difference == 0) {
    return std::to_string(comparison.n_compared) + (comparison.n_compared == 1 ? " loss" : " losses") +
           " up to the change came out as recorded, bit for bit";
  }
  return "the losses differ from the recorded ones from update " + std::to_string(comparison.first_difference) +
         " on, before anything was changed (another machine, or number of threads?)";
}

int fork_run(const ForkCommand& command) {
  if (command.request.record.empty() && command.request.checkpoint.empty()) {
    throw usage_error("fork needs --record NEW.h5 (or --checkpoint DIR) to leave something behind");
  }
  ForkRequest request{.record = command.path,
                      .step = command.at,
                      .change = {},
                      .n_step = command.request.steps,
                      .moved = command.moved};
  for (const auto& text : command.request.set) request.change.push_back(parse_assignment(text));
  refuse_own_input(command.request.record, {{command.path, "the record to be forked"},
                                            {command.moved.corpus, "the text the run was trained on"},
                                            {command.moved.init, "the model the run started from"},
                                            {command.moved.checkpoint, "a checkpoint of the run"}});
  rehearse_record(command.path);
  ForkPlan plan = plan_fork(request);
  if (command.request.threads) plan.config.train.threads = *command.request.threads;
  if (!command.request.device.empty()) plan.config.train.device = command.request.device;
  plan.live.undo_budget = 0;  // nobody is there to undo
  plan.live.record = command.request.record;
  plan.live.overwrite = command.request.overwrite;
  take_checkpoint_folder(command.request, plan.live);
  if (!command.request.record.empty()) plan.live.name = std::filesystem::path(command.request.record).stem().string();

  catch_interrupts();
  auto run = start_live_run(plan.config, plan.live);
  tell(plan, request);
  LossComparison comparison;
  RunInfo info;
  const RunEnd end = follow_run(*run, plan.config.train.steps, [&](const Snapshot& snapshot) {
    comparison.see(plan.losses, snapshot);
    if (!command.json || !snapshot.is_update) return;
    if (info.tensors.empty()) info = run->info();
    print_line(to_line(json_update(snapshot, info)));
  });
  run.reset();  // closes the record
  const int status = exit_status(end);
  if (const auto line = verdict(comparison); !line.empty()) std::fprintf(stderr, "%s\n", line.c_str());
  if (!command.json && end.state != RunState::failed) print_line(summary(end, command.request));
  return status;
}

}  // namespace

void add_fork_command(CLI::App& app, Invocation& invocation) {
  auto* command = app.add_subcommand("fork", "Continue a recorded run from a step with something changed");
  auto fork = std::make_shared<ForkCommand>();
  TrainRequest& request = fork->request;
  command->add_option("RUN.h5", fork->path, "the record")->required();
  command->add_option("--at", fork->at, "the change takes effect before this update")
      ->type_name("STEP")
      ->required()
      ->check(at_least(1));
  command->add_option("--set", request.set, "what is changed; may be repeated")->type_name("KEY=VALUE")->take_all();
  command->add_option("--record", request.record, "HDF5 file to record into")->type_name("NEW.h5");
  command->add_flag("--overwrite", request.overwrite, "replace an existing record or checkpoint");
  command->add_option("--steps", request.steps, "updates the fork has made at its end (as the recorded run)")
      ->type_name("N")
      ->check(at_least(1));
  command->add_option("--device", request.device, "auto, cpu, cuda or cuda:i (the recorded one)")->type_name("NAME");
  command->add_option("--threads", request.threads, "CPU threads (as recorded)")->type_name("N")->check(at_least(0));
  add_moved_options(*command, fork->moved);
  add_checkpoint_options(*command, request);
  command->add_flag("--json", fork->json, "one JSON object per update on stdout");
  command->footer(
      "\nExamples:\n  variometer fork run.h5 --at 300 --set tvr.enabled=true --record held.h5\n"
      "  variometer fork run.h5 --at 300 --record same.h5\n\n"
      "Goes on from the newest checkpoint before STEP that the record names and that is still there (train "
      "--checkpoint\n"
      "DIR --every N makes them), else from the start; runs the updates up to STEP again, recorded switches included, "
      "and\n"
      "says whether their losses came out as recorded. Recorded switches behind STEP are made again, except those of "
      "keys\n"
      "that --set changes. train --help lists the keys.");
  command->callback([&invocation, fork] { invocation.action = [fork] { return fork_run(*fork); }; });
}

}  // namespace variometer
