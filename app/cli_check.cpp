// SPDX-License-Identifier: GPL-3.0-or-later
#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>
#include <functional>
#include <memory>

#include "app/cli.h"
#include "app/cli_json.h"
#include "app/cli_process.h"
#include "app/cli_progress.h"
#include "core/base/error.h"
#include "core/base/one_line.h"
#include "core/record/record_check.h"

namespace variometer {
namespace {

Json json_report(const RecordReport& report) {
  Json json{{"whole", report.whole},
            {"closed", report.closed},
            {"being_written", report.being_written},
            {"problem", report.problem.empty() ? Json(nullptr) : Json(report.problem)},
            {"bytes", report.bytes},
            {"created_utc", report.created_utc},
            {"name", report.name},
            {"family", report.family},
            {"device", report.device},
            {"dtype", report.dtype},
            {"n_parameter", report.n_parameter},
            {"n_layer", report.n_layer},
            {"n_embd", report.n_embd},
            {"n_tensor", report.n_tensor},
            {"n_update", report.n_update},
            {"n_undo", report.n_undo},
            {"first_step", report.first_step},
            {"last_step", report.last_step},
            {"state", to_string(report.state)},
            {"events", report.events}};
  auto& groups = json["groups"] = Json::array();
  for (const auto& group : report.groups) {
    groups.push_back({{"path", group.path},
                      {"n_row", group.n_row},
                      {"n_unfinished", group.n_unfinished},
                      {"first_step", group.first_step},
                      {"last_step", group.last_step},
                      {"bytes", group.bytes}});
  }
  return json;
}

void print_report(const std::string& path, const RecordReport& report) {
  const std::string state = !report.whole          ? "damaged: " + one_line(report.problem)
                            : report.closed        ? "whole and closed"
                            : report.being_written ? "whole so far; being written now"
                                                   : "whole, but its writer did not close it";
  print_line(path + ": " + state);
  print_line(one_line(report.name) + ", " + report.family + ", " +
             short_count(static_cast<double>(report.n_parameter)) + " parameters, " + report.device + ", " +
             report.dtype + ", " + short_bytes(static_cast<double>(report.bytes)));
  print_line(std::to_string(report.n_update) + " updates, steps " + std::to_string(report.first_step) + " to " +
             std::to_string(report.last_step) + ", " + std::string(to_string(report.state)));
  for (const auto& group : report.groups) {
    if (group.n_row == 0 && group.n_unfinished == 0) continue;
    print_line("  " + group.path + std::string(group.path.size() < 22 ? 22 - group.path.size() : 1, ' ') +
               std::to_string(group.n_row) + " rows" +
               (group.n_unfinished > 0 ? " and " + std::to_string(group.n_unfinished) + " unfinished" : "") + ", " +
               short_bytes(static_cast<double>(group.bytes)));
  }
  for (const auto& [kind, count] : report.events) print_line("  " + std::to_string(count) + " x " + one_line(kind));
}

struct CheckRequest {
  std::string path;
  bool repair = false, json = false, progress = false;
};

int check(const CheckRequest& request) {
  const auto& [path, repair, json, progress] = request;
  // HDF5 1.10 itself can be made to fall (found by tests/fuzz); what this command is for are files nobody vouches for.
  if (const auto status = go_on_in_child(path)) return *status;
  bool repaired = false;
  if (repair) repaired = repair_record(path);
  std::function<void(std::int64_t)> tell;
  if (progress) tell = [](std::int64_t n_snapshot) { print_line(to_line(Json{{"read", n_snapshot}})); };
  const RecordReport result = check_record(path, tell);
  if (json) {
    Json all = json_report(result);
    all["repaired"] = repaired;
    print_line(to_line(all));
  } else {
    if (repair) print_line(repaired ? "repaired" : "nothing to repair");
    print_report(path, result);
  }
  if (!result.whole) return static_cast<int>(Error::Kind::file);
  if (!result.closed && !result.being_written) {
    report(path + ": its writer did not close it; variometer check --repair " + path + " does");
    return static_cast<int>(Error::Kind::file);
  }
  return 0;
}

}  // namespace

void add_check_command(CLI::App& app, Invocation& invocation) {
  auto* command = app.add_subcommand("check", "Is a record whole, and what is in it; repair after a crash");
  auto request = std::make_shared<CheckRequest>();
  command->add_option("FILE.h5", request->path, "the record")->required();
  command->add_flag("--repair", request->repair, "close it, without the batch that was never finished");
  auto* json = command->add_flag("--json", request->json, "one JSON object on stdout");
  command->add_flag("--progress", request->progress, "before it, a line {\"read\": N} as snapshots are read")
      ->needs(json);
  command->footer("\nExamples:\n  variometer check run.h5\n  variometer check --repair run.h5");
  command->callback([&invocation, request] { invocation.action = [request] { return check(*request); }; });
}

}  // namespace variometer
