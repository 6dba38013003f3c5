// SPDX-License-Identifier: GPL-3.0-or-later
// core/kernels/maxima.cu itself, as C++ (emulation/emulation.h says what that proves).
#include <gtest/gtest.h>

#include <cmath>
#include <functional>
#include <limits>
#include <map>
#include <random>

#include "core/kernels/maxima.cu"
#include "tests/kernels/emulation/emulation.h"

namespace variometer {
namespace {

using cuda::Element;
using cuda::Place;
using cuda::Slice;

std::vector<float> drawn(std::size_t n, unsigned seed) {
  std::mt19937 random(seed);
  std::normal_distribution<float> normal;
  std::vector<float> x(n);
  // Values bfloat16 holds as they are, with many ties.
  for (float& value : x) value = std::round(normal(random) * 32) / 32;
  return x;
}

/// The same tensor in both types; `data` points at what the kernels read.
struct Both {
  explicit Both(std::vector<float> values) : wide(std::move(values)) {
    for (const float value : wide) narrow.push_back(__float2bfloat16(value));
  }
  const void* data(Element element) const {
    return element == Element::float32 ? static_cast<const void*>(wide.data()) : narrow.data();
  }
  /// What the kernels see at place i: a NaN is another one after bfloat16.
  float seen(Element element, std::int64_t i) const {
    const auto at = static_cast<std::size_t>(i);
    return element == Element::float32 ? wide[at] : __bfloat162float(narrow[at]);
  }
  Slice slice(Element element) const { return {data(element), static_cast<std::int64_t>(wide.size())}; }

  std::vector<float> wide;
  std::vector<__nv_bfloat16> narrow;
};

constexpr Element kElements[] = {Element::float32, Element::bfloat16};

/// NaN wins over infinity, infinity over everything else: as keys do.
std::uint32_t key(float x) { return __float_as_uint(x) & 0x7fffffffU; }

void in_every_order(const std::function<void()>& test) {
  for (const auto order : emulation::orders()) {
    emulation::set_order(order);
    test();
  }
  emulation::set_order(emulation::Order::forward);
}

TEST(Emulated, SquaredNormsAndDistancesAreThoseOfALoopInDouble) {
  const std::vector<Both> a = {Both(drawn(70001, 1)), Both({}), Both({3, -4}), Both(drawn(256, 2))};
  const std::vector<Both> b = {Both(drawn(70001, 3)), Both({}), Both({1, NAN}), Both(drawn(256, 4))};
  for (const auto element : kElements) {
    std::vector<Slice> first, second;
    for (std::size_t i = 0; i < a.size(); ++i) {
      first.push_back(a[i].slice(element));
      second.push_back(b[i].slice(element));
    }
    for (const bool distance : {false, true}) {
      std::vector<double> before;
      in_every_order([&] {
        std::vector<double> scratch(a.size() * cuda::kMostChunks, NAN), sums(a.size(), NAN);
        ASSERT_EQ(
            cuda::launch_squared_distances(first.data(), distance ? second.data() : nullptr, static_cast<int>(a.size()),
                                           element, scratch.data(), sums.data(), nullptr),
            cudaSuccess);
        for (std::size_t i = 0; i < a.size(); ++i) {
          double expected = 0;
          for (std::size_t k = 0; k < a[i].wide.size(); ++k) {
            const double d = double{a[i].wide[k]} - (distance ? b[i].wide[k] : 0);
            expected += d * d;
          }
          if (std::isnan(expected)) {
            EXPECT_TRUE(std::isnan(sums[i]));
          } else {
            EXPECT_NEAR(sums[i], expected, 1e-12 * expected);
          }
        }
        sums[2] = 0;  // may be NaN, which equals nothing
        if (before.empty()) before = sums;
        EXPECT_EQ(before, sums);
      });
    }
  }
}

TEST(Emulated, MaximaByTokenAndChannelAreExact) {
  constexpr std::int64_t kBatch = 3, kToken = 37, kColumn = 300;
  auto values = drawn(kBatch * kToken * kColumn, 5);
  values[5 * kColumn + 7] = std::nanf("");
  values[(kToken + 36) * kColumn + 299] = -std::numeric_limits<float>::infinity();
  auto doubled = values;
  for (float& value : doubled) value *= 2;
  const std::vector<Both> tensors = {Both(values), Both(doubled)};
  for (const auto element : kElements) {
    const std::vector<Slice> slices = {tensors[0].slice(element), tensors[1].slice(element)};
    in_every_order([&] {
      std::vector<std::int32_t> keys(2 * (kToken + kColumn), -1);
      ASSERT_EQ(
          cuda::launch_abs_maxima(slices.data(), 2, kBatch * kToken, kToken, kColumn, element, keys.data(), nullptr),
          cudaSuccess);
      std::vector<std::int32_t> expected(keys.size(), 0);
      for (std::int64_t i = 0; i < 2 * kBatch * kToken * kColumn; ++i) {
        const std::int64_t tensor = i / (kBatch * kToken * kColumn), at = i % (kBatch * kToken * kColumn);
        const auto mine = static_cast<std::int32_t>(key(tensors[static_cast<std::size_t>(tensor)].seen(element, at)));
        for (const std::int64_t place : {at / kColumn % kToken, kToken + at % kColumn}) {
          auto& most = expected[static_cast<std::size_t>(tensor * (kToken + kColumn) + place)];
          most = std::max(most, mine);
        }
      }
      EXPECT_EQ(keys, expected);
    });
  }
}

TEST(Emulated, MaximaOfNothingAreZero) {
  const Slice nothing{};
  std::vector<std::int32_t> keys(4 + 3, -1);
  EXPECT_EQ(cuda::launch_abs_maxima(&nothing, 1, 0, 4, 3, Element::float32, keys.data(), nullptr), cudaSuccess);
  EXPECT_EQ(keys, std::vector<std::int32_t>(7, 0));
}

TEST(Emulated, PoolingKeepsTheLargestOfEveryBlockAndItsPlace) {
  constexpr std::int64_t kRow = 37, kColumn = 130;
  auto values = drawn(kRow * kColumn, 6);
  values[3 * kColumn + 100] = std::nanf("");
  const Both x(values);
  for (const auto element : kElements) {
    for (const auto& [row_block, column_block] :
         {std::pair<std::int64_t, std::int64_t>{4, 9}, {1, 1}, {50, 200}, {1, 7}}) {
      const std::int64_t n_row = (kRow + row_block - 1) / row_block;
      const std::int64_t n_column = (kColumn + column_block - 1) / column_block;
      std::vector<Place> cells(static_cast<std::size_t>(n_row * n_column));
      ASSERT_EQ(cuda::launch_abs_max_pool(x.data(element), kRow, kColumn, row_block, column_block, element,
                                          cells.data(), nullptr),
                cudaSuccess);
      std::map<std::int64_t, std::int64_t> best;  // cell -> flat index
      for (std::int64_t i = 0; i < kRow * kColumn; ++i) {
        const std::int64_t cell = i / kColumn / row_block * n_column + i % kColumn / column_block;
        const auto [at, is_new] = best.emplace(cell, i);
        if (!is_new && key(x.seen(element, i)) > key(x.seen(element, at->second))) at->second = i;
      }
      for (const auto& [cell, i] : best) {
        const auto& found = cells[static_cast<std::size_t>(cell)];
        EXPECT_EQ(found.index, i);
        EXPECT_EQ(key(found.value), key(x.seen(element, i)));
      }
    }
  }
}

TEST(Emulated, CollectingFindsWhatLiesAboveAndCountsWhatDoesNotFit) {
  auto values = drawn(20011, 7);
  values[11] = INFINITY;
  values[12] = std::nanf("");
  const std::vector<Both> tensors = {Both(values), Both({}), Both({0, -0.0F, 1, -2}), Both(drawn(300, 8))};
  const std::vector<float> thresholds = {2.0F, 0.0F, 0.0F, 100.0F};
  for (const auto element : kElements) {
    std::vector<Slice> slices;
    for (const auto& tensor : tensors) slices.push_back(tensor.slice(element));
    for (const std::uint32_t capacity : {4U, 5000U}) {
      std::vector<Place> places(tensors.size() * capacity);
      std::vector<std::uint32_t> counts(tensors.size(), 77);
      ASSERT_EQ(cuda::launch_collect_above(slices.data(), static_cast<int>(tensors.size()), 20011, element,
                                           thresholds.data(), capacity, places.data(), counts.data(), nullptr),
                cudaSuccess);
      for (std::size_t i = 0; i < tensors.size(); ++i) {
        std::map<std::uint32_t, float> expected, found;
        for (std::size_t k = 0; k < tensors[i].wide.size(); ++k) {
          const float value = tensors[i].wide[k];
          if (std::isfinite(value) && std::fabs(value) > thresholds[i]) expected[static_cast<std::uint32_t>(k)] = value;
        }
        ASSERT_EQ(counts[i], expected.size());
        for (std::uint32_t k = 0; k < std::min(capacity, counts[i]); ++k) {
          const auto& place = places[i * capacity + k];
          EXPECT_EQ(expected.at(place.index), place.value);
          found[place.index] = place.value;
        }
        EXPECT_EQ(found.size(), std::min<std::size_t>(capacity, expected.size()));
      }
    }
  }
}

TEST(Emulated, MoreTensorsThanAGridHasRowsShareALaunch) {
  const float one = 1, threshold = 0;
  const std::vector<Slice> slices(66000, Slice{&one, 1});
  const std::vector<float> thresholds(slices.size(), threshold);
  std::vector<Place> places(slices.size());
  std::vector<std::uint32_t> counts(slices.size());
  ASSERT_EQ(cuda::launch_collect_above(slices.data(), static_cast<int>(slices.size()), 1, Element::float32,
                                       thresholds.data(), 1, places.data(), counts.data(), nullptr),
            cudaSuccess);
  EXPECT_EQ(counts, std::vector<std::uint32_t>(slices.size(), 1));
}

TEST(Emulated, CollectingFromNothingCountsNothing) {
  const Slice nothing{};
  const float threshold = 0;
  std::uint32_t count = 77;
  EXPECT_EQ(cuda::launch_collect_above(&nothing, 1, 0, Element::float32, &threshold, 4, nullptr, &count, nullptr),
            cudaSuccess);
  EXPECT_EQ(count, 0U);
}

}  // namespace
}  // namespace variometer
