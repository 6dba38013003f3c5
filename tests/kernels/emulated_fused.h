// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

// What the emulated tests of the fused operators share: data in both types, and how close is close.

#include <gtest/gtest.h>

#include <cmath>
#include <random>
#include <string>
#include <type_traits>
#include <vector>

#include "core/kernels/element.h"
#include "tests/kernels/emulation/cuda_bf16.h"
#include "tests/kernels/emulation/emulation.h"

namespace variometer::emulated {

using Floats = std::vector<float>;
using Doubles = std::vector<double>;

template <class T>
inline constexpr cuda::Element kElement = std::is_same_v<T, float> ? cuda::Element::float32 : cuda::Element::bfloat16;

template <class T>
std::vector<T> stored(const Floats& x) {
  std::vector<T> y;
  for (const float value : x) {
    if constexpr (std::is_same_v<T, float>) {
      y.push_back(value);
    } else {
      y.push_back(__float2bfloat16(value));
    }
  }
  return y;
}

template <class T>
Floats floats(const std::vector<T>& x) {
  Floats y;
  for (const T value : x) {
    if constexpr (std::is_same_v<T, float>) {
      y.push_back(value);
    } else {
      y.push_back(__bfloat162float(value));
    }
  }
  return y;
}

/// Normal values that bfloat16 holds as they are, so that both types start from the same numbers.
inline Floats drawn(std::size_t n, double scale, unsigned seed) {
  std::mt19937 random(seed);
  std::normal_distribution<double> normal(0, scale);
  Floats x(n);
  for (float& value : x) value = __bfloat162float(__float2bfloat16(static_cast<float>(normal(random))));
  return x;
}

/// Device memory comes as it was left.
template <class T>
std::vector<T> unwritten(std::size_t n) {
  return stored<T>(Floats(n, std::nanf("")));
}

/// Close: float32 within 3e-6 of the larger of the value and `scale`; bfloat16 further within half a unit of its last
/// place, at most 2^-8 of the value.
template <class T>
void expect_close(const std::vector<T>& found, const Doubles& expected, double scale) {
  ASSERT_EQ(found.size(), expected.size());
  const Floats values = floats(found);
  for (std::size_t i = 0; i < expected.size(); ++i) {
    const double last_place = std::is_same_v<T, float> ? 0 : std::abs(expected[i]) / 256;
    ASSERT_NEAR(values[i], expected[i], last_place + 3e-6 * std::max(scale, std::abs(expected[i]))) << "at " << i;
  }
}
template <class T>
void expect_close(const std::vector<T>& found, const Floats& expected, double scale) {
  expect_close(found, Doubles(expected.begin(), expected.end()), scale);
}

template <class Test>
void in_every_order(Test test) {
  for (const auto order : emulation::orders()) {
    emulation::set_order(order);
    test();
  }
  emulation::set_order(emulation::Order::forward);
}

}  // namespace variometer::emulated
