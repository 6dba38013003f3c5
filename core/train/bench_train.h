// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include "core/base/config.h"

namespace variometer {

struct TrainBenchOptions {
  std::int64_t rounds = 5;  ///< pairs of blocks; a block is probe.every updates, at least `least_block`
  std::int64_t least_block = 1;
  /// Called after every block with blocks done and in all.
  std::function<void(std::int64_t block, std::int64_t n_block)> progress;
  /// Asked after every update: true ends it with what whole rounds have told.
  std::function<bool()> stop;
};

/// Training speed of this machine. Blocks with and without observing take turns, so that a machine whose clock wanders
/// slows both alike; the figures are medians over blocks.
struct TrainBench {
  std::string device;
  std::int64_t threads = 0;
  std::int64_t n_parameter = 0;
  std::int64_t tokens_per_step = 0;
  std::int64_t n_block = 0;  ///< of each kind, measured
  double step_seconds = 0, step_seconds_observing = 0;
  double tokens_per_second = 0, tokens_per_second_observing = 0;
  double observe_share = 0;          ///< 1 - plain / observing, median over pairs of neighbours
  double gemm_flops_per_second = 0;  ///< best of several square single-precision products with the same threads
  double gemm_flops_per_step = 0;    ///< of all matrix products of one update, forward and backward
  double gemm_bound_seconds = 0;     ///< an update cannot be faster with this BLAS
};

/// Trains `config` on the built-in sentences (or config.data.corpus) on a thread of its own and times it. Throws Error.
TrainBench bench_train(const RunConfig& config, const TrainBenchOptions& options = {});

}  // namespace variometer
