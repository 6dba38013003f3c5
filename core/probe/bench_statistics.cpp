// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/probe/bench_statistics.h"

#include <ATen/Parallel.h>
#include <ATen/TensorOperators.h>
#include <ATen/core/grad_mode.h>
#include <ATen/ops/abs.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/median.h>
#include <ATen/ops/std_mean.h>
#include <ATen/ops/topk.h>
#include <ATen/ops/var_mean.h>

#include <algorithm>
#include <chrono>
#include <functional>
#include <limits>

#include "core/kernels/statistics.h"
#include "core/text/random.h"

namespace variometer {
namespace {

using Clock = std::chrono::steady_clock;

double seconds_of(const std::function<void()>& f) {
  const auto begin = Clock::now();
  f();
  return std::chrono::duration<double>(Clock::now() - begin).count();
}

/// Both in turn, so that what else the machine does meets both; the shortest time of each counts.
StatisticsBench measured(const std::string& what, std::int64_t n, double seconds, const std::function<void()>& ours,
                         const std::function<void()>& torch) {
  StatisticsBench bench{.what = what, .n = n};
  bench.ours_seconds = bench.torch_seconds = std::numeric_limits<double>::infinity();
  ours();
  torch();
  const auto end = Clock::now() + std::chrono::duration<double>(2 * seconds);
  do {
    bench.ours_seconds = std::min(bench.ours_seconds, seconds_of(ours));
    bench.torch_seconds = std::min(bench.torch_seconds, seconds_of(torch));
  } while (Clock::now() < end);
  bench.ratio = bench.torch_seconds / bench.ours_seconds;
  bench.ours_bytes_per_second = static_cast<double>(n) * sizeof(float) / bench.ours_seconds;
  return bench;
}

at::Tensor normal_data(std::int64_t n) {
  at::Tensor x = at::empty({n}, at::TensorOptions().dtype(at::kFloat));
  Random random(1);
  float* data = x.mutable_data_ptr<float>();
  for (std::int64_t i = 0; i < n; ++i) {
    double sum = -6;  // of twelve uniforms: close enough to a normal
    for (int k = 0; k < 12; ++k) sum += random.uniform();
    data[i] = static_cast<float>(sum);
  }
  data[n / 3] = 500.0F;
  return x;
}

std::span<const float> span_of(const at::Tensor& x) {
  return {x.const_data_ptr<float>(), static_cast<std::size_t>(x.numel())};
}

/// Everything `statistics` tells, from ATen: |x|, top 3, median, mean, variance, skewness, kurtosis, finiteness.
void statistics_by_torch(const at::Tensor& x) {
  const at::Tensor magnitude = x.abs();
  at::topk(magnitude, 3);
  at::median(magnitude);
  const auto [variance, mean] = at::var_mean(x, /*unbiased=*/false);
  const at::Tensor d = x - mean, d2 = d * d;
  (d2 * d).mean();
  (d2 * d2).mean();
  x.isfinite().all();
}

void weight_moments_by_torch(const at::Tensor& x) {
  at::std_mean(x, /*unbiased=*/true);
  x.abs().max();
  x.isfinite().all();
}

}  // namespace

std::vector<StatisticsBench> bench_statistics(double seconds_per_row) {
  const at::NoGradGuard no_grad;
  const int threads = at::get_num_threads();
  at::set_num_threads(1);
  struct Row {
    const char* what;
    std::int64_t n;
    bool weights;
  };
  const Row rows[] = {
      {"statistics of a block output, 32 x 32 x 64", 32 * 32 * 64, false},
      {"statistics of a block output, 8 x 256 x 256", 8 * 256 * 256, false},
      {"statistics of a block output, 4 x 1024 x 768", 4 * 1024 * 768, false},
      {"moments of a weight, 688 x 256", 688 * 256, true},
      {"moments of a weight, 3072 x 768", 3072 * 768, true},
  };
  std::vector<StatisticsBench> result;
  for (const Row& row : rows) {
    const at::Tensor x = normal_data(row.n);
    const auto ours = [&] {
      if (row.weights) {
        weight_moments(span_of(x));
      } else {
        statistics(span_of(x), 3);
      }
    };
    const auto torch = [&] { row.weights ? weight_moments_by_torch(x) : statistics_by_torch(x); };
    result.push_back(measured(row.what, row.n, seconds_per_row, ours, torch));
  }
  at::set_num_threads(threads);
  return result;
}

}  // namespace variometer
