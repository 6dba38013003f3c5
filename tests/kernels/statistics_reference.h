// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

// The slow truth the kernels are held against: sort, and two passes in long double.

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <random>
#include <string>
#include <vector>

#include "core/kernels/statistics.h"

namespace variometer::reference {

/// One number, or none in both.
inline bool same(double a, double b) { return a == b || (std::isnan(a) && std::isnan(b)); }

inline Statistics statistics(const std::vector<float>& x, int n_top) {
  Statistics result;
  std::vector<std::int64_t> finite;
  for (std::size_t i = 0; i < x.size(); ++i) {
    if (std::isnan(x[i])) {
      ++result.n_nan;
    } else if (std::isinf(x[i])) {
      ++result.n_infinite;
    } else {
      finite.push_back(static_cast<std::int64_t>(i));
    }
  }
  result.count = static_cast<std::int64_t>(finite.size());
  if (finite.empty()) {
    result.mean = result.variance = result.skewness = result.kurtosis = std::numeric_limits<double>::quiet_NaN();
    result.abs_median = std::numeric_limits<float>::quiet_NaN();
    return result;
  }
  const auto at = [&](std::int64_t i) { return x[static_cast<std::size_t>(i)]; };
  long double sum = 0, m2 = 0, m3 = 0, m4 = 0;
  for (const auto i : finite) sum += at(i);
  const long double n = finite.size(), mean = sum / n;
  for (const auto i : finite) {
    const long double d = at(i) - mean;
    m2 += d * d;
    m3 += d * d * d;
    m4 += d * d * d * d;
  }
  result.mean = static_cast<double>(mean);
  result.variance = static_cast<double>(m2 / n);
  result.skewness = static_cast<double>(std::sqrt(n) * m3 / std::pow(m2, 1.5L));
  result.kurtosis = static_cast<double>(n * m4 / (m2 * m2) - 3);
  std::stable_sort(finite.begin(), finite.end(),
                   [&](std::int64_t a, std::int64_t b) { return std::fabs(at(a)) > std::fabs(at(b)); });
  for (std::size_t i = 0; i < std::min<std::size_t>(finite.size(), static_cast<std::size_t>(n_top)); ++i) {
    result.top.push_back({at(finite[i]), finite[i]});
  }
  result.abs_median = std::fabs(at(finite[finite.size() - 1 - (finite.size() - 1) / 2]));
  return result;
}

struct Sample {
  std::string name;
  std::vector<float> x;
};

/// Everything we could think of that breaks such kernels; sizes beside powers of two and beside the kernel's runs.
inline std::vector<Sample> hostile_samples() {
  std::mt19937_64 random(7);
  std::normal_distribution<float> normal;
  const auto drawn = [&](std::size_t n, auto&& f) {
    std::vector<float> x(n);
    for (float& value : x) value = f();
    return x;
  };
  const float infinity = std::numeric_limits<float>::infinity(), nan = std::numeric_limits<float>::quiet_NaN();
  const float denormal = std::numeric_limits<float>::denorm_min(), most = std::numeric_limits<float>::max();
  std::vector<Sample> samples = {
      {"empty", {}},
      {"one", {-3.5F}},
      {"two", {1.0F, -2.0F}},
      {"even count has a lower median", {4.0F, 1.0F, -3.0F, 2.0F}},
      {"only NaN", {nan, nan, nan}},
      {"only infinities", {infinity, -infinity}},
      {"zeros of both signs", {0.0F, -0.0F, 0.0F, -0.0F, -0.0F}},
      {"largest float", {most, -most, most, -most, 1.0F}},
      {"denormals", {denormal, -denormal, 5 * denormal, 0.0F, 3 * denormal}},
  };
  for (const std::size_t n : {std::size_t{7}, std::size_t{31}, std::size_t{1023}, std::size_t{1025}, std::size_t{8191},
                              std::size_t{8192}, std::size_t{40001}, std::size_t{300007}}) {
    samples.push_back({"normal " + std::to_string(n), drawn(n, [&] { return normal(random); })});
  }
  const std::size_t n = 50021;
  samples.push_back({"all equal", std::vector<float>(n, -2.5F)});
  samples.push_back({"two values", drawn(n, [&] { return random() % 2 ? 1.0F : -3.0F; })});
  samples.push_back(
      {"small integers, ties everywhere", drawn(n, [&] { return static_cast<float>(random() % 9) - 4; })});
  samples.push_back({"half zeros", drawn(n, [&] { return std::max(0.0F, normal(random)); })});
  samples.push_back({"far from zero", drawn(n, [&] { return 1000.0F + normal(random); })});
  samples.push_back({"very far from zero", drawn(n, [&] { return -3e6F + normal(random); })});
  samples.push_back({"denormals, many", drawn(n, [&] { return static_cast<float>(random() % 5000) * denormal; })});
  samples.push_back({"huge", drawn(n, [&] { return normal(random) * 3e37F; })});
  samples.push_back({"tiny", drawn(n, [&] { return normal(random) * 1e-30F; })});
  samples.push_back({"spread over all exponents",
                     drawn(n, [&] { return std::ldexp(normal(random), static_cast<int>(random() % 240) - 120); })});
  samples.push_back({"heavy tails", drawn(n, [&] { return std::pow(normal(random), 5.0F); })});
  auto one = drawn(n, [&] { return normal(random) * 0.01F; });
  one[31337] = -500.0F;
  samples.push_back({"one outlier", one});
  auto holes = drawn(n, [&] { return normal(random); });
  for (std::size_t i = 0; i < n; i += 97) holes[i] = i % 2 ? nan : (i % 3 ? infinity : -infinity);
  samples.push_back({"NaN and infinities among normals", holes});
  auto hidden = std::vector<float>(n, nan);
  hidden[40000] = 2.0F;
  samples.push_back({"one finite value among NaN", hidden});
  std::vector<float> rising(n);
  std::iota(rising.begin(), rising.end(), 1.0F);
  samples.push_back({"rising", rising});
  samples.push_back({"falling", {rising.rbegin(), rising.rend()}});
  // Columns of very different size: a plain stride of the sample would see only some of them.
  std::vector<float> columns(n);
  for (std::size_t i = 0; i < n; ++i) columns[i] = normal(random) * (i % 64 == 7 ? 1e4F : (i % 64 < 32 ? 1e-3F : 1.0F));
  samples.push_back({"columns of different size", columns});
  return samples;
}

}  // namespace variometer::reference
