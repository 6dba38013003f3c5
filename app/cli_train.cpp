// SPDX-License-Identifier: GPL-3.0-or-later
#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>
#include <filesystem>
#include <memory>

#include "app/cli.h"
#include "app/cli_config.h"
#include "app/cli_follow.h"
#include "app/cli_json.h"
#include "app/cli_process.h"
#include "app/cli_rehearsal.h"
#include "app/cli_summary.h"
#include "core/base/error.h"

namespace variometer {
namespace {

constexpr const char* kExamples = R"(
Examples:
  variometer train --steps 500 --record run.h5
  variometer train --corpus notes.txt --steps 1000 --at 300:tvr.enabled=true --at 300:kv_bias.enabled=true --record hybrid.h5
  variometer train --set model.n_layer=8 --set model.n_embd=256 --set train.batch_size=8 --checkpoint model --every 200
  variometer train --resume model --steps 2000
  variometer train --steps 100 --json | jq .loss

Updates count from 1; --at N takes effect before update N. Ctrl-C stops cleanly and keeps what was recorded.

)";

std::string gigabytes(double bytes) {
  const auto tenths = static_cast<std::int64_t>(bytes / 1e8 + 0.5);
  return std::to_string(tenths / 10) + "." + std::to_string(tenths % 10) + " GB";
}

/// On stderr: what the model of --init, or the width, decided in place of whoever typed.
void say_taken(const InitTaken& taken, const RunConfig& config) {
  if (taken.model) {
    const StartModel& model = *taken.model;
    report("starting from " + model.name + ": " + config.model.family + ", " + std::to_string(model.n_parameter) +
           " parameters, texts read as " + model.tokenizer + "; sizes are the model's");
    for (const auto& warning : model.warnings) report(warning);
  }
  for (const Proposal& one : taken.proposals) report("proposed: " + one.key + "=" + one.value + " (" + one.reason + ")");
  if (!taken.proposals.empty()) report("--set KEY=VALUE takes another value");
  if (!taken.model) return;
  const RunMemory memory = run_memory(config);
  report("memory: about " + gigabytes(memory.total()) + " (weights " + gigabytes(memory.weights) + ", gradients " +
         gigabytes(memory.gradients) + ", moments " + gigabytes(memory.moments) + ", activations " +
         gigabytes(memory.activations) + ")" +
         (memory.available > 0 ? " of " + gigabytes(memory.available) + " that are free" : std::string()));
}

int train(const TrainRequest& request, bool json) try {
  std::error_code none;
  if (std::filesystem::is_regular_file(request.resume, none)) rehearse_record(request.resume);
  catch_interrupts();
  InitTaken taken;
  const RunConfig config = train_config(request, &taken);
  const LiveOptions options = train_options(request, config);
  auto run = start_live_run(config, options);
  say_taken(taken, config);  // once it is sure that the run can begin: a refusal is one line
  RunInfo info;
  const RunEnd end = follow_run(*run, config.train.steps, [&](const Snapshot& snapshot) {
    if (!json) return;
    if (info.tensors.empty()) info = run->info();
    if (snapshot.is_update) print_line(to_line(json_update(snapshot, info)));
  });
  run.reset();  // closes the record
  const int status = exit_status(end);
  if (!json && end.state != RunState::failed) print_line(summary(end, request));
  return status;
} catch (const Cancelled&) {
  return kInterruptedStatus;  // while the model to start from was looked at; nothing was begun
}

}  // namespace

void add_train_command(CLI::App& app, Invocation& invocation) {
  auto* command = app.add_subcommand("train", "Train a model, measure it, switch it, record it");
  auto request = std::make_shared<TrainRequest>();
  auto json = std::make_shared<bool>(false);
  add_train_options(*command, *request);
  command->add_flag("--json", *json, "one JSON object per update on stdout");
  command->footer(kExamples + key_list());
  command->callback(
      [&invocation, request, json] { invocation.action = [request, json] { return train(*request, *json); }; });
}

}  // namespace variometer
