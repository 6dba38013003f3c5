// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/kernels/fused_kernels.h"

#include <gtest/gtest.h>

#include <cmath>
#include <random>
#include <vector>

namespace variometer {
namespace {

using Floats = std::vector<float>;

Floats random_floats(std::size_t n, float scale, unsigned seed) {
  std::mt19937 generator(seed);
  std::normal_distribution<float> normal(0, scale);
  Floats x(n);
  for (auto& v : x) v = normal(generator);
  return x;
}

// Every instruction set this machine runs, so that the narrow ones are tested on a wide machine too.
std::vector<const FusedKernels*> runnable() {
  std::vector<const FusedKernels*> all{fused_kernels_generic()};
#if defined(__x86_64__)
  __builtin_cpu_init();
  if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")) all.push_back(fused_kernels_avx2());
  if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl")) {
    all.push_back(fused_kernels_avx512());
  }
#endif
  return all;
}

class Fused : public ::testing::TestWithParam<const FusedKernels*> {
 protected:
  const FusedKernels& kernels = *GetParam();
};
INSTANTIATE_TEST_SUITE_P(Sets, Fused, ::testing::ValuesIn(runnable()), [](const auto& p) {
  std::string name = p.param->name;
  std::erase(name, '-');
  return name;
});

TEST_P(Fused, ProductsAreThoseOfATripleLoopForAnyShape) {
  for (const auto [M, N, K] : {std::array{1, 1, 1}, {5, 17, 3}, {13, 33, 400}, {120, 64, 129}, {7, 257, 64}}) {
    const auto a = random_floats(static_cast<std::size_t>(M * K), 1, 1),
               b = random_floats(static_cast<std::size_t>(N * K), 1, 2);
    const auto bias = random_floats(static_cast<std::size_t>(N), 1, 3),
               start = random_floats(static_cast<std::size_t>(M * N), 1, 4);
    Floats packed(static_cast<std::size_t>(kernels.packed_size(K, N)));
    for (const bool transposed : {false, true}) {
      kernels.pack(K, N, b.data(), transposed ? K : N, transposed, packed.data());
      for (const bool accumulate : {false, true}) {
        auto c = start;
        kernels.gemm(M, N, K, a.data(), K, packed.data(), c.data(), N, accumulate ? start.data() : nullptr,
                     accumulate ? bias.data() : nullptr);
        for (int m = 0; m < M; ++m) {
          for (int n = 0; n < N; ++n) {
            double sum = accumulate ? start[m * N + n] + bias[n] : 0;
            for (int k = 0; k < K; ++k) sum += double{a[m * K + k]} * b[transposed ? n * K + k : k * N + n];
            ASSERT_NEAR(c[m * N + n], sum, 1e-5 * std::sqrt(K) * 4)
                << M << ' ' << N << ' ' << K << ' ' << m << ' ' << n;
          }
        }
      }
    }
  }
}

TEST_P(Fused, TransposedProductsAreThoseOfATripleLoopForAnyShape) {
  for (const auto [M, N, K] : {std::array{1, 1, 1}, {5, 17, 3}, {250, 33, 300}, {13, 64, 700}}) {
    const auto a = random_floats(static_cast<std::size_t>(M * K), 1, 1),
               b = random_floats(static_cast<std::size_t>(N * K), 1, 2);
    const auto start = random_floats(static_cast<std::size_t>(M * N), 1, 4);
    Floats scratch(static_cast<std::size_t>(kernels.gemm_tn_scratch(N)));
    for (const bool accumulate : {false, true}) {
      auto c = start;
      kernels.gemm_tn(M, N, K, a.data(), M, b.data(), N, c.data(), N, accumulate, scratch.data());
      for (int m = 0; m < M; ++m) {
        for (int n = 0; n < N; ++n) {
          double sum = accumulate ? start[m * N + n] : 0;
          for (int k = 0; k < K; ++k) sum += double{a[k * M + m]} * b[k * N + n];
          ASSERT_NEAR(c[m * N + n], sum, 1e-5 * std::sqrt(K) * 4) << M << ' ' << N << ' ' << K;
        }
      }
    }
  }
}

double sigmoid(double x) { return 1 / (1 + std::exp(-x)); }
double gelu_new(double x) { return 0.5 * x * (1 + std::tanh(std::sqrt(2 / M_PI) * (x + 0.044715 * x * x * x))); }

// Central difference in double.
template <class F>
double slope(F f, double x) {
  return (f(x + 1e-5) - f(x - 1e-5)) / 2e-5;
}

Floats hostile_floats() {
  Floats x{0, -0.0F, 1e-30F, -1e-30F, 0.3F, -0.3F, 0.624F, 0.626F, 20, -20, 90, -90, 1e4F, -1e4F, 1e30F, -1e30F, 1};
  const auto more = random_floats(200, 3, 5);
  x.insert(x.end(), more.begin(), more.end());
  return x;
}

TEST_P(Fused, SwigluAndItsGradientsFollowTheFormula) {
  const auto gate = hostile_floats();
  const auto n = gate.size();
  const auto up = random_floats(n, 1, 6), dy = random_floats(n, 1, 7);
  Floats y(n), g = gate, u = up, again(n);
  kernels.swiglu(static_cast<std::int64_t>(n), gate.data(), up.data(), y.data());
  kernels.swiglu_backward(static_cast<std::int64_t>(n), g.data(), u.data(), dy.data(), again.data());
  for (std::size_t i = 0; i < n; ++i) {
    const double x = gate[i];
    const double silu = x * sigmoid(x);
    EXPECT_NEAR(y[i], silu * up[i], 2e-6 * (std::abs(silu * up[i]) + 1e-6)) << x;
    EXPECT_NEAR(u[i], silu * dy[i], 2e-6 * (std::abs(silu * dy[i]) + 1e-6)) << x;
    if (std::abs(x) < 1e29) {
      const double expected = dy[i] * up[i] * (sigmoid(x) + silu * sigmoid(-x));
      EXPECT_NEAR(g[i], expected, 3e-6 * std::abs(double{dy[i]} * up[i]) * (1 + std::abs(silu) * 1e-7)) << x;
    }
    EXPECT_EQ(again[i], y[i]);
  }
}

TEST_P(Fused, GeluAndItsGradientFollowTheFormula) {
  auto x = random_floats(301, 2, 8);
  for (const float v : {0.0F, 9.0F, -9.0F, 40.0F, -40.0F}) x.push_back(v);
  const auto n = static_cast<std::int64_t>(x.size());
  const auto dy = random_floats(x.size(), 1, 9);
  Floats y(x.size()), g = x, again(x.size());
  kernels.gelu(n, x.data(), y.data());
  kernels.gelu_backward(n, g.data(), dy.data(), again.data());
  for (std::size_t i = 0; i < x.size(); ++i) {
    EXPECT_NEAR(y[i], gelu_new(x[i]), 1e-6 * (1 + std::abs(x[i]))) << x[i];
    EXPECT_NEAR(g[i], dy[i] * slope(gelu_new, x[i]), 3e-6) << x[i];
    EXPECT_EQ(again[i], y[i]);
  }
}

TEST_P(Fused, DytIsOddBoundedAndPreciseNearZero) {
  const auto x = hostile_floats();
  const auto n = static_cast<std::int64_t>(x.size());
  Floats negative = x, ones(x.size(), 1.0F), y(x.size()), minus(x.size());
  for (auto& v : negative) v = -v;
  const FusedNormSite site{.kind = FusedNorm::dyt, .weight = ones.data(), .alpha = 0.7F};
  kernels.norm(site, 1, n, x.data(), y.data());
  kernels.norm(site, 1, n, negative.data(), minus.data());
  for (std::size_t i = 0; i < x.size(); ++i) {
    EXPECT_LE(std::abs(y[i]), 1.0F);
    EXPECT_EQ(y[i], -minus[i]);
    const double expected = std::tanh(double{0.7F} * x[i]);
    EXPECT_NEAR(y[i], expected, 3e-7 * std::abs(expected)) << x[i];
  }
}

TEST_P(Fused, CrossEntropyAndItsGradientAreThoseOfASoftmaxInDouble) {
  for (const int V : {3, 16, 257, 1000}) {
    const int n = 5;
    auto logits = random_floats(static_cast<std::size_t>(n * V), 6, 10);
    logits[1] = 80;  // one row all but decided
    const std::vector<std::int64_t> targets{0, 1, 2, V - 1, V / 2};
    const auto before = logits;
    const double loss = kernels.cross_entropy(n, V, logits.data(), targets.data(), 0.25F);
    double expected = 0;
    for (int row = 0; row < n; ++row) {
      const float* x = before.data() + row * V;
      double top = x[0], sum = 0;
      for (int i = 0; i < V; ++i) top = std::max(top, double{x[i]});
      for (int i = 0; i < V; ++i) sum += std::exp(x[i] - top);
      const auto target = static_cast<int>(targets[static_cast<std::size_t>(row)]);
      expected += top + std::log(sum) - x[target];
      for (int i = 0; i < V; ++i) {
        const double p = std::exp(x[i] - top) / sum - (i == target ? 1 : 0);
        ASSERT_NEAR(logits[static_cast<std::size_t>(row * V + i)], 0.25 * p, 1e-7);
      }
    }
    EXPECT_NEAR(loss, expected, 1e-5 * expected);
  }
}

TEST_P(Fused, ANanAmongTheLogitsReachesTheLoss) {
  Floats logits(40, 1.0F);
  logits[17] = std::nanf("");
  const std::int64_t target = 3;
  EXPECT_TRUE(std::isnan(kernels.cross_entropy(1, 40, logits.data(), &target, 1)));
}

}  // namespace
}  // namespace variometer
