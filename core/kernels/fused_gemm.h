// SPDX-License-Identifier: GPL-3.0-or-later
// Matrix products. See fused_vector.h for how this file is compiled. A packed matrix is a row of panels, each K x
// kPanel, zero beyond N. A tile of kTileRows x kPanel sums stays in registers while k runs.
#pragma once

#include "core/kernels/fused_vector.h"

namespace variometer::VARIOMETER_ISA {
namespace {

constexpr index kPanel = 2 * kLanes;
constexpr index kTileRows = VARIOMETER_TILE_ROWS;
constexpr index kDepth = 384;              // k in one go: a panel of B stays in the first two cache levels
constexpr index kTnDepth = 256;            // the same for A^T B, where both sides are packed on the way
constexpr index kTnRows = 20 * kTileRows;  // rows of C whose A is packed at a time

index packed_size(index K, index N) { return (N + kPanel - 1) / kPanel * kPanel * K; }

// out[k][j] = in[j][k], 4 x 4.
inline void transpose_four(const float* in, index ld_in, float* out, index ld_out) {
  typedef float Four __attribute__((vector_size(16), aligned(4), may_alias));
  typedef std::int32_t Order __attribute__((vector_size(16)));
  const auto row = [&](index i) { return *reinterpret_cast<const Four*>(in + i * ld_in); };
  const Four a = row(0), b = row(1), c = row(2), d = row(3);
  const Order low{0, 4, 1, 5}, high{2, 6, 3, 7}, first{0, 1, 4, 5}, second{2, 3, 6, 7};
  const Four ab_low = __builtin_shuffle(a, b, low), ab_high = __builtin_shuffle(a, b, high);
  const Four cd_low = __builtin_shuffle(c, d, low), cd_high = __builtin_shuffle(c, d, high);
  *reinterpret_cast<Four*>(out) = __builtin_shuffle(ab_low, cd_low, first);
  *reinterpret_cast<Four*>(out + ld_out) = __builtin_shuffle(ab_low, cd_low, second);
  *reinterpret_cast<Four*>(out + 2 * ld_out) = __builtin_shuffle(ab_high, cd_high, first);
  *reinterpret_cast<Four*>(out + 3 * ld_out) = __builtin_shuffle(ab_high, cd_high, second);
}

void pack(index K, index N, const float* B, index ld, bool transposed, float* packed) {
  for (index first = 0; first < N; first += kPanel) {
    const index width = N - first < kPanel ? N - first : kPanel;
    float* panel = packed + first * K;
    if (!transposed) {
      for (index k = 0; k < K; ++k) {
        const float* row = B + k * ld + first;
        float* out = panel + k * kPanel;
        if (width == kPanel) {
          store(out, load(row));
          store(out + kLanes, load(row + kLanes));
        } else {
          for (index j = 0; j < kPanel; ++j) out[j] = j < width ? row[j] : 0.0F;
        }
      }
      continue;
    }
    // Four k at a time keep the reads of each row together.
    index k = 0;
    for (; k + 4 <= K && width == kPanel; k += 4) {
      for (index j = 0; j < kPanel; j += 4) {
        transpose_four(B + (first + j) * ld + k, ld, panel + k * kPanel + j, kPanel);
      }
    }
    for (; k + 4 <= K; k += 4) {
      for (index j = 0; j < kPanel; ++j) {
        const float* row = B + (first + j) * ld + k;
        for (index i = 0; i < 4; ++i) panel[(k + i) * kPanel + j] = j < width ? row[i] : 0.0F;
      }
    }
    for (; k < K; ++k) {
      for (index j = 0; j < kPanel; ++j) panel[k * kPanel + j] = j < width ? B[(first + j) * ld + k] : 0.0F;
    }
  }
}

struct Tile {
  const float* a;    // first row
  index a_row, a_k;  // distance between rows, between k
  const float* b;    // panel
  float* c;
  index ldc, width;
  const float* add;  // tile of what the product is added to, rows ldc apart; may be c itself; null: nothing
  const float* bias;
};

// C tile (rows x width) = A rows times one panel.
template <index kRows>
__attribute__((noinline)) void multiply_tile(index K, const Tile& tile) {
  Vec sum[kRows][2];
  for (index i = 0; i < kRows; ++i) sum[i][0] = sum[i][1] = Vec{};
  const float* a = tile.a;
  const float* b = tile.b;
  const index a_row = tile.a_row, a_k = tile.a_k;
  for (index k = 0; k < K; ++k) {
    const Vec b0 = load(b), b1 = load(b + kLanes);
    for (index i = 0; i < kRows; ++i) {
      const Vec x = splat(a[i * a_row]);
      sum[i][0] += x * b0;
      sum[i][1] += x * b1;
    }
    a += a_k;
    b += kPanel;
  }
  if (tile.bias != nullptr) {
    Vec b0, b1;
    if (tile.width == kPanel) {
      b0 = load(tile.bias);
      b1 = load(tile.bias + kLanes);
    } else {
      const index left = tile.width < kLanes ? tile.width : kLanes;
      b0 = load_some(tile.bias, left, 0.0F);
      b1 = load_some(tile.bias + left, tile.width - left, 0.0F);
    }
    for (index i = 0; i < kRows; ++i) {
      sum[i][0] += b0;
      sum[i][1] += b1;
    }
  }
  const bool adds = tile.add != nullptr;
  for (index i = 0; i < kRows; ++i) {
    float* c = tile.c + i * tile.ldc;
    const float* add = adds ? tile.add + i * tile.ldc : nullptr;
    if (tile.width == kPanel) {
      store(c, adds ? load(add) + sum[i][0] : sum[i][0]);
      store(c + kLanes, adds ? load(add + kLanes) + sum[i][1] : sum[i][1]);
      continue;
    }
    float out[kPanel];
    store(out, sum[i][0]);
    store(out + kLanes, sum[i][1]);
    for (index j = 0; j < tile.width; ++j) c[j] = adds ? add[j] + out[j] : out[j];
  }
}

template <index kRows>
void multiply_rest(index n_row, index K, const Tile& tile) {
  if constexpr (kRows > 0) {
    if (n_row == kRows) return multiply_tile<kRows>(K, tile);
    multiply_rest<kRows - 1>(n_row, K, tile);
  }
}

// `packed_K` is the K the matrix was packed with; only its first K rows are used.
void multiply(index M, index N, index K, const float* A, index lda, const float* packed, index packed_K, float* C,
              index ldc, const float* add, const float* bias) {
  for (index first_k = 0; first_k < K; first_k += kDepth) {
    const index depth = K - first_k < kDepth ? K - first_k : kDepth;
    for (index column = 0; column < N; column += kPanel) {
      Tile tile{.a = A + first_k,
                .a_row = lda,
                .a_k = 1,
                .b = packed + column * packed_K + first_k * kPanel,
                .c = C + column,
                .ldc = ldc,
                .width = N - column < kPanel ? N - column : kPanel,
                .add = first_k > 0      ? C + column
                       : add != nullptr ? add + column
                                        : nullptr,
                .bias = bias != nullptr && first_k == 0 ? bias + column : nullptr};
      index row = 0;
      for (; row + kTileRows <= M; row += kTileRows) {
        multiply_tile<kTileRows>(depth, tile);
        tile.a += kTileRows * lda;
        tile.c += kTileRows * ldc;
        if (tile.add != nullptr) tile.add += kTileRows * ldc;
      }
      if (row < M) multiply_rest<kTileRows - 1>(M - row, depth, tile);
    }
  }
}

void gemm(index M, index N, index K, const float* A, index lda, const float* packed, float* C, index ldc,
          const float* add, const float* bias) {
  multiply(M, N, K, A, lda, packed, K, C, ldc, add, bias);
}

index gemm_tn_scratch(index N) { return (N + kPanel - 1) / kPanel * kPanel * kTnDepth + kTnRows * kTnDepth + kLanes; }

// Tiles of kTileRows columns of A, each k's values together: out[tile][k][kTileRows].
void pack_columns(index M, index K, const float* A, index lda, float* out) {
  for (index first = 0; first < M; first += kTileRows) {
    const index n = M - first < kTileRows ? M - first : kTileRows;
    const float* row = A + first;
    if (n == kTileRows) {
      for (index k = 0; k < K; ++k, row += lda, out += kTileRows) __builtin_memcpy(out, row, kTileRows * sizeof(float));
    } else {
      for (index k = 0; k < K; ++k, row += lda, out += n) {
        for (index i = 0; i < n; ++i) out[i] = row[i];
      }
    }
  }
}

void gemm_tn(index M, index N, index K, const float* A, index lda, const float* B, index ldb, float* C, index ldc,
             bool accumulate, float* scratch) {
  float* a_packed = scratch;
  float* b_packed = scratch + kTnRows * kTnDepth + kLanes;
  for (index first_k = 0; first_k < K; first_k += kTnDepth) {
    const index depth = K - first_k < kTnDepth ? K - first_k : kTnDepth;
    pack(depth, N, B + first_k * ldb, ldb, /*transposed=*/false, b_packed);
    for (index first_row = 0; first_row < M; first_row += kTnRows) {
      const index n_row = M - first_row < kTnRows ? M - first_row : kTnRows;
      pack_columns(n_row, depth, A + first_k * lda + first_row, lda, a_packed);
      for (index column = 0; column < N; column += kPanel) {
        Tile tile{.a = a_packed,
                  .a_row = 1,
                  .a_k = kTileRows,
                  .b = b_packed + column * depth,
                  .c = C + first_row * ldc + column,
                  .ldc = ldc,
                  .width = N - column < kPanel ? N - column : kPanel,
                  .add = accumulate || first_k > 0 ? C + first_row * ldc + column : nullptr,
                  .bias = nullptr};
        index row = 0;
        for (; row + kTileRows <= n_row; row += kTileRows) {
          multiply_tile<kTileRows>(depth, tile);
          tile.a += kTileRows * depth;
          tile.c += kTileRows * ldc;
          if (tile.add != nullptr) tile.add += kTileRows * ldc;
        }
        tile.a_k = n_row - row;
        if (row < n_row) multiply_rest<kTileRows - 1>(n_row - row, depth, tile);
      }
    }
  }
}

}  // namespace
}  // namespace variometer::VARIOMETER_ISA
