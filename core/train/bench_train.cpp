// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/train/bench_train.h"

#include <ATen/Parallel.h>
#include <ATen/core/grad_mode.h>
#include <ATen/ops/matmul.h>
#include <ATen/ops/ones.h>
#include <c10/core/DeviceGuard.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <exception>
#include <thread>
#include <vector>

#include "core/base/error.h"
#include "core/model/family.h"
#include "core/train/preflight.h"
#include "core/train/trainer.h"

namespace variometer {
namespace {

using Clock = std::chrono::steady_clock;

double seconds_since(Clock::time_point begin) { return std::chrono::duration<double>(Clock::now() - begin).count(); }

double median(std::vector<double> values) {
  if (values.empty()) return 0;
  const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
  std::nth_element(values.begin(), middle, values.end());
  return *middle;
}

/// Best rate of five n x n x n products in the compute type, n large enough to fill the device.
double gemm_rate(const at::Device& device, at::ScalarType type) {
  const at::NoGradGuard no_grad;
  const std::int64_t n = device.is_cuda() ? 8192 : 1024;  // a power of two: a sum of ones that any type holds
  const at::Tensor a = at::ones({n, n}, at::TensorOptions().device(device).dtype(type)),
                   b = at::ones({n, n}, a.options());
  double best = 0;
  for (int i = 0; i < 6; ++i) {
    const auto begin = Clock::now();
    const auto check = at::matmul(a, b).select(0, 0).select(0, 0).item<float>();  // waits for a GPU, too
    if (check != static_cast<float>(n)) throw run_error("the BLAS in use multiplies wrongly");
    if (i > 0) best = std::max(best, 2.0 * std::pow(static_cast<double>(n), 3) / seconds_since(begin));
  }
  return best;
}

/// Products of one update: every weight matrix is used once forward and twice backward; attention forms T x T scores
/// and mixes values, likewise. Causality is not credited.
double gemm_flops(const RunConfig& config) {
  const ModelConfig& m = config.model;
  const auto d = [](std::int64_t n) { return static_cast<double>(n); };
  const double tokens = d(config.train.batch_size) * d(config.train.grad_accumulation) * d(m.block_size);
  const double q = d(m.n_head) * d(m.head_dim), kv = d(m.n_kv_head) * d(m.head_dim), c = d(m.n_embd);
  const double block = c * (2 * q + 2 * kv) + (family_options(m).mlp == MlpKind::plain ? 2 : 3) * c * d(m.n_inner);
  const double weights = d(m.n_layer) * block + c * d(m.vocab_size);
  return 6 * tokens * weights + 12 * tokens * d(m.n_layer) * d(m.block_size) * q;
}

void measure(const RunConfig& config, const TrainBenchOptions& options, const at::Device& device, TrainBench& bench) {
  const c10::DeviceGuard guard(device);
  if (config.train.threads > 0) at::set_num_threads(static_cast<int>(config.train.threads));
  bench.threads = at::get_num_threads();
  bench.device = device.str();
  bench.gemm_flops_per_second = gemm_rate(device, config.train.dtype == "bfloat16" ? at::kBFloat16 : at::kFloat);
  bench.gemm_flops_per_step = gemm_flops(config);
  bench.gemm_bound_seconds = bench.gemm_flops_per_step / bench.gemm_flops_per_second;

  Trainer trainer(config, load_corpus(config.data, config.model.block_size), device);
  for (const auto& parameter : trainer.decoder().parameters()) {
    if (!parameter.extra) bench.n_parameter += parameter.value.numel();
  }
  bench.tokens_per_step = trainer.tokens_per_update();
  const std::int64_t n_update = std::max(config.probe.every, options.least_block);
  const auto stopped = [&] { return options.stop && options.stop(); };
  const auto block = [&](bool observing) {
    const auto begin = Clock::now();
    for (std::int64_t i = 0; i < n_update && !stopped(); ++i) {
      const bool activations = observing && i % config.probe.every == 0;
      const bool weights = observing && i % config.probe.weights_every == 0;
      trainer.update({.batch = activations && config.probe.batch, .weights = weights});
      if (!activations) continue;
      FramePtr frame;
      trainer.measure_prompt({.attention = config.probe.attention, .maps = true}, &frame);
    }
    return seconds_since(begin) / static_cast<double>(n_update);
  };
  trainer.update({});  // memory is allocated, pages are touched
  std::vector<double> plain, observing, share;
  for (std::int64_t round = 0; round < options.rounds; ++round) {
    const double alone = block(false);
    if (stopped()) break;  // in the middle of a block, perhaps: it tells nothing
    if (options.progress) options.progress(2 * round + 1, 2 * options.rounds);
    const double observed = block(true);
    if (stopped()) break;
    if (options.progress) options.progress(2 * round + 2, 2 * options.rounds);
    plain.push_back(alone);
    observing.push_back(observed);
    share.push_back(1 - alone / observed);
  }
  bench.n_block = static_cast<std::int64_t>(observing.size());
  bench.step_seconds = median(plain);
  bench.step_seconds_observing = median(observing);
  const auto tokens = static_cast<double>(bench.tokens_per_step);
  if (bench.step_seconds > 0) bench.tokens_per_second = tokens / bench.step_seconds;
  if (bench.step_seconds_observing > 0) bench.tokens_per_second_observing = tokens / bench.step_seconds_observing;
  bench.observe_share = median(share);
}

}  // namespace

TrainBench bench_train(const RunConfig& config, const TrainBenchOptions& options) {
  RunConfig whole = resolved(config);
  check_run(whole, {});
  const at::Device device = choose_device(whole.train);
  TrainBench bench;
  std::exception_ptr failure;
  // LibTorch's pools belong to the thread that starts them: a thread of its own leaves the caller's alone.
  std::jthread([&] {
    try {
      measure(whole, options, device, bench);
    } catch (...) {
      failure = std::current_exception();
    }
  }).join();
  if (failure) std::rethrow_exception(failure);
  return bench;
}

}  // namespace variometer
