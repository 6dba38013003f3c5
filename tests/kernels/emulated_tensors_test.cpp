// SPDX-License-Identifier: GPL-3.0-or-later
// What stands between tensors and the CUDA kernels, itself (core/kernels/{fused,statistics}_cuda.cpp and
// core/model/fused_cuda_path.cpp), over the emulated kernels and CPU tensors.
#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include "core/kernels/cuda_place.h"
#include "core/kernels/statistics_cuda.h"
#include "tests/kernels/fused_tensors.h"
#include "tests/kernels/statistics_reference.h"

namespace variometer {
namespace {

using fused_tensors::Tensors;

TEST(EmulatedTensors, NormsAndTheirGradientsAreLibTorchs) { fused_tensors::check_norms(at::kCPU); }
TEST(EmulatedTensors, DytAndItsGradientsAreLibTorchs) { fused_tensors::check_dyt(at::kCPU); }
TEST(EmulatedTensors, ActivationsAndTheirGradientsAreLibTorchs) { fused_tensors::check_activations(at::kCPU); }
TEST(EmulatedTensors, RotationsAndTheirGradientsAreLibTorchs) { fused_tensors::check_rotations(at::kCPU); }
TEST(EmulatedTensors, TheHeadsLossAndGradientsAreLibTorchsInOnePieceOrMany) {
  fused_tensors::check_head_loss(at::kCPU);
}

TEST(EmulatedTensors, StatisticsOfATableOfTensorsEqualTheReference) {
  Tensors tensors;
  std::vector<std::vector<float>> values;
  for (const auto& sample : reference::hostile_samples()) {
    values.emplace_back(sample.x.begin(),
                        sample.x.begin() + static_cast<std::ptrdiff_t>(std::min<std::size_t>(sample.x.size(), 5000)));
    tensors.push_back(at::tensor(at::ArrayRef<float>(values.back()), at::kFloat));
  }
  tensors.emplace_back();  // undefined: as if empty
  values.emplace_back();
  tensors.push_back(at::arange(12, at::kDouble).reshape({3, 4}).t());  // neither float32 nor contiguous
  values.push_back({0, 4, 8, 1, 5, 9, 2, 6, 10, 3, 7, 11});
  const auto found = launch_statistics_cuda(tensors, 3, /*median=*/true)();
  ASSERT_EQ(found.size(), tensors.size());
  for (std::size_t i = 0; i < found.size(); ++i) {
    SCOPED_TRACE(i);
    const auto expected = reference::statistics(values[i], 3);
    EXPECT_EQ(found[i].count, expected.count);
    EXPECT_EQ(found[i].n_nan, expected.n_nan);
    EXPECT_EQ(found[i].n_infinite, expected.n_infinite);
    EXPECT_TRUE(reference::same(found[i].abs_median, expected.abs_median)) << found[i].abs_median;
    ASSERT_EQ(found[i].top.size(), expected.top.size());
    for (std::size_t k = 0; k < expected.top.size(); ++k) {
      EXPECT_EQ(found[i].top[k].value, expected.top[k].value);
      EXPECT_EQ(found[i].top[k].index, expected.top[k].index);
    }
    if (expected.count == 0) {
      EXPECT_TRUE(std::isnan(found[i].mean) && std::isnan(found[i].variance) && std::isnan(found[i].kurtosis));
      continue;
    }
    EXPECT_NEAR(found[i].variance, expected.variance, 2e-6 * expected.variance);
    if (expected.variance == 0) {
      EXPECT_TRUE(std::isnan(found[i].skewness) && std::isnan(found[i].kurtosis));
    } else {
      EXPECT_NEAR(found[i].skewness, expected.skewness, 4e-6 * (1 + std::fabs(expected.skewness)));
      EXPECT_NEAR(found[i].kurtosis, expected.kurtosis, 4e-6 * (3 + std::fabs(expected.kurtosis)));
    }
  }
}

TEST(EmulatedTensors, WhatDoesNotFitIsRefusedBeforeAnyKernelRuns) {
  const at::Tensor matrix = at::ones({3, 4}), other = at::ones({3, 5});
  EXPECT_THROW(launch_statistics_cuda({matrix}, 65, true), c10::Error);
  EXPECT_THROW(launch_statistics_cuda({matrix}, -1, true), c10::Error);
  EXPECT_THROW(squared_distances_cuda({matrix}, {other}), c10::Error);
  EXPECT_THROW(squared_distances_cuda({matrix}, {at::Tensor()}), c10::Error);
  EXPECT_THROW(squared_distances_cuda({matrix, matrix}, {matrix}), c10::Error);
  EXPECT_THROW(abs_maxima_cuda({matrix, other}), c10::Error);
  EXPECT_THROW(abs_maxima_cuda({at::ones({4})}), c10::Error);
  EXPECT_THROW(abs_max_pool_cuda(matrix, 0, 1), c10::Error);
  EXPECT_THROW(collect_above_cuda({matrix, matrix}, {1.0F}), c10::Error);
}

TEST(EmulatedTensors, TheFirstTensorOfACallMayBeMissing) {
  const at::Tensor matrix = at::arange(6, at::kFloat).reshape({2, 3});
  const auto maxima = abs_maxima_cuda({at::Tensor(), matrix});
  ASSERT_EQ(maxima.size(), 2U);
  EXPECT_TRUE(maxima[0].token.empty() && maxima[0].channel.empty());
  EXPECT_EQ(maxima[1].token, (std::vector<float>{2, 5}));
  EXPECT_EQ(maxima[1].channel, (std::vector<float>{3, 4, 5}));
  EXPECT_TRUE(abs_maxima_cuda({at::Tensor()})[0].token.empty());
  EXPECT_TRUE(abs_maxima_cuda({at::ones({2, 0})})[0].channel.empty());
  const auto distances = squared_distances_cuda({at::Tensor(), matrix}, {at::Tensor(), matrix * 2});
  EXPECT_TRUE(std::isnan(distances[0]));
  EXPECT_EQ(distances[1], 55);
}

TEST(EmulatedTensors, AFailedCallIsNamedWithItsPlace) {
  const std::string place = cuda_place(std::source_location::current());
  EXPECT_NE(place.find("emulated_tensors_test.cpp:"), std::string::npos) << place;
  EXPECT_NE(place.find("TestBody"), std::string::npos) << place;
  EXPECT_EQ(place.find('/'), std::string::npos) << place;
}

TEST(EmulatedTensors, NormsMaximaPoolingAndGatheringAreTheCpus) {
  at::manual_seed(6);
  const Tensors a = {at::randn({100, 77}), at::Tensor(), at::randn({3})};
  const Tensors b = {at::randn({100, 77}), at::Tensor(), at::randn({3})};
  const auto norms = squared_norms(a), distances = squared_distances(a, b);
  const auto norms_there = squared_distances_cuda(a, {}), distances_there = squared_distances_cuda(a, b);
  for (const std::size_t i : {0, 2}) {
    EXPECT_NEAR(norms_there[i], norms[i], 1e-12 * norms[i]);
    EXPECT_NEAR(distances_there[i], distances[i], 1e-12 * distances[i]);
  }
  EXPECT_TRUE(std::isnan(norms_there[1]) && std::isnan(distances_there[1]));

  for (const auto type : {at::kFloat, at::kBFloat16}) {
    auto x = at::randn({3, 37, 130}).to(type);
    x[2][36][129] = -INFINITY;
    const auto here = abs_maxima({x, x * 2}), there = abs_maxima_cuda({x, x * 2});
    for (const std::size_t i : {0, 1}) {
      EXPECT_EQ(here[i].token, there[i].token);
      EXPECT_EQ(here[i].channel, there[i].channel);
    }
    const auto pooled = abs_max_pool(x[0], 4, 9), pooled_there = abs_max_pool_cuda(x[0], 4, 9);
    EXPECT_EQ(pooled.value, pooled_there.value);
    EXPECT_EQ(pooled.index, pooled_there.index);
    EXPECT_EQ(pooled.n_column, pooled_there.n_column);
  }

  const Tensors many = {at::randn({5000}), at::zeros({10}), at::Tensor(), at::randn({3, 5})};
  const std::vector<float> thresholds = {1.0F, 0.0F, 0.0F, 0.5F};  // the first far beyond the room of one launch
  const auto here = collect_above(many, thresholds), there = collect_above_cuda(many, thresholds);
  for (std::size_t i = 0; i < many.size(); ++i) {
    ASSERT_EQ(here[i].size(), there[i].size());
    for (std::size_t k = 0; k < here[i].size(); ++k) {
      EXPECT_EQ(here[i][k].index, there[i][k].index);
      EXPECT_EQ(here[i][k].value, there[i][k].value);
    }
  }
}

}  // namespace
}  // namespace variometer
