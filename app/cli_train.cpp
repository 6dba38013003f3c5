// SPDX-License-Identifier: GPL-3.0-or-later
#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>
#include <array>
#include <cmath>
#include <cstdio>
#include <memory>

#include "app/cli.h"
#include "app/cli_config.h"
#include "app/cli_follow.h"
#include "app/cli_json.h"
#include "app/cli_process.h"
#include "app/cli_progress.h"
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

std::string number(double value) {
  std::array<char, 32> text{};
  std::snprintf(text.data(), text.size(), "%.4g", value);
  return text.data();
}

std::string summary(const RunEnd& end, const TrainRequest& request) {
  std::string text = std::to_string(end.n_update) + " updates in " + short_duration(end.seconds);
  if (end.last_update) {
    const Snapshot& last = *end.last_update;
    text += " (" + short_count(last.tokens_per_second) + " tokens/s";
    if (std::isfinite(last.observe_fraction)) text += ", " + number(100 * last.observe_fraction) + " % observing";
    text += "); loss " + number(last.loss);
  }
  if (std::isfinite(end.validation_loss)) text += ", validation " + number(end.validation_loss);
  if (end.measured) {
    text += "; largest |h| " + number(std::abs(end.largest.value)) + " at layer " + std::to_string(end.largest.layer) +
            ", token " + std::to_string(end.largest.token) + ", channel " + std::to_string(end.largest.channel);
  }
  if (!request.record.empty()) text += "; recorded in " + request.record;
  if (!request.checkpoint.empty()) text += "; checkpoint in " + request.checkpoint;
  return text;
}

int train(const TrainRequest& request, bool json) {
  const RunConfig config = train_config(request);
  const LiveOptions options = train_options(request, config);
  catch_interrupts();
  auto run = start_live_run(config, options);
  RunInfo info;
  const RunEnd end = follow_run(*run, config.train.steps, [&](const Snapshot& snapshot) {
    if (!json) return;
    if (info.tensors.empty()) info = run->info();
    if (snapshot.is_update) print_line(to_line(json_update(snapshot, info)));
  });
  run.reset();  // closes the record
  const int status = exit_status(end, !request.resume.empty() || !request.init.empty());
  if (!json && end.state != RunState::failed) print_line(summary(end, request));
  return status;
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
