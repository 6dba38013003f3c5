// SPDX-License-Identifier: GPL-3.0-or-later
#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>
#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>
#include <limits>
#include <memory>
#include <optional>

#include "app/cli.h"
#include "app/cli_config.h"
#include "app/cli_json.h"
#include "app/cli_process.h"
#include "app/cli_progress.h"
#include "core/analysis/inspect.h"
#include "core/base/config_fields.h"
#include "core/base/error.h"
#include "core/base/json_text.h"
#include "core/base/links.h"
#include "core/base/own_input.h"

namespace variometer {
namespace {

struct InspectRequest {
  InspectOptions options;
  std::string prompt, text, ids;
  std::vector<std::string> set;
  bool has_prompt = false, bos = false, no_bos = false, json = false;
};

/// The keys of the rule by which an activation is massive, and how many of the largest are shown.
constexpr std::array<const char*, 5> kRuleKeys = {"probe.absolute_threshold", "probe.ratio_threshold",
                                                  "probe.ratio_only", "probe.small_ratio_threshold", "probe.top_k"};

ProbeConfig rule_with(const std::vector<std::string>& assignments) {
  RunConfig config;
  for (const auto& text : assignments) {
    const auto [key, value] = parse_assignment(text);
    set_field(config, key, value);  // an unknown key is told with the nearest
    if (std::ranges::find(kRuleKeys, key) == kRuleKeys.end()) {
      throw usage_error(key +
                        " has no say in inspect; --set takes probe.absolute_threshold, probe.ratio_threshold, "
                        "probe.ratio_only, probe.small_ratio_threshold and probe.top_k");
    }
  }
  return resolved(config).probe;  // the bounds a run has
}

/// A list of ids, or a list of lists of one length.
std::vector<std::vector<std::int32_t>> read_ids(const std::string& path) {
  const auto refuse = [&](const std::string& what) { throw file_error(path + ": " + what); };
  const auto json = nlohmann::json::parse(read_file(path), nullptr, /*allow_exceptions=*/false);
  if (!json.is_array() || json.empty()) refuse("not a JSON list of token ids, or of lists of them");
  std::vector<std::vector<std::int32_t>> sequences;
  const auto rows = json.front().is_array() ? json : nlohmann::json::array({json});
  for (const auto& row : rows) {
    if (!row.is_array() || row.empty()) refuse("every sequence must be a list of token ids");
    auto& ids = sequences.emplace_back();
    for (const auto& id : row) {
      const bool fits = id.is_number_unsigned() && id.get<std::uint64_t>() <= std::numeric_limits<std::int32_t>::max();
      if (!fits) refuse("token ids are whole numbers from 0, not " + json_text(id).substr(0, 40));
      ids.push_back(id.get<std::int32_t>());
    }
    if (ids.size() != sequences.front().size()) refuse("all sequences must have the same length");
  }
  return sequences;
}

Json json_loss(const std::optional<double>& loss) {
  return loss && std::isfinite(*loss) ? json_number(static_cast<float>(*loss)) : Json(nullptr);
}

/// The body of one sequence; the head of the object is the model's.
void add_sequence(Json& json, const InspectedSequence& sequence) {
  json["ids"] = sequence.ids;
  json["tokens"] = sequence.tokens;
  json["loss"] = json_loss(sequence.loss);
  json["perplexity"] = sequence.loss ? json_loss(std::exp(*sequence.loss)) : Json(nullptr);
  json["layers"] = json_layers(sequence.activation, /*batch=*/false);
  std::int64_t non_finite = sequence.loss && !std::isfinite(*sequence.loss) ? 1 : 0;
  for (const auto& layer : sequence.activation.layers) non_finite += layer.non_finite;
  json["non_finite"] = non_finite;
}

std::string json_line(const Inspection& result) {
  Json json{{"model", result.model}, {"family", result.family}, {"dtype", result.dtype}};
  if (result.sequences.size() == 1) {
    add_sequence(json, result.sequences.front());
  } else {
    json["sequences"] = Json::array();
    for (const auto& sequence : result.sequences) {
      Json one = Json::object();
      add_sequence(one, sequence);
      json["sequences"].push_back(std::move(one));
    }
  }
  return to_line(json);
}

/// Of 0 / 0 processors make a NaN with a sign, which says nothing.
double unsigned_nan(float x) {
  return std::isnan(x) ? std::numeric_limits<double>::quiet_NaN() : static_cast<double>(x);
}

void print_table(const Inspection& result, const ProbeConfig& rule) {
  for (const auto& sequence : result.sequences) {
    std::array<char, 256> line{};
    std::snprintf(line.data(), line.size(), "%s (%s, %s): %zu tokens", result.model.c_str(), result.family.c_str(),
                  result.dtype.c_str(), sequence.ids.size());
    std::string head = line.data();
    if (sequence.loss && !std::isfinite(*sequence.loss)) {
      head += ", loss not finite";
    } else if (sequence.loss) {
      std::snprintf(line.data(), line.size(), ", loss %.4f, perplexity %.4g", *sequence.loss, std::exp(*sequence.loss));
      head += line.data();
    }
    print_line(head);
    // What a ratio alone finds is not what the papers call massive.
    print_line(std::string("layer       top-1 (token, channel)       median       ratio    variance    kurtosis ") +
               (rule.ratio_only ? "outliers" : " massive") + "  1st token");
    const auto& layers = sequence.activation.layers;
    for (std::size_t i = 0; i < layers.size(); ++i) {
      const auto& layer = layers[i];
      if (layer.top.empty()) {
        std::snprintf(line.data(), line.size(), "%5zu    not measured: none of its %lld values is finite", i,
                      static_cast<long long>(layer.non_finite));
        print_line(line.data());
        continue;
      }
      const ActivationPlace& top = layer.top.front();
      const auto n_massive =
          std::ranges::count(sequence.activation.massive, static_cast<std::int32_t>(i), &ActivationPlace::layer);
      std::snprintf(line.data(), line.size(), "%5zu %11.4g (%5d, %7d) %12.4g %11.4g %11.4g %11.4g %8d %10.3f", i,
                    unsigned_nan(top.value), top.token, top.channel, unsigned_nan(layer.median),
                    unsigned_nan(layer.ratio), unsigned_nan(layer.variance), unsigned_nan(layer.kurtosis),
                    static_cast<int>(n_massive), unsigned_nan(layer.first_token_share));
      print_line(line.data());
    }
  }
}

int look(const InspectRequest& request) {
  InspectOptions options = request.options;
  const auto ending = options.model.extension();
  if ((ending == ".h5" || ending == ".hdf5") && std::filesystem::is_regular_file(options.model)) {
    throw file_error(options.model.string() + ": holds what was computed before, no model; variometer open " +
                     options.model.string() + " shows it");
  }
  options.rule = rule_with(request.set);
  if (request.has_prompt) options.text = request.prompt;
  if (!request.text.empty()) options.text = read_file(request.text);
  if (!request.ids.empty()) options.ids = read_ids(request.ids);
  if (!options.text && options.ids.empty()) options.text = options.rule.prompt;
  options.bos = request.no_bos ? Tokenizer::Bos::none
                : request.bos  ? Tokenizer::Bos::always
                               : Tokenizer::Bos::where_there_is_one;
  const std::vector<Input> inputs{{options.model, "the model to be inspected"},
                                  {request.text, "the text to be shown"},
                                  {request.ids, "the list of token ids"}};
  check_output_file(options.dump, options.overwrite, inputs);
  check_output_file(options.record, options.overwrite, inputs);
  const bool both = !options.dump.empty() && !options.record.empty();
  if (both && resolved_path(options.dump) == resolved_path(options.record)) {
    throw usage_error("--out and --dump name the same file, " + options.dump.string() + "; choose two names");
  }
  // Weights and layers count from 0 again when the next kind of work begins.
  std::optional<ProgressBar> bar;
  std::int64_t total = 0;
  options.progress = [&](const std::string& what, std::int64_t n_done, std::int64_t n_total) {
    if (interrupted()) throw run_error("stopped");
    if (n_total != total) bar.emplace(total = n_total);
    bar->show(n_done, what);
  };
  catch_interrupts();
  const Inspection result = inspect(options);
  bar.reset();
  for (const auto& warning : result.warnings) report(warning);
  if (request.json) {
    print_line(json_line(result));
  } else {
    print_table(result, options.rule);
  }
  return 0;
}

}  // namespace

void add_inspect_command(CLI::App& app, Invocation& invocation) {
  auto* command = app.add_subcommand("inspect", "One instrumented forward pass: where the large activations sit");
  auto request = std::make_shared<InspectRequest>();
  auto& options = request->options;
  command->add_option("MODEL", options.model, "model folder, .safetensors or .gguf file, or checkpoint")->required();
  auto* prompt =
      command->add_option("--prompt", request->prompt, "text to show (default: the probe prompt)")->type_name("TEXT");
  auto* text = command->add_option("--text", request->text, "text file to show")->type_name("FILE")->excludes(prompt);
  command->add_option("--ids", request->ids, "token ids: a JSON list, or a list of equal-length lists")
      ->type_name("FILE.json")
      ->excludes(prompt)
      ->excludes(text);
  auto* bos =
      command->add_flag("--bos", request->bos, "BOS before the text (default where the tokenizer has one; else EOS)");
  command->add_flag("--no-bos", request->no_bos, "no BOS")->excludes(bos);
  command
      ->add_option("--context", options.context,
                   "cut after N tokens (default: texts at the model's limit, ids nowhere)")
      ->type_name("N")
      ->check(at_least(1));
  command
      ->add_option("--set", request->set,
                   "the rule: probe.absolute_threshold, probe.ratio_threshold, probe.ratio_only, "
                   "probe.small_ratio_threshold; probe.top_k")
      ->type_name("KEY=VALUE")
      ->take_all();
  command->add_option("--dtype", options.dtype, "float32, bfloat16 or float16")->type_name("NAME");
  command->add_flag("--stream", options.stream,
                    "layer by layer from the files (default: if it would not fit into memory)");
  command->add_option("--device", options.device, "auto, cpu, cuda or cuda:i")->type_name("NAME");
  command->add_option("--threads", options.threads, "CPU threads")->type_name("N")->check(at_least(0));
  command->add_option("--out", options.record, "write a snapshot file (HDF5)")->type_name("SNAPSHOT.h5");
  command->add_option("--dump", options.dump, "write every layer's tensors")->type_name("FILE.safetensors");
  command->add_flag("--overwrite", options.overwrite, "replace existing output");
  command->add_flag("--json", request->json, "one JSON object on stdout");
  command->footer(
      "\nExamples:\n  variometer inspect ./model --prompt \"Summer is warm. Winter is cold.\"\n"
      "  variometer inspect ./model --ids ids.json --json | jq '.layers[].ratio'\n"
      "  variometer inspect ./model.gguf --stream --prompt \"Summer is warm.\"\n"
      "  variometer inspect ./model --text book.txt --context 512 --out snapshot.h5\n"
      "  variometer inspect ./model --set probe.ratio_only=true --set probe.small_ratio_threshold=50\n\n"
      "Layers and tokens count from 0. ratio = top-1 / median of |h|; kurtosis is excess; all of the block's output.");
  command->callback([&invocation, request, prompt] {
    request->has_prompt = prompt->count() > 0;
    invocation.action = [request] { return look(*request); };
  });
}

}  // namespace variometer
