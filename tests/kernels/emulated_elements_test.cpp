// SPDX-License-Identifier: GPL-3.0-or-later
// core/kernels/fused_elements.cu and fused_loss.cu themselves, as C++ (emulation/emulation.h says what that proves):
// against the formulas in double, and against the CPU's kernels.
#include "core/kernels/fused_elements.cu"
#include "core/kernels/fused_kernels.h"
#include "core/kernels/fused_loss.cu"
#include "tests/kernels/emulated_fused.h"

namespace variometer {
namespace {

using namespace emulated;

template <class T>
class EmulatedFused : public testing::Test {};
using Elements = testing::Types<float, __nv_bfloat16>;
TYPED_TEST_SUITE(EmulatedFused, Elements);

double sigmoid(double x) { return 1 / (1 + std::exp(-x)); }
double gelu_new(double x) { return 0.5 * x * (1 + std::tanh(std::sqrt(2 / M_PI) * (x + 0.044715 * x * x * x))); }

Floats hostile(std::size_t n, unsigned seed) {
  Floats x{0, -0.0F, 1e-30F, -1e-30F, 0.5F, -0.5F, 20, -20, 90, -90, 1e4F, -1e4F, 3e18F, -3e18F, 1e30F, -1e30F};
  const Floats more = drawn(n - x.size(), 3, seed);
  x.insert(x.end(), more.begin(), more.end());
  return floats(stored<__nv_bfloat16>(x));
}

struct Turn {
  std::int64_t B, T, H, D, dim;
  bool heads_first;  ///< x lies as (B, H, T, D), as gradients of attention do
};

/// x turned by the formula, as (B, T, H, D).
Doubles turned(const Turn& s, const Floats& x, const Floats& cos, const Floats& sin, bool inverse) {
  Doubles y(x.size());
  const auto half = s.dim / 2;
  for (std::int64_t i = 0; i < s.B * s.T * s.H * s.D; ++i) {
    const auto k = i % s.D, h = i / s.D % s.H, t = i / s.D / s.H % s.T, b = i / s.D / s.H / s.T;
    const auto head = s.heads_first ? ((b * s.H + h) * s.T + t) * s.D : i - k;
    const auto of = [&](std::int64_t at) { return double{x[static_cast<std::size_t>(head + at)]}; };
    if (k >= s.dim) {
      y[static_cast<std::size_t>(i)] = of(k);
      continue;
    }
    const double c = cos[static_cast<std::size_t>(t * s.dim + k)];
    const double sine = sin[static_cast<std::size_t>(t * s.dim + k)] * (inverse ? -1.0 : 1.0);
    y[static_cast<std::size_t>(i)] = k < half ? of(k) * c - of(k + half) * sine : of(k) * c + of(k - half) * sine;
  }
  return y;
}

template <class T, class Table>
void expect_turned(const Turn& s) {
  const auto x = drawn(static_cast<std::size_t>(s.B * s.T * s.H * s.D), 1, 1);
  Floats cos(static_cast<std::size_t>(s.T * s.dim)), sin(cos.size());
  for (std::int64_t i = 0; i < s.T * s.dim; ++i) {
    const double angle = static_cast<double>(i / s.dim) / static_cast<double>(1 + i % (s.dim / 2));
    cos[static_cast<std::size_t>(i)] = static_cast<float>(std::cos(angle));
    sin[static_cast<std::size_t>(i)] = static_cast<float>(std::sin(angle));
  }
  const auto stored_cos = stored<Table>(cos), stored_sin = stored<Table>(sin);
  cos = floats(stored_cos);
  sin = floats(stored_sin);
  const auto stored_x = stored<T>(x);
  const cuda::HeadStrides strides = s.heads_first ? cuda::HeadStrides{.b = s.H * s.T * s.D, .t = s.D, .h = s.T * s.D}
                                                  : cuda::HeadStrides{.b = s.T * s.H * s.D, .t = s.H * s.D, .h = s.D};
  for (const bool inverse : {false, true}) {
    auto y = unwritten<T>(x.size());
    const cuda::Rotary rotary{s.B,    s.T, s.H, s.D, s.dim, stored_cos.data(), stored_sin.data(), kElement<Table>,
                              inverse};
    ASSERT_EQ(cuda::launch_rotate(rotary, kElement<T>, stored_x.data(), strides, y.data(), nullptr), cudaSuccess);
    expect_close(y, turned(s, x, cos, sin, inverse), 1);
    if (s.dim < s.D || s.heads_first) continue;
    Floats there = x;
    for (std::int64_t b = 0; b < s.B; ++b) {
      fused_kernels().rotate(s.T, s.H, s.D, cos.data(), sin.data(), there.data() + b * s.T * s.H * s.D, s.H * s.D,
                             inverse);
    }
    expect_close(y, there, 1);
  }
}

TYPED_TEST(EmulatedFused, HeadsTurnByTheFormulaWhereverTheyLie) {
  for (const bool heads_first : {false, true}) {
    for (const Turn s : {Turn{2, 9, 3, 16, 16, heads_first}, Turn{1, 5, 2, 64, 32, heads_first},
                         Turn{2, 3, 2, 10, 6, heads_first}, Turn{1, 1, 1, 2, 2, heads_first}}) {
      expect_turned<TypeParam, float>(s);
      expect_turned<TypeParam, TypeParam>(s);
    }
  }
}

TYPED_TEST(EmulatedFused, SwigluAndItsGradientsFollowTheFormula) {
  // Rows apart as in a fused projection: gate and up are halves of one row.
  for (const auto& [n, width, apart] :
       {std::tuple<std::int64_t, std::int64_t, bool>{3, 40, true}, {5, 7, true}, {1, 264, false}, {4, 33, false}}) {
    const auto size = static_cast<std::size_t>(n * width);
    const std::int64_t ld = apart ? 2 * width : width;
    const auto gate = hostile(size, 2), up = drawn(size, 1, 3), dy = drawn(size, 1, 4);
    Floats both(static_cast<std::size_t>(2 * n * width));
    const auto place = [&](std::int64_t i, bool second) {
      return static_cast<std::size_t>(i / width * ld + i % width + (second ? (apart ? width : n * width) : 0));
    };
    for (std::int64_t i = 0; i < n * width; ++i) {
      both[place(i, false)] = gate[static_cast<std::size_t>(i)];
      both[place(i, true)] = up[static_cast<std::size_t>(i)];
    }
    const auto x = stored<TypeParam>(both), d = stored<TypeParam>(dy);
    auto y = unwritten<TypeParam>(size), grads = unwritten<TypeParam>(both.size());
    const auto second = place(0, true);
    ASSERT_EQ(cuda::launch_swiglu(kElement<TypeParam>, n, width, x.data(), x.data() + second, ld, y.data(), nullptr),
              cudaSuccess);
    ASSERT_EQ(cuda::launch_swiglu_backward(kElement<TypeParam>, n, width, x.data(), x.data() + second, ld, d.data(),
                                           grads.data(), grads.data() + second, ld, nullptr),
              cudaSuccess);
    Floats cpu_y(size), cpu_gate = gate, cpu_up = up, again(size);
    const auto count = static_cast<std::int64_t>(size);
    fused_kernels().swiglu(count, gate.data(), up.data(), cpu_y.data());
    fused_kernels().swiglu_backward(count, cpu_gate.data(), cpu_up.data(), dy.data(), again.data());
    const double unit = std::is_same_v<TypeParam, float> ? 3e-6 : 1.0 / 256 + 3e-6;
    for (std::int64_t i = 0; i < count; ++i) {
      const auto at = static_cast<std::size_t>(i);
      const double g = gate[at], silu = g * sigmoid(g), slope = sigmoid(g) + silu * sigmoid(-g);
      EXPECT_NEAR(floats(y)[at], silu * up[at], unit * std::abs(silu * up[at]) + 1e-35) << g;
      EXPECT_NEAR(floats(grads)[place(i, true)], silu * dy[at], unit * std::abs(silu * dy[at]) + 1e-35) << g;
      EXPECT_NEAR(floats(grads)[place(i, false)], dy[at] * up[at] * slope, unit * std::abs(dy[at] * up[at])) << g;
      EXPECT_NEAR(floats(y)[at], cpu_y[at], unit * std::abs(cpu_y[at]) + 1e-35);
      EXPECT_NEAR(floats(grads)[place(i, false)], cpu_gate[at], 2 * unit * std::abs(dy[at] * up[at]));
      EXPECT_NEAR(floats(grads)[place(i, true)], cpu_up[at], unit * std::abs(cpu_up[at]) + 1e-35);
    }
  }
}

TYPED_TEST(EmulatedFused, GeluAndItsGradientFollowTheFormula) {
  for (const std::size_t n : {301U, 512U}) {
    const auto x = hostile(n, 5), dy = drawn(n, 1, 6);
    const auto there = stored<TypeParam>(x), d = stored<TypeParam>(dy);
    auto y = unwritten<TypeParam>(n), dx = unwritten<TypeParam>(n);
    const auto count = static_cast<std::int64_t>(n);
    ASSERT_EQ(cuda::launch_gelu(kElement<TypeParam>, count, there.data(), y.data(), nullptr), cudaSuccess);
    ASSERT_EQ(cuda::launch_gelu_backward(kElement<TypeParam>, count, there.data(), d.data(), dx.data(), nullptr),
              cudaSuccess);
    Floats cpu_y(n), cpu_dx = x, again(n);
    fused_kernels().gelu(count, x.data(), cpu_y.data());
    fused_kernels().gelu_backward(count, cpu_dx.data(), dy.data(), again.data());
    const double unit = std::is_same_v<TypeParam, float> ? 3e-6 : 1.0 / 256 + 3e-6;
    for (std::size_t i = 0; i < n; ++i) {
      const double v = x[i], step = 1e-5;
      EXPECT_NEAR(floats(y)[i], gelu_new(v), unit * std::abs(gelu_new(v)) + 1e-6) << v;
      // Far out differences say nothing: there the slope is 1 or 0.
      const double slope = std::abs(v) > 30 ? (v > 0 ? 1 : 0) : (gelu_new(v + step) - gelu_new(v - step)) / (2 * step);
      EXPECT_NEAR(floats(dx)[i], dy[i] * slope, unit * std::abs(dy[i] * slope) + 5e-6) << v;
      if (std::abs(v) > 1e4) continue;  // where the CPU's loop may overflow on its way
      EXPECT_NEAR(floats(y)[i], cpu_y[i], unit * std::abs(cpu_y[i]) + 1e-6) << v;
      EXPECT_NEAR(floats(dx)[i], cpu_dx[i], unit * std::abs(cpu_dx[i]) + 5e-6) << v;
    }
  }
}

TYPED_TEST(EmulatedFused, CrossEntropyAndItsGradientAreThoseOfASoftmaxInDouble) {
  for (const std::int64_t V : {3, 16, 257, 1000, 3001}) {
    for (const std::int64_t ld : {V, (V + 63) / 64 * 64}) {
      const std::int64_t n = 5;
      Floats logits = drawn(static_cast<std::size_t>(n * ld), 6, 7);
      logits[1] = 80;  // one row all but decided
      logits[static_cast<std::size_t>(2 * ld)] = -INFINITY;
      const std::vector<std::int64_t> targets{0, 1, 2, V - 1, V / 2};
      const float scale = 0.25F;
      const auto start = stored<TypeParam>(logits);
      std::vector<TypeParam> rows;
      Floats losses(static_cast<std::size_t>(n), NAN), first_losses;
      in_every_order([&] {
        rows = start;
        ASSERT_EQ(cuda::launch_cross_entropy(kElement<TypeParam>, n, V, rows.data(), ld, targets.data(), scale,
                                             losses.data(), nullptr),
                  cudaSuccess);
        if (first_losses.empty()) first_losses = losses;
        EXPECT_EQ(losses, first_losses);
      });
      auto untouched = start;
      Floats alone(losses.size(), NAN);
      ASSERT_EQ(cuda::launch_cross_entropy(kElement<TypeParam>, n, V, untouched.data(), ld, targets.data(), 0,
                                           alone.data(), nullptr),
                cudaSuccess);
      EXPECT_EQ(alone, losses);
      EXPECT_EQ(floats(untouched), floats(start));
      Floats packed, seen = floats(start);
      for (std::int64_t row = 0; row < n; ++row) {
        const float* x = seen.data() + row * ld;
        packed.insert(packed.end(), x, x + V);
        const auto target = targets[static_cast<std::size_t>(row)];
        double top = x[0], sum = 0;
        for (std::int64_t i = 0; i < V; ++i) top = std::max(top, double{x[i]});
        for (std::int64_t i = 0; i < V; ++i) sum += std::exp(x[i] - top);
        const double loss = top + std::log(sum) - x[target];
        EXPECT_NEAR(losses[static_cast<std::size_t>(row)], loss, 3e-6 * (1 + std::abs(top) + loss));
        Doubles expected;
        for (std::int64_t i = 0; i < ld; ++i) {
          const double p = i < V ? std::exp(x[i] - top) / sum - (i == target ? 1 : 0) : 0;
          expected.push_back(i < V ? scale * p : x[i]);  // what pads the rows is left alone
        }
        expect_close(std::vector<TypeParam>(rows.begin() + row * ld, rows.begin() + (row + 1) * ld), expected, 0.1);
      }
      const double cpu = fused_kernels().cross_entropy(n, V, packed.data(), targets.data(), scale);
      double sum = 0;
      for (const float loss : losses) sum += loss;
      EXPECT_NEAR(sum, cpu, 1e-5 * cpu);
    }
  }
}

TYPED_TEST(EmulatedFused, WhatIsNoNumberReachesTheLossOfItsRowAlone) {
  constexpr std::int64_t kVocabulary = 300;
  Floats logits(5 * kVocabulary, 1.0F);
  logits[17] = std::nanf("");
  logits[kVocabulary + 299] = INFINITY;
  auto rows = stored<TypeParam>(logits);
  const std::vector<std::int64_t> targets{3, 4, -1, kVocabulary, 5};
  Floats losses(5);
  ASSERT_EQ(cuda::launch_cross_entropy(kElement<TypeParam>, 5, kVocabulary, rows.data(), kVocabulary, targets.data(), 1,
                                       losses.data(), nullptr),
            cudaSuccess);
  for (int i = 0; i < 4; ++i) EXPECT_TRUE(std::isnan(losses[static_cast<std::size_t>(i)])) << i;
  EXPECT_NEAR(losses[4], std::log(300.0), 1e-5);
}

}  // namespace
}  // namespace variometer
