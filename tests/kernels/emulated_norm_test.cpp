// SPDX-License-Identifier: GPL-3.0-or-later
// core/kernels/fused_norm.cu and fused_dyt.cu themselves, as C++ (emulation/emulation.h says what that proves): forward
// against the formula in double, backward against differences of it, both against the CPU's kernels.
#include <functional>

#include "core/kernels/fused_dyt.cu"
#include "core/kernels/fused_kernels.h"
#include "core/kernels/fused_norm.cu"
#include "tests/kernels/emulated_fused.h"

namespace variometer {
namespace {

using namespace emulated;

enum class Kind { rms, rms_plus_one, layer_norm, dyt };

struct Case {
  Kind kind = Kind::rms;
  bool weight = true, bias = false;
  std::int64_t n = 0, C = 0;
};

std::ostream& operator<<(std::ostream& out, const Case& c) {
  return out << "kind " << static_cast<int>(c.kind) << " weight " << c.weight << " bias " << c.bias << " n " << c.n
             << " C " << c.C;
}

/// Widths beside and on the packs' widths, rows beside the blocks' and the pieces'.
std::vector<Case> cases() {
  std::vector<Case> all;
  for (const auto& [n, C] : {std::pair<std::int64_t, std::int64_t>{1, 1}, {3, 7}, {9, 40}, {70, 33}, {200, 264}}) {
    for (const Kind kind : {Kind::rms, Kind::rms_plus_one, Kind::layer_norm, Kind::dyt}) {
      for (const bool bias : {false, true}) all.push_back({kind, true, bias, n, C});
    }
    all.push_back({Kind::layer_norm, false, false, n, C});
  }
  return all;
}

struct Data {
  explicit Data(const Case& c)
      : x(drawn(static_cast<std::size_t>(c.n * c.C), 2, 1)),
        dy(drawn(x.size(), 1, 2)),
        weight(drawn(static_cast<std::size_t>(c.C), 1, 3)),
        bias(drawn(weight.size(), 1, 4)) {
    for (float& value : x) value += 1;  // a mean to take away
    x = floats(stored<__nv_bfloat16>(x));
  }
  Floats x, dy, weight, bias;
  float alpha = 0.75F, eps = 1e-3F;
};

/// The formula in double; everything may vary.
Doubles formula(const Case& c, const Data& data, const Doubles& x, const Doubles& weight, const Doubles& bias,
                double alpha) {
  Doubles y(x.size());
  const auto C = static_cast<std::size_t>(c.C);
  for (std::size_t first = 0; first < x.size(); first += C) {
    double mean = 0, variance = 0;
    for (std::size_t i = 0; i < C; ++i) mean += x[first + i] / static_cast<double>(C);
    if (c.kind != Kind::layer_norm) mean = 0;
    for (std::size_t i = 0; i < C; ++i) variance += std::pow(x[first + i] - mean, 2) / static_cast<double>(C);
    for (std::size_t i = 0; i < C; ++i) {
      const double normal = c.kind == Kind::dyt ? std::tanh(alpha * x[first + i])
                                                : (x[first + i] - mean) / std::sqrt(variance + double{data.eps});
      const double w = c.weight ? weight[i] + (c.kind == Kind::rms_plus_one ? 1 : 0) : 1;
      y[first + i] = w * normal + (c.bias ? bias[i] : 0);
    }
  }
  return y;
}

Doubles wide(const Floats& x) { return {x.begin(), x.end()}; }

cuda::NormSite norm_site(const Case& c, const Data& data) {
  return {.weight = c.weight ? data.weight.data() : nullptr,
          .bias = c.bias ? data.bias.data() : nullptr,
          .weight_offset = c.kind == Kind::rms_plus_one ? 1.0F : 0.0F,
          .eps = data.eps,
          .centred = c.kind == Kind::layer_norm};
}
cuda::DytSite dyt_site(const Case& c, const Data& data) {
  return {.alpha = &data.alpha, .weight = data.weight.data(), .bias = c.bias ? data.bias.data() : nullptr};
}

template <class T>
struct Found {
  std::vector<T> y, dx;
  Floats weight_grad, bias_grad, alpha_grad;
  bool operator==(const Found& other) const {
    return floats(y) == floats(other.y) && floats(dx) == floats(other.dx) && weight_grad == other.weight_grad &&
           bias_grad == other.bias_grad && alpha_grad == other.alpha_grad;
  }
};

template <class T>
Found<T> run(const Case& c, const Data& data) {
  const auto x = stored<T>(data.x), dy = stored<T>(data.dy);
  const auto C = static_cast<std::size_t>(c.C);
  Found<T> found{unwritten<T>(x.size()), unwritten<T>(x.size()), Floats(C, NAN), Floats(C, NAN), {0}};
  Floats normal(static_cast<std::size_t>(2 * c.n), NAN), scratch(cuda::site_scratch_floats(c.C), NAN);
  const cuda::SiteGrads grads{.weight = c.weight ? found.weight_grad.data() : nullptr,
                              .bias = c.bias ? found.bias_grad.data() : nullptr,
                              .alpha = c.kind == Kind::dyt ? found.alpha_grad.data() : nullptr};
  if (c.kind == Kind::dyt) {
    const auto site = dyt_site(c, data);
    found.alpha_grad[0] = NAN;
    EXPECT_EQ(cuda::launch_dyt(site, kElement<T>, c.n, c.C, x.data(), found.y.data(), nullptr), cudaSuccess);
    EXPECT_EQ(cuda::launch_dyt_backward(site, kElement<T>, c.n, c.C, x.data(), dy.data(), found.dx.data(), grads,
                                        scratch.data(), nullptr),
              cudaSuccess);
  } else {
    const auto site = norm_site(c, data);
    EXPECT_EQ(cuda::launch_norm(site, kElement<T>, c.n, c.C, x.data(), found.y.data(), normal.data(), nullptr),
              cudaSuccess);
    EXPECT_EQ(cuda::launch_norm_backward(site, kElement<T>, c.n, c.C, x.data(), dy.data(), normal.data(),
                                         found.dx.data(), grads, scratch.data(), nullptr),
              cudaSuccess);
  }
  return found;
}

template <class T>
class EmulatedNorm : public testing::Test {};
using Elements = testing::Types<float, __nv_bfloat16>;
TYPED_TEST_SUITE(EmulatedNorm, Elements);

TYPED_TEST(EmulatedNorm, ForwardIsTheFormula) {
  for (const auto& c : cases()) {
    SCOPED_TRACE(testing::PrintToString(c));
    const Data data(c);
    expect_close(run<TypeParam>(c, data).y,
                 formula(c, data, wide(data.x), wide(data.weight), wide(data.bias), data.alpha), 3);
  }
}

// The loss is sum(dy * y): its change along each input, by central differences in double.
TYPED_TEST(EmulatedNorm, GradientsAreTheFormulasDifferences) {
  for (const auto& c : cases()) {
    if (c.n * c.C > 400) continue;
    SCOPED_TRACE(testing::PrintToString(c));
    const Data data(c);
    Doubles x = wide(data.x), weight = wide(data.weight), bias = wide(data.bias), alpha{double{data.alpha}};
    const auto loss = [&] {
      const Doubles y = formula(c, data, x, weight, bias, alpha[0]);
      double sum = 0;
      for (std::size_t i = 0; i < y.size(); ++i) sum += data.dy[i] * y[i];
      return sum;
    };
    const auto differences = [&](Doubles& of) {
      Doubles slopes;
      for (double& value : of) {
        const double before = value, step = 1e-5;
        value = before + step;
        const double above = loss();
        value = before - step;
        slopes.push_back((above - loss()) / (2 * step));
        value = before;
      }
      return slopes;
    };
    const auto found = run<TypeParam>(c, data);
    expect_close(found.dx, differences(x), 3);
    if (c.weight) expect_close(found.weight_grad, differences(weight), 10);
    if (c.bias) expect_close(found.bias_grad, differences(bias), 10);
    if (c.kind == Kind::dyt) expect_close(found.alpha_grad, differences(alpha), 100);
  }
}

TYPED_TEST(EmulatedNorm, TheCpusKernelsSayTheSame) {
  for (const auto& c : cases()) {
    if (!c.weight) continue;
    SCOPED_TRACE(testing::PrintToString(c));
    const Data data(c);
    Floats weight = data.weight;
    if (c.kind == Kind::rms_plus_one) {
      for (float& value : weight) value += 1;
    }
    const FusedNormSite site{.kind = c.kind == Kind::dyt          ? FusedNorm::dyt
                                     : c.kind == Kind::layer_norm ? FusedNorm::layer_norm
                                                                  : FusedNorm::rms,
                             .weight = weight.data(),
                             .bias = c.bias ? data.bias.data() : nullptr,
                             .alpha = data.alpha,
                             .eps = data.eps};
    const auto C = static_cast<std::size_t>(c.C);
    Floats y(data.x.size()), dx(data.x.size()), weight_grad(C), bias_grad(C), alpha_grad(1);
    fused_kernels().norm(site, c.n, c.C, data.x.data(), y.data());
    fused_kernels().norm_backward(site, c.n, c.C, data.x.data(), data.dy.data(), dx.data(),
                                  {weight_grad.data(), c.bias ? bias_grad.data() : nullptr, alpha_grad.data()});
    const auto found = run<TypeParam>(c, data);
    expect_close(found.y, y, 3);
    expect_close(found.dx, dx, 3);
    expect_close(found.weight_grad, weight_grad, 20);
    if (c.bias) expect_close(found.bias_grad, bias_grad, 20);
    if (c.kind == Kind::dyt) expect_close(found.alpha_grad, alpha_grad, 500);
  }
}

TYPED_TEST(EmulatedNorm, TheOrderOfThreadsAndBlocksIsNotInTheResult) {
  for (const Kind kind : {Kind::layer_norm, Kind::dyt}) {
    const Case c{kind, true, true, 200, 264};
    const Data data(c);
    const auto first = run<TypeParam>(c, data);
    in_every_order([&] { EXPECT_TRUE(run<TypeParam>(c, data) == first); });
  }
}

TYPED_TEST(EmulatedNorm, NoRowsGiveZeroGradients) {
  for (const Kind kind : {Kind::rms, Kind::dyt}) {
    const Case c{kind, true, true, 0, 5};
    const auto found = run<TypeParam>(c, Data(c));
    EXPECT_EQ(found.weight_grad, Floats(5, 0.0F));
    EXPECT_EQ(found.bias_grad, Floats(5, 0.0F));
  }
}

}  // namespace
}  // namespace variometer
