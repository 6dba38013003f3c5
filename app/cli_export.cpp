// SPDX-License-Identifier: GPL-3.0-or-later
#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>
#include <charconv>
#include <limits>
#include <memory>

#include "app/cli.h"
#include "app/cli_process.h"
#include "core/base/card_table.h"
#include "core/base/csv_head.h"
#include "core/base/error.h"
#include "core/base/history.h"
#include "core/base/own_input.h"
#include "core/record/export.h"
#include "core/record/recorded_run.h"

namespace variometer {
namespace {

struct ExportRequest {
  std::string path, out, what = "scalars", steps;
  bool overwrite = false, list = false, head = false;
};

struct StepRange {
  std::int64_t first = 0, last = std::numeric_limits<std::int64_t>::max();
};

/// "A:B", both ends included; either may be left out.
StepRange parse_steps(const std::string& text) {
  StepRange range;
  if (text.empty()) return range;
  const auto refuse = [&] { throw usage_error("--steps " + text + " is not A:B; write for instance 100:200"); };
  const auto colon = text.find(':');
  if (colon == std::string::npos) refuse();
  const auto number = [&](std::size_t begin, std::size_t end, std::int64_t& value) {
    if (begin == end) return;
    const auto [stop, error] = std::from_chars(text.data() + begin, text.data() + end, value);
    if (error != std::errc{} || stop != text.data() + end) refuse();
  };
  number(0, colon, range.first);
  number(colon + 1, text.size(), range.last);
  if (range.first > range.last) throw usage_error("--steps " + text + " ends before it begins");
  return range;
}

int export_card(const ExportRequest& request) {
  if (request.list) {
    for (const auto& [name, help] : card_table_names()) {
      print_line(name + std::string(name.size() < 24 ? 24 - name.size() : 1, ' ') + help);
    }
    return 0;
  }
  if (request.path.empty() || request.out.empty()) throw usage_error("export needs RUN.h5 and --out FILE");
  check_output_file(request.out, request.overwrite, {{request.path, "the record to be exported"}});
  const StepRange range = parse_steps(request.steps);
  if (const auto status = go_on_in_child(request.path)) return *status;
  const RunHistory history = read_history(request.path);
  note_file_was_read();
  const CardTable table = card_table(history, request.what, range.first, range.last);
  if (request.head && std::filesystem::path(request.out).extension() != ".csv") {
    throw usage_error("--head is for CSV; an HDF5 file has units and names as attributes");
  }
  export_table(request.out, table, request.what + " of " + history.info().name,
               request.head ? csv_head(history, request.what, table) : std::string());
  print_line(request.out + ": " + std::to_string(table.n_row()) + " rows of " + std::to_string(table.columns.size()) +
             " columns");
  return 0;
}

}  // namespace

void add_export_command(CLI::App& app, Invocation& invocation) {
  auto* command = app.add_subcommand("export", "The data behind a card: CSV, NumPy or HDF5");
  auto request = std::make_shared<ExportRequest>();
  command->add_option("RUN.h5", request->path, "the record");
  command->add_option("--out", request->out, "file to write")->type_name("FILE.csv|npy|h5");
  command->add_option("--what", request->what, "which data (scalars)")->type_name("NAME");
  command->add_option("--steps", request->steps, "steps A to B, both included")->type_name("A:B");
  command->add_flag("--head", request->head, "CSV: run, steps and units first, in lines that begin with #");
  command->add_flag("--overwrite", request->overwrite, "replace FILE");
  command->add_flag("--list", request->list, "the names --what takes");
  command->footer(
      "\nExamples:\n  variometer export run.h5 --what weight_std --out std.csv\n"
      "  variometer export run.h5 --what top_activation --steps 100:300 --out top.npy\n  variometer export --list");
  command->callback([&invocation, request] { invocation.action = [request] { return export_card(*request); }; });
}

}  // namespace variometer
