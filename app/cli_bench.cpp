// SPDX-License-Identifier: GPL-3.0-or-later
#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>
#include <array>
#include <cstdio>
#include <memory>

#include "app/cli.h"
#include "app/cli_config.h"
#include "app/cli_json.h"
#include "app/cli_process.h"
#include "app/cli_progress.h"
#include "core/analysis/bench_load.h"
#include "core/base/config_fields.h"
#include "core/base/error.h"
#include "core/probe/bench_statistics.h"
#include "core/train/bench_train.h"

namespace variometer {
namespace {

struct BenchRequest {
  std::string preset, device;
  std::vector<std::string> set;
  std::int64_t threads = 0, rounds = 5;
  bool demo = false, json = false;
};

/// The model this project times itself on: L 8, width 256, 8 heads, FFN 688, vocabulary 8192, 8 x 256 tokens.
RunConfig bench_config(const BenchRequest& request) {
  RunConfig config;
  if (!request.preset.empty()) {
    config = config_from_toml(read_file(request.preset), request.preset);
  } else if (!request.demo) {
    config.model = {.n_layer = 8, .n_head = 8, .n_embd = 256, .n_inner = 688, .block_size = 256, .vocab_size = 8192};
    config.train.batch_size = 8;
  }
  if (!request.device.empty()) config.train.device = request.device;
  config.train.threads = request.threads;
  for (const auto& text : request.set) {
    const auto [key, value] = parse_assignment(text);
    set_field(config, key, value);
  }
  return resolved(config);
}

std::string line(const char* format, double a, double b) {
  std::array<char, 160> text{};
  std::snprintf(text.data(), text.size(), format, a, b);
  return text.data();
}

int bench_all_statistics(bool json) {
  const auto rows = bench_statistics();
  if (json) {
    Json all = Json::array();
    for (const auto& row : rows) {
      all.push_back({{"what", row.what},
                     {"n", row.n},
                     {"ours_seconds", row.ours_seconds},
                     {"torch_seconds", row.torch_seconds},
                     {"ratio", row.ratio},
                     {"ours_bytes_per_second", row.ours_bytes_per_second}});
    }
    print_line(to_line({{"statistics", std::move(all)}}));
    return 0;
  }
  print_line("      values     ours, ms    torch, ms    torch/ours   ours, GB/s  what (one thread)");
  for (const auto& row : rows) {
    std::array<char, 256> text{};
    std::snprintf(text.data(), text.size(), "%12lld %12.3f %12.3f %13.1f %12.2f  %s", static_cast<long long>(row.n),
                  1e3 * row.ours_seconds, 1e3 * row.torch_seconds, row.ratio, 1e-9 * row.ours_bytes_per_second,
                  row.what.c_str());
    print_line(text.data());
  }
  return 0;
}

int bench(const BenchRequest& request) {
  const RunConfig config = bench_config(request);
  catch_interrupts();
  std::unique_ptr<ProgressBar> bar;
  const TrainBench b = bench_train(config, {.rounds = request.rounds,
                                            .progress =
                                                [&](auto block, auto n_block) {
                                                  if (!bar) bar = std::make_unique<ProgressBar>(n_block);
                                                  bar->show(block, "blocks");
                                                },
                                            .stop = interrupted});
  bar.reset();
  if (interrupted() && b.n_block == 0) return kInterruptedStatus;
  if (request.json) {
    print_line(to_line(Json{{"device", b.device},
                            {"threads", b.threads},
                            {"n_parameter", b.n_parameter},
                            {"tokens_per_step", b.tokens_per_step},
                            {"n_block", b.n_block},
                            {"step_seconds", b.step_seconds},
                            {"step_seconds_observing", b.step_seconds_observing},
                            {"tokens_per_second", b.tokens_per_second},
                            {"tokens_per_second_observing", b.tokens_per_second_observing},
                            {"observe_share", b.observe_share},
                            {"gemm_flops_per_second", b.gemm_flops_per_second},
                            {"gemm_flops_per_step", b.gemm_flops_per_step},
                            {"gemm_bound_seconds", b.gemm_bound_seconds}}));
  } else {
    print_line(b.device + ", " + std::to_string(b.threads) + " threads, " +
               short_count(static_cast<double>(b.n_parameter)) + " parameters, " + std::to_string(b.tokens_per_step) +
               " tokens a step");
    print_line(line("without observing  %8.1f ms a step  %10.0f tokens/s", 1e3 * b.step_seconds, b.tokens_per_second));
    print_line(line("observing          %8.1f ms a step  %10.0f tokens/s", 1e3 * b.step_seconds_observing,
                    b.tokens_per_second_observing));
    print_line(line("observing costs    %8.1f %% of a step (median over %.0f pairs of blocks)", 100 * b.observe_share,
                    static_cast<double>(b.n_block)));
    print_line(line("SGEMM bound        %8.1f ms a step at %.1f GFLOP/s measured", 1e3 * b.gemm_bound_seconds,
                    1e-9 * b.gemm_flops_per_second));
  }
  return interrupted() ? kInterruptedStatus : 0;
}

struct LoadRequest {
  std::string model, device = "cpu";
  std::int64_t rounds = 3, threads = 0;
  bool json = false;
};

int bench_model_load(const LoadRequest& request) {
  const LoadBench b = bench_load(request.model, request.rounds, request.device, request.threads);
  if (request.json) {
    Json texts = Json::array();
    for (const auto& text : b.texts) {
      texts.push_back(
          {{"what", text.what}, {"n_byte", text.n_byte}, {"n_token", text.n_token}, {"seconds", text.seconds}});
    }
    print_line(to_line(Json{{"model", b.model},
                            {"device", b.device},
                            {"dtype", b.dtype},
                            {"weight_bytes", b.weight_bytes},
                            {"open_seconds", b.open_seconds},
                            {"pass_seconds", b.pass_seconds},
                            {"tokenizer_seconds", b.tokenizer_seconds},
                            {"texts", std::move(texts)}}));
    return 0;
  }
  print_line(b.model + ", " + short_bytes(static_cast<double>(b.weight_bytes)) + " of weights, computed as " + b.dtype +
             " on " + b.device);
  print_line(line("opened             %8.1f ms (the tokenizer alone %.1f ms)", 1e3 * b.open_seconds,
                  1e3 * b.tokenizer_seconds));
  print_line(line("first 16 tokens    %8.1f ms (%.0f MB/s of weights)", 1e3 * b.pass_seconds,
                  1e-6 * static_cast<double>(b.weight_bytes) / b.pass_seconds));
  for (const auto& text : b.texts) {
    print_line(line("tokenized          %8.1f ms %8.2f MB/s  ", 1e3 * text.seconds,
                    1e-6 * static_cast<double>(text.n_byte) / text.seconds) +
               text.what);
  }
  return 0;
}

}  // namespace

void add_bench_command(CLI::App& app, Invocation& invocation, const Front& front) {
  auto* command = app.add_subcommand("bench", "Measure this machine");
  command->require_subcommand(1);
  command->footer(
      "\nExamples:\n  variometer bench train --threads 1\n  variometer bench statistics\n  variometer bench load "
      "MODEL\n  variometer bench plots");
  auto* train = command->add_subcommand("train", "Training speed with and without observing, and the SGEMM bound");
  auto request = std::make_shared<BenchRequest>();
  train->add_option("PRESET", request->preset, "configuration in TOML (default: L 8, width 256, 8 x 256 tokens)");
  train->add_flag("--demo", request->demo, "the first demo's model instead");
  train->add_option("--set", request->set, "set a key")->type_name("KEY=VALUE")->take_all();
  train->add_option("--device", request->device, "auto, cpu, cuda or cuda:i")->type_name("NAME");
  train->add_option("--threads", request->threads, "CPU threads; 0: all cores")->type_name("N")->check(at_least(0));
  train->add_option("--rounds", request->rounds, "pairs of blocks (5)")->type_name("N")->check(at_least(1));
  train->add_flag("--json", request->json, "one JSON object on stdout");
  train->footer("\nExamples:\n  variometer bench train\n  variometer bench train --demo --threads 1 --json");
  auto* statistics =
      command->add_subcommand("statistics", "The one-pass statistics kernel against LibTorch's operators");
  auto json = std::make_shared<bool>(false);
  statistics->add_flag("--json", *json, "one JSON object on stdout");
  statistics->footer("\nExample:\n  variometer bench statistics");
  statistics->callback([&invocation, json] { invocation.action = [json] { return bench_all_statistics(*json); }; });
  auto* load = command->add_subcommand("load", "Opening a model, its first pass, and its tokenizer");
  auto how = std::make_shared<LoadRequest>();
  load->add_option("MODEL", how->model, "model folder or .gguf file")->required();
  load->add_option("--rounds", how->rounds, "the least of so many (3)")->type_name("N")->check(at_least(1));
  load->add_option("--device", how->device, "auto, cpu, cuda or cuda:i (cpu)")->type_name("NAME");
  load->add_option("--threads", how->threads, "CPU threads; 0: all cores")->type_name("N")->check(at_least(0));
  load->add_flag("--json", how->json, "one JSON object on stdout");
  load->footer("\nExample:\n  variometer bench load SmolLM2-135M-Instruct.Q4_1.gguf");
  load->callback([&invocation, how] { invocation.action = [how] { return bench_model_load(*how); }; });
  auto* plots =
      command->add_subcommand("plots", "Drawing: a curve of 10 million points, twelve live cards, a heat map");
  auto plots_json = std::make_shared<bool>(false);
  plots->add_flag("--json", *plots_json, "one JSON object on stdout");
  plots->footer("\nExample:\n  variometer bench plots");
  plots->callback([&invocation, &front, plots_json] {
    invocation.action = [&front, plots_json] {
      if (!front.run_bench_plots) throw usage_error("this build cannot draw (VARIOMETER_GUI=OFF)");
      return front.run_bench_plots(*plots_json);
    };
  });
  train->callback([&invocation, request] { invocation.action = [request] { return bench(*request); }; });
}

}  // namespace variometer
