// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/kernels/statistics.h"

#include <gtest/gtest.h>

#include <utility>

#include "core/kernels/simd.h"
#include "tests/kernels/statistics_reference.h"

namespace variometer {
namespace {

using reference::Sample;

class HostileData : public testing::TestWithParam<Sample> {};

// Exact where the contract says exact; moments within 2e-6 of their own scale (float partial sums of 32).
TEST_P(HostileData, EqualsTheTwoPassReference) {
  const auto& x = GetParam().x;
  for (const bool avx2 : {false, true}) {
    if (avx2 && !simd::use_avx2()) continue;
    const bool machine = std::exchange(simd::use_avx2(), avx2);
    const Statistics found = statistics(x, 5);
    simd::use_avx2() = machine;
    const Statistics expected = reference::statistics(x, 5);
    EXPECT_EQ(found.count, expected.count);
    EXPECT_EQ(found.n_nan, expected.n_nan);
    EXPECT_EQ(found.n_infinite, expected.n_infinite);
    EXPECT_TRUE(reference::same(found.abs_median, expected.abs_median)) << found.abs_median;
    ASSERT_EQ(found.top.size(), expected.top.size());
    for (std::size_t i = 0; i < found.top.size(); ++i) {
      EXPECT_EQ(found.top[i].value, expected.top[i].value);
      EXPECT_EQ(found.top[i].index, expected.top[i].index);
    }
    if (expected.count == 0) {
      for (const double number : {found.mean, found.variance, found.skewness, found.kurtosis}) {
        EXPECT_TRUE(std::isnan(number)) << number;
      }
      continue;
    }
    const double spread = std::sqrt(expected.variance);
    EXPECT_NEAR(found.mean, expected.mean, 2e-6 * spread + 1e-9 * std::fabs(expected.mean));
    EXPECT_NEAR(found.variance, expected.variance, 2e-6 * expected.variance);
    if (expected.variance > 0) {
      EXPECT_NEAR(found.skewness, expected.skewness, 4e-6 * (1 + std::fabs(expected.skewness)));
      EXPECT_NEAR(found.kurtosis, expected.kurtosis, 4e-6 * (3 + std::fabs(expected.kurtosis)));
    } else if (expected.count > 0) {
      EXPECT_TRUE(std::isnan(found.skewness) && std::isnan(found.kurtosis));
    }
  }
}

TEST_P(HostileData, GivesTheSameBitsWithAndWithoutAvx2) {
  if (!simd::use_avx2()) GTEST_SKIP() << "no AVX2 here";
  const Statistics fast = statistics(GetParam().x, 3);
  simd::use_avx2() = false;
  const Statistics base = statistics(GetParam().x, 3);
  simd::use_avx2() = true;
  EXPECT_TRUE(reference::same(fast.mean, base.mean));
  EXPECT_TRUE(reference::same(fast.variance, base.variance));
  EXPECT_TRUE(reference::same(fast.abs_median, base.abs_median));
  if (!std::isnan(fast.kurtosis)) {
    EXPECT_EQ(fast.skewness, base.skewness);
    EXPECT_EQ(fast.kurtosis, base.kurtosis);
  }
}

TEST_P(HostileData, HasExactQuantiles) {
  std::vector<float> sorted;
  for (const float value : GetParam().x) {
    if (std::isfinite(value)) sorted.push_back(std::fabs(value));
  }
  std::sort(sorted.begin(), sorted.end());
  const std::vector<double> q = {0, 0.001, 0.25, 0.5, 0.9, 0.9999, 1};
  const auto found = abs_quantiles(GetParam().x, q);
  for (std::size_t i = 0; i < q.size(); ++i) {
    const auto rank = sorted.empty() ? 0 : static_cast<std::size_t>(q[i] * static_cast<double>(sorted.size() - 1));
    if (sorted.empty()) {
      EXPECT_TRUE(std::isnan(found[i])) << q[i];
    } else {
      EXPECT_EQ(found[i], sorted[rank]) << q[i];
    }
  }
}

TEST_P(HostileData, HasTheMomentsOfAWeight) {
  const auto& x = GetParam().x;
  const WeightMoments found = weight_moments(x);
  const Statistics expected = reference::statistics(x, 1);
  const double n = static_cast<double>(expected.count);
  const double unbiased = n > 1 ? expected.variance * n / (n - 1) : 0;
  EXPECT_EQ(found.n_non_finite, expected.n_nan + expected.n_infinite);
  if (expected.count == 0) {
    EXPECT_TRUE(std::isnan(found.mean) && std::isnan(found.variance_unbiased) && std::isnan(found.abs_max));
    return;
  }
  EXPECT_NEAR(found.mean, expected.mean, 2e-6 * std::sqrt(expected.variance) + 1e-9 * std::fabs(expected.mean));
  EXPECT_NEAR(found.variance_unbiased, unbiased, 2e-6 * unbiased);
  EXPECT_EQ(found.abs_max, std::fabs(expected.top[0].value));
  const double norm = n * (expected.variance + expected.mean * expected.mean);
  EXPECT_NEAR(found.squared_norm, norm, 4e-6 * norm);
}

INSTANTIATE_TEST_SUITE_P(Statistics, HostileData, testing::ValuesIn(reference::hostile_samples()),
                         [](const auto& parameter) {
                           std::string name = parameter.param.name;
                           std::erase_if(name, [](char c) { return !std::isalnum(static_cast<unsigned char>(c)); });
                           return name;
                         });

TEST(Statistics, FindsAPlantedValueAndItsPlace) {
  std::mt19937 random(3);
  std::normal_distribution<float> normal;
  for (const std::size_t place :
       {std::size_t{0}, std::size_t{1023}, std::size_t{1024}, std::size_t{77777}, std::size_t{99999}}) {
    std::vector<float> x(100000);
    for (float& value : x) value = normal(random);
    x[place] = -500.0F;
    const Statistics found = statistics(x, 1);
    ASSERT_EQ(found.top.size(), 1U);
    EXPECT_EQ(found.top[0].value, -500.0F);
    EXPECT_EQ(found.top[0].index, static_cast<std::int64_t>(place));
  }
}

TEST(Statistics, GivesTheSmallerIndexFirstWhenMagnitudesTie) {
  const std::vector<float> x = {1, -2, 2, 0, 2, -2};
  const Statistics found = statistics(x, 3);
  ASSERT_EQ(found.top.size(), 3U);
  EXPECT_EQ(found.top[0].index, 1);
  EXPECT_EQ(found.top[1].index, 2);
  EXPECT_EQ(found.top[2].index, 4);
  EXPECT_EQ(found.top[0].value, -2.0F);
}

TEST(Statistics, ReturnsFewerThanAskedWhenThereAreFewer) {
  EXPECT_EQ(statistics(std::vector<float>{1, 2}, 64).top.size(), 2U);
  EXPECT_TRUE(statistics(std::vector<float>{1, 2}, 0).top.empty());
}

// The bracket is a guess from a sample. Data that hides its median from any fixed sample must not matter.
TEST(Statistics, IsExactWhenTheSampleMisleads) {
  std::vector<float> x(200000, 1.0F);
  for (std::size_t i = 0; i < x.size(); i += 2)
    x[i] = 1e-6F;  // two clumps: the lower median is the first one's largest
  EXPECT_EQ(statistics(x, 1).abs_median, 1e-6F);
  x[0] = 1.0F;
  EXPECT_EQ(statistics(x, 1).abs_median, 1.0F);
  // All but the sampled kind of value at the end: half the data lies in a thin slice a coarse sample rarely meets.
  std::vector<float> steps(300000);
  for (std::size_t i = 0; i < steps.size(); ++i) steps[i] = i < 149999 ? 5.0F : (i < 150003 ? 3.0F : 1.0F);
  EXPECT_EQ(statistics(steps, 1).abs_median, reference::statistics(steps, 1).abs_median);
}

TEST(Histogram, CountsEveryFiniteValueOnceInItsBin) {
  const std::vector<float> x = {0.0F,
                                1.0F,
                                -1.0F,
                                1.12F,
                                1.13F,
                                1e30F,
                                -std::numeric_limits<float>::infinity(),
                                std::numeric_limits<float>::quiet_NaN()};
  const auto counts = abs_histogram(x);
  ASSERT_EQ(counts.size(), static_cast<std::size_t>(kAbsHistogramBins));
  std::int64_t total = 0;
  for (int bin = 0; bin < kAbsHistogramBins; ++bin) {
    std::int64_t expected = 0;
    for (const float value : x) {
      const float upper =
          bin + 1 < kAbsHistogramBins ? abs_histogram_edge(bin + 1) : std::numeric_limits<float>::infinity();
      expected += std::fabs(value) >= abs_histogram_edge(bin) && std::fabs(value) < upper;
    }
    EXPECT_EQ(counts[static_cast<std::size_t>(bin)], expected);
    total += expected;
  }
  EXPECT_EQ(total, 6);
}

}  // namespace
}  // namespace variometer
