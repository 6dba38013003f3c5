// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/kernels/tensor_statistics.h"

#include <ATen/ATen.h>
#include <ATen/Parallel.h>
#include <gtest/gtest.h>

#include <cmath>

#include "tests/kernels/statistics_reference.h"

namespace variometer {
namespace {

std::vector<at::Tensor> hostile_tensors(const at::Device& device, at::ScalarType type) {
  std::vector<at::Tensor> tensors;
  for (const auto& sample : reference::hostile_samples()) {
    if (sample.x.empty()) continue;
    tensors.push_back(at::tensor(at::ArrayRef<float>(sample.x)).to(type).to(device));
  }
  return tensors;
}

bool same(const Statistics& a, const Statistics& b) {
  const auto equal = [](double x, double y) { return x == y || (std::isnan(x) && std::isnan(y)); };
  return a.count == b.count && a.n_nan == b.n_nan && equal(a.mean, b.mean) && equal(a.variance, b.variance) &&
         equal(a.kurtosis, b.kurtosis) && equal(a.abs_median, b.abs_median) && a.top.size() == b.top.size();
}

TEST(TensorStatistics, DoNotDependOnTheNumberOfThreads) {
  const auto tensors = hostile_tensors(at::kCPU, at::kFloat);
  const int before = at::get_num_threads();
  at::set_num_threads(1);
  const auto one = statistics(tensors, 3);
  at::set_num_threads(3);
  const auto three = statistics(tensors, 3);
  at::set_num_threads(before);
  ASSERT_EQ(one.size(), tensors.size());
  for (std::size_t i = 0; i < one.size(); ++i) EXPECT_TRUE(same(one[i], three[i])) << i;
}

TEST(TensorStatistics, ReadStridedAndHalfPrecisionTensors) {
  const auto x = at::randn({64, 33}).t();
  const auto narrow = at::randn({17, 12}).to(at::kBFloat16);
  const auto found = statistics({x, narrow}, 1);
  EXPECT_EQ(found[0].abs_median, x.abs().median().item<float>());
  EXPECT_EQ(found[0].top[0].index, x.abs().flatten().argmax().item<std::int64_t>()) << "flat in the tensor's own order";
  EXPECT_EQ(found[1].abs_median, narrow.to(at::kFloat).abs().median().item<float>());
}

TEST(TensorStatistics, SkipUndefinedTensors) {
  const auto norms = squared_norms({at::Tensor(), at::ones({3})});
  EXPECT_TRUE(std::isnan(norms[0]));
  EXPECT_EQ(norms[1], 3.0);
}

TEST(CollectAbove, ListsFiniteValuesStrictlyAbove) {
  const auto x = at::tensor({1.0F, -3.0F, 2.0F, INFINITY, std::nanf(""), 2.5F});
  const auto found = collect_above({x, at::ones({2})}, {2.0F, 1.0F});
  ASSERT_EQ(found[0].size(), 2U);
  EXPECT_EQ(found[0][0].index, 1);
  EXPECT_EQ(found[0][0].value, -3.0F);
  EXPECT_EQ(found[0][1].index, 5);
  EXPECT_TRUE(found[1].empty());
}

}  // namespace
}  // namespace variometer
