// SPDX-License-Identifier: GPL-3.0-or-later
// core/kernels/statistics.cu itself, as C++ (emulation/emulation.h says what that proves), against the slow reference:
// exact where the contract is exact, moments within 2e-6 of their scale.
#include <gtest/gtest.h>

#include <cstring>

#include "core/kernels/statistics.cu"
#include "tests/kernels/emulation/emulation.h"
#include "tests/kernels/statistics_reference.h"

namespace variometer {
namespace {

using cuda::Element;
using cuda::Found;
using cuda::Slice;

/// What bfloat16 keeps of it.
std::vector<float> rounded(std::vector<float> x) {
  for (float& value : x) value = __bfloat162float(__float2bfloat16(value));
  return x;
}

std::vector<__nv_bfloat16> as_bfloat16(const std::vector<float>& x) {
  std::vector<__nv_bfloat16> y;
  for (const float value : x) y.push_back(__float2bfloat16(value));
  return y;
}

template <class T>
std::vector<Found> run(const std::vector<std::vector<T>>& tensors, int n_top, bool median = true) {
  std::vector<Slice> slices;
  std::int64_t most = 0;
  for (const auto& x : tensors) {
    slices.push_back({x.data(), static_cast<std::int64_t>(x.size())});
    most = std::max(most, slices.back().n);
  }
  const int n = static_cast<int>(slices.size());
  // Device memory comes as it was left: anything but zeros.
  std::vector<unsigned char> scratch(cuda::statistics_scratch_bytes(n, n_top), 0xff);
  std::vector<Found> found(slices.size());
  std::memset(static_cast<void*>(found.data()), 0xff, sizeof(Found) * found.size());
  EXPECT_EQ(
      cuda::launch_statistics(slices.data(), n, most, std::is_same_v<T, float> ? Element::float32 : Element::bfloat16,
                              n_top, median, scratch.data(), found.data(), nullptr),
      cudaSuccess);
  return found;
}

void expect_equal(const Found& found, const Statistics& expected) {
  EXPECT_EQ(found.n, static_cast<double>(expected.count));
  EXPECT_EQ(found.n_nan, static_cast<std::uint64_t>(expected.n_nan));
  EXPECT_EQ(found.n_infinite, static_cast<std::uint64_t>(expected.n_infinite));
  EXPECT_TRUE(reference::same(__uint_as_float(found.median_key), expected.abs_median)) << found.median_key;
  ASSERT_EQ(found.n_top, expected.top.size());
  for (std::size_t i = 0; i < expected.top.size(); ++i) {
    EXPECT_EQ(found.top[i].value, expected.top[i].value);
    EXPECT_EQ(found.top[i].index, expected.top[i].index);
  }
  if (expected.count == 0) return;
  const double variance = found.m2 / found.n, spread = std::sqrt(expected.variance);
  EXPECT_NEAR(found.mean, expected.mean, 2e-6 * spread + 1e-9 * std::fabs(expected.mean));
  EXPECT_NEAR(variance, expected.variance, 2e-6 * expected.variance);
  if (expected.variance == 0) return;
  const double skewness = std::sqrt(found.n) * found.m3 / (found.m2 * std::sqrt(found.m2));
  EXPECT_NEAR(skewness, expected.skewness, 4e-6 * (1 + std::fabs(expected.skewness)));
  EXPECT_NEAR(found.n * found.m4 / (found.m2 * found.m2) - 3, expected.kurtosis,
              4e-6 * (3 + std::fabs(expected.kurtosis)));
}

class EmulatedHostile : public testing::TestWithParam<reference::Sample> {};

TEST_P(EmulatedHostile, StatisticsEqualTheTwoPassReference) {
  const auto& x = GetParam().x;
  expect_equal(run<float>({x}, 3)[0], reference::statistics(x, 3));
  const auto narrow = rounded(x);
  expect_equal(run<__nv_bfloat16>({as_bfloat16(x)}, 3)[0], reference::statistics(narrow, 3));
}

INSTANTIATE_TEST_SUITE_P(Emulated, EmulatedHostile, testing::ValuesIn(reference::hostile_samples()),
                         [](const auto& parameter) {
                           std::string name = parameter.param.name;
                           std::erase_if(name, [](char c) { return !std::isalnum(static_cast<unsigned char>(c)); });
                           return name;
                         });

std::vector<std::vector<float>> small_hostile() {
  std::vector<std::vector<float>> tensors;
  for (const auto& sample : reference::hostile_samples()) {
    tensors.emplace_back(sample.x.begin(),
                         sample.x.begin() + static_cast<std::ptrdiff_t>(std::min<std::size_t>(sample.x.size(), 5000)));
  }
  return tensors;
}

TEST(Emulated, ManyTensorsShareOneLaunchAndOneListOf64) {
  const auto tensors = small_hostile();
  const auto found = run(tensors, 64);
  for (std::size_t i = 0; i < tensors.size(); ++i) {
    SCOPED_TRACE(i);
    expect_equal(found[i], reference::statistics(tensors[i], 64));
  }
}

TEST(Emulated, StatisticsDoNotHangOnTheOrderOfThreadsAndBlocks) {
  const auto tensors = small_hostile();
  std::vector<Found> first;
  for (const auto order : emulation::orders()) {
    emulation::set_order(order);
    auto found = run(tensors, 5);
    if (first.empty()) first = found;
    // Entries beyond n_top are never written and hold what the memory held.
    EXPECT_EQ(std::memcmp(first.data(), found.data(), sizeof(Found) * found.size()), 0);
  }
  emulation::set_order(emulation::Order::forward);
}

TEST(Emulated, WithoutMedianTheRestIsTheSame) {
  const std::vector<std::vector<float>> tensors = {{3, -1, 2, -7}, {}, {1}};
  const auto with = run(tensors, 2), without = run(tensors, 2, /*median=*/false);
  for (std::size_t i = 0; i < tensors.size(); ++i) {
    EXPECT_EQ(without[i].median_key, 0U);
    EXPECT_EQ(with[i].m4, without[i].m4);
    EXPECT_EQ(with[i].n_top, without[i].n_top);
  }
  EXPECT_EQ(run(tensors, 0)[0].n_top, 0U);
}

}  // namespace
}  // namespace variometer
