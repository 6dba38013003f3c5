// SPDX-License-Identifier: GPL-3.0-or-later
#include <algorithm>
#include <cassert>

#include "core/kernels/simd.h"
#include "core/kernels/statistics.h"

namespace variometer {
namespace {

using simd::Floats;
using simd::Ints;
using simd::kLanes;

/// Row and column maxima of one row, on keys: NaN lies above infinity.
VARIOMETER_INLINE std::int32_t row_body(const float* x, std::int64_t n, float* column_max) {
  Ints most = {};
  std::int64_t c = 0;
  for (; c + kLanes <= n; c += kLanes) {
    Ints key;
    std::memcpy(&key, x + c, sizeof key);
    key &= simd::kMagnitude;
    most = key > most ? key : most;
    if (column_max != nullptr) {
      Ints old;
      std::memcpy(&old, column_max + c, sizeof old);
      old = key > old ? key : old;
      std::memcpy(column_max + c, &old, sizeof old);
    }
  }
  std::int32_t largest = 0;
  for (int j = 0; j < kLanes; ++j) largest = std::max(largest, most[j]);
  for (; c < n; ++c) {
    const std::int32_t key = simd::key_of(x[c]);
    largest = std::max(largest, key);
    if (column_max != nullptr && key > simd::key_of(column_max[c])) column_max[c] = simd::value_of(key);
  }
  return largest;
}

VARIOMETER_INLINE double squared_body(const float* a, const float* b, std::int64_t n) {
  typedef double Doubles __attribute__((vector_size(64)));
  Doubles sums[2] = {};
  std::int64_t i = 0;
  for (; i + 2 * kLanes <= n; i += 2 * kLanes) {
    for (int j = 0; j < 2; ++j) {
      Floats value;
      std::memcpy(&value, a + i + j * kLanes, sizeof value);
      if (b != nullptr) {
        Floats other;
        std::memcpy(&other, b + i + j * kLanes, sizeof other);
        value -= other;
      }
      const Doubles wide = __builtin_convertvector(value, Doubles);
      sums[j] += wide * wide;
    }
  }
  double sum = 0;
  for (const Doubles& lanes : sums) {
    for (int j = 0; j < kLanes; ++j) sum += lanes[j];
  }
  for (; i < n; ++i) {
    const double d = static_cast<double>(b == nullptr ? a[i] : a[i] - b[i]);
    sum += d * d;
  }
  return sum;
}

std::int32_t row_base(const float* x, std::int64_t n, float* column_max) { return row_body(x, n, column_max); }
double squared_base(const float* a, const float* b, std::int64_t n) { return squared_body(a, b, n); }
VARIOMETER_TARGET_AVX2 std::int32_t row_avx2(const float* x, std::int64_t n, float* column_max) {
  return row_body(x, n, column_max);
}
VARIOMETER_TARGET_AVX2 double squared_avx2(const float* a, const float* b, std::int64_t n) {
  return squared_body(a, b, n);
}

double squared(const float* a, const float* b, std::size_t n) {
  const auto size = static_cast<std::int64_t>(n);
  return simd::use_avx2() ? squared_avx2(a, b, size) : squared_base(a, b, size);
}

}  // namespace

double squared_norm(std::span<const float> x) { return squared(x.data(), nullptr, x.size()); }

double squared_distance(std::span<const float> a, std::span<const float> b) {
  assert(a.size() == b.size());
  return squared(a.data(), b.data(), a.size());
}

void abs_maxima(std::span<const float> x, std::int64_t n_row, std::int64_t n_column, std::span<float> row_max,
                std::span<float> column_max) {
  assert(static_cast<std::int64_t>(x.size()) == n_row * n_column);
  assert(row_max.empty() || static_cast<std::int64_t>(row_max.size()) == n_row);
  assert(column_max.empty() || static_cast<std::int64_t>(column_max.size()) == n_column);
  float* columns = column_max.empty() ? nullptr : column_max.data();
  for (std::int64_t r = 0; r < n_row; ++r) {
    const float* row = x.data() + r * n_column;
    const std::int32_t key = simd::use_avx2() ? row_avx2(row, n_column, columns) : row_base(row, n_column, columns);
    if (row_max.empty()) continue;
    float& most = row_max[static_cast<std::size_t>(r)];
    if (key > simd::key_of(most)) most = simd::value_of(key);
  }
}

Pooled abs_max_pool(std::span<const float> x, std::int64_t n_row, std::int64_t n_column, std::int64_t row_block,
                    std::int64_t column_block) {
  assert(row_block > 0 && column_block > 0 && static_cast<std::int64_t>(x.size()) == n_row * n_column);
  Pooled pooled;
  pooled.n_row = (n_row + row_block - 1) / row_block;
  pooled.n_column = (n_column + column_block - 1) / column_block;
  if (row_block == 1 && column_block == 1) {
    pooled.value.assign(x.begin(), x.end());
    return pooled;
  }
  const auto n = static_cast<std::size_t>(pooled.n_row * pooled.n_column);
  std::vector<std::int32_t> keys(n, -1);
  pooled.value.resize(n);
  pooled.index.resize(n);
  for (std::int64_t r = 0; r < n_row; ++r) {
    const std::int64_t first_cell = r / row_block * pooled.n_column;
    for (std::int64_t column = 0; column < pooled.n_column; ++column) {
      const auto cell = static_cast<std::size_t>(first_cell + column);
      const std::int64_t end = std::min(n_column, (column + 1) * column_block);
      for (std::int64_t c = column * column_block; c < end; ++c) {
        const auto flat = static_cast<std::size_t>(r * n_column + c);
        const std::int32_t key = simd::key_of(x[flat]);
        if (key <= keys[cell]) continue;
        keys[cell] = key;
        pooled.value[cell] = x[flat];
        pooled.index[cell] = static_cast<std::int64_t>(flat);
      }
    }
  }
  return pooled;
}

}  // namespace variometer
