// SPDX-License-Identifier: GPL-3.0-or-later
#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>
#include <memory>

#include "app/cli.h"
#include "app/cli_json.h"
#include "app/cli_process.h"
#include "core/analysis/generate.h"

namespace variometer {
namespace {

int write_text(const GenerateOptions& options, bool json) {
  catch_interrupts();
  std::string all;
  const auto warnings = generate(options, [&](const std::string& piece) {
    if (json) {
      all += piece;
    } else {
      print(piece);
    }
    return !interrupted();
  });
  for (const auto& warning : warnings) report(warning);
  print_line(json ? to_line(Json{{"prompt", options.prompt}, {"text", all}, {"seed", options.seed}}) : "");
  return interrupted() ? kInterruptedStatus : 0;
}

}  // namespace

void add_generate_command(CLI::App& app, Invocation& invocation) {
  auto* command = app.add_subcommand("generate", "Let a model write text");
  auto options = std::make_shared<GenerateOptions>();
  auto json = std::make_shared<bool>(false);
  command->add_option("MODEL", options->model, "model folder or checkpoint")->required();
  command->add_option("--prompt", options->prompt, "what the text starts with")->type_name("TEXT");
  command->add_option("--tokens", options->n_token, "how many to draw (200)")->type_name("N")->check(at_least(1));
  command->add_option("--temperature", options->temperature, "0: always the likeliest (0.8)")->type_name("T");
  command->add_option("--top-k", options->top_k, "draw from the K likeliest; 0: from all")
      ->type_name("K")
      ->check(at_least(0));
  command->add_option("--seed", options->seed, "the same seed gives the same text (1)")
      ->type_name("N")
      ->check(at_least(0));
  command->add_option("--device", options->device, "auto, cpu, cuda or cuda:i")->type_name("NAME");
  command->add_option("--threads", options->threads, "CPU threads")->type_name("N")->check(at_least(0));
  command->add_flag("--json", *json, "one JSON object at the end instead of a stream");
  command->footer(
      "\nExamples:\n  variometer generate ./model --prompt \"Summer is\"\n"
      "  variometer generate ./model --temperature 0 --tokens 40");
  command->callback(
      [&invocation, options, json] { invocation.action = [options, json] { return write_text(*options, *json); }; });
}

}  // namespace variometer
