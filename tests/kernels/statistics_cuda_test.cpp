// SPDX-License-Identifier: GPL-3.0-or-later
// The CUDA kernels against the CPU kernels on the same data: exact where the contract is exact, moments within 1e-5 of
// their scale (other runs, other order of merging). Every test here skips by name where no GPU is.
#include <ATen/ATen.h>
#include <ATen/Context.h>
#include <gtest/gtest.h>

#include <cmath>

#include "core/kernels/tensor_statistics.h"
#include "tests/kernels/statistics_reference.h"

namespace variometer {
namespace {

class OnCuda : public testing::Test {
 protected:
  void SetUp() override {
    if (!at::hasCUDA()) GTEST_SKIP() << "no CUDA device";
  }
  static std::vector<at::Tensor> hostile(at::ScalarType type) {
    std::vector<at::Tensor> tensors;
    for (const auto& sample : reference::hostile_samples()) {
      if (!sample.x.empty()) tensors.push_back(at::tensor(at::ArrayRef<float>(sample.x)).to(type));
    }
    return tensors;
  }
  static std::vector<at::Tensor> to_cuda(const std::vector<at::Tensor>& tensors) {
    std::vector<at::Tensor> moved;
    for (const auto& tensor : tensors) moved.push_back(tensor.to(at::kCUDA));
    return moved;
  }
  static void expect_agree(const std::vector<at::Tensor>& tensors, int n_top) {
    const auto here = statistics(tensors, n_top), there = statistics(to_cuda(tensors), n_top);
    for (std::size_t i = 0; i < here.size(); ++i) {
      SCOPED_TRACE("tensor " + std::to_string(i));
      EXPECT_EQ(there[i].count, here[i].count);
      EXPECT_EQ(there[i].n_nan, here[i].n_nan);
      EXPECT_EQ(there[i].n_infinite, here[i].n_infinite);
      EXPECT_TRUE(reference::same(there[i].abs_median, here[i].abs_median)) << there[i].abs_median;
      ASSERT_EQ(there[i].top.size(), here[i].top.size());
      for (std::size_t k = 0; k < here[i].top.size(); ++k) {
        EXPECT_EQ(there[i].top[k].value, here[i].top[k].value);
        EXPECT_EQ(there[i].top[k].index, here[i].top[k].index);
      }
      if (here[i].count == 0) {
        EXPECT_TRUE(std::isnan(there[i].mean) && std::isnan(there[i].variance) && std::isnan(there[i].kurtosis));
        continue;
      }
      const double spread = std::sqrt(here[i].variance);
      EXPECT_NEAR(there[i].mean, here[i].mean, 1e-5 * spread + 1e-9 * std::fabs(here[i].mean));
      EXPECT_NEAR(there[i].variance, here[i].variance, 1e-5 * here[i].variance);
      if (here[i].variance > 0) {
        EXPECT_NEAR(there[i].skewness, here[i].skewness, 1e-5 * (1 + std::fabs(here[i].skewness)));
        EXPECT_NEAR(there[i].kurtosis, here[i].kurtosis, 1e-5 * (3 + std::fabs(here[i].kurtosis)));
      }
    }
  }
};

TEST_F(OnCuda, StatisticsOfFloat32AgreeWithTheCpu) {
  expect_agree(hostile(at::kFloat), 3);
  expect_agree(hostile(at::kFloat), 64);
}

TEST_F(OnCuda, StatisticsOfBfloat16AgreeWithTheCpu) { expect_agree(hostile(at::kBFloat16), 3); }

TEST_F(OnCuda, StatisticsAreTheSameBitsEveryTime) {
  const auto tensors = to_cuda(hostile(at::kFloat));
  const auto first = statistics(tensors, 3), second = statistics(tensors, 3);
  for (std::size_t i = 0; i < first.size(); ++i) {
    EXPECT_EQ(first[i].mean, second[i].mean);
    EXPECT_EQ(first[i].variance, second[i].variance);
  }
}

TEST_F(OnCuda, APendingMeasurementMaySeeLaterWorkQueuedBehindIt) {
  auto x = at::ones({1 << 20}, at::TensorOptions().device(at::kCUDA));
  PendingStatistics pending({x.clone()}, 1);
  x.mul_(2);
  EXPECT_EQ(pending.get()[0].abs_median, 1.0F);
}

TEST_F(OnCuda, WeightMomentsAndNormsAgreeWithTheCpu) {
  const auto tensors = hostile(at::kFloat);
  const auto here = weight_moments(tensors), there = weight_moments(to_cuda(tensors));
  for (std::size_t i = 0; i < here.size(); ++i) {
    EXPECT_EQ(there[i].n_non_finite, here[i].n_non_finite);
    if (std::isnan(here[i].mean)) {
      EXPECT_TRUE(std::isnan(there[i].mean) && std::isnan(there[i].variance_unbiased) && std::isnan(there[i].abs_max));
      continue;
    }
    EXPECT_NEAR(there[i].variance_unbiased, here[i].variance_unbiased, 1e-5 * here[i].variance_unbiased);
    EXPECT_EQ(there[i].abs_max, here[i].abs_max);
  }
  const std::vector<at::Tensor> a = {at::randn({1000, 77}), at::Tensor(), at::randn({3})};
  const std::vector<at::Tensor> b = {at::randn({1000, 77}), at::Tensor(), at::randn({3})};
  const std::vector<at::Tensor> a_there = {a[0].cuda(), at::Tensor(), a[2].cuda()};
  const std::vector<at::Tensor> b_there = {b[0].cuda(), at::Tensor(), b[2].cuda()};
  const auto norms = squared_norms(a), norms_there = squared_norms(a_there);
  const auto distances = squared_distances(a, b), distances_there = squared_distances(a_there, b_there);
  for (const std::size_t i : {0, 2}) {
    EXPECT_NEAR(norms_there[i], norms[i], 1e-12 * norms[i]);
    EXPECT_NEAR(distances_there[i], distances[i], 1e-12 * distances[i]);
  }
  EXPECT_TRUE(std::isnan(norms_there[1]) && std::isnan(distances_there[1]));
}

TEST_F(OnCuda, MaximaAndPoolingAreExact) {
  for (const auto type : {at::kFloat, at::kBFloat16}) {
    auto x = at::randn({3, 37, 130}).to(type);
    x[1][5][7] = std::nanf("");
    x[2][36][129] = -INFINITY;
    const auto here = abs_maxima({x, x * 2}), there = abs_maxima(to_cuda({x, x * 2}));
    const auto equal = [](const std::vector<float>& a, const std::vector<float>& b) {
      ASSERT_EQ(a.size(), b.size());
      for (std::size_t i = 0; i < a.size(); ++i) EXPECT_TRUE(a[i] == b[i] || (std::isnan(a[i]) && std::isnan(b[i])));
    };
    for (std::size_t i = 0; i < 2; ++i) {
      equal(here[i].token, there[i].token);
      equal(here[i].channel, there[i].channel);
    }
    const auto matrix = x[0];
    const Pooled pooled = abs_max_pool(matrix, 4, 9), pooled_there = abs_max_pool(matrix.cuda(), 4, 9);
    EXPECT_EQ(pooled.value, pooled_there.value);
    EXPECT_EQ(pooled.index, pooled_there.index);
  }
}

TEST_F(OnCuda, CollectingFindsTheSameValues) {
  const std::vector<at::Tensor> tensors = {at::randn({50000}), at::zeros({10}), at::randn({3, 5})};
  const std::vector<float> thresholds = {1.0F, 0.0F, 0.5F};  // the first far beyond the room of one launch
  const auto here = collect_above(tensors, thresholds), there = collect_above(to_cuda(tensors), thresholds);
  for (std::size_t i = 0; i < tensors.size(); ++i) {
    ASSERT_EQ(here[i].size(), there[i].size());
    for (std::size_t k = 0; k < here[i].size(); ++k) {
      EXPECT_EQ(here[i][k].index, there[i][k].index);
      EXPECT_EQ(here[i][k].value, there[i][k].value);
    }
  }
}

}  // namespace
}  // namespace variometer
