// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <algorithm>
#include <cstdint>
#include <vector>

#include "core/kernels/fused_block.h"
#include "core/kernels/fused_parallel.h"

// What the passes of fused_block_*.cpp and the fused head share.
namespace variometer {

/// Rows in chunks that fit the cache. The cut depends on the number of rows alone, so that sums over chunks come out
/// the same with any number of threads; a multiple of 16 chunks shares out evenly.
struct RowChunks {
  explicit RowChunks(std::int64_t rows) : n_row(rows) {
    constexpr std::int64_t kRows = 120, kChunks = 16, kTile = 12;
    const auto n = kChunks * ((rows + kRows * kChunks - 1) / (kRows * kChunks));
    size = ((rows + n - 1) / n + kTile - 1) / kTile * kTile;
    count = (rows + size - 1) / size;
  }
  std::int64_t first(std::int64_t chunk) const { return chunk * size; }
  std::int64_t rows(std::int64_t chunk) const { return std::min(size, n_row - chunk * size); }

  std::int64_t n_row, size, count;
};

/// Weights packed for products with rows: forward x W^T, backward dy W.
class PackedWeights {
 public:
  PackedWeights(std::vector<const FusedLinear*> linears, bool forward);
  const float* operator[](std::size_t i) const { return buffer_.data() + offsets_[i]; }

 private:
  static std::int64_t total(const std::vector<const FusedLinear*>& linears, bool forward);
  std::vector<std::int64_t> offsets_;
  FusedBuffer buffer_;
};

/// Partial sums of a norm site's gradients, one set a chunk, added up in order at the end.
class NormGradSums {
 public:
  NormGradSums(std::int64_t n_chunk, std::int64_t C);
  FusedNormGrad of(std::int64_t chunk, const FusedNormGrad& wanted);
  void finish(const FusedNormGrad& out) const;

 private:
  std::int64_t n_chunk_, C_;
  std::vector<float> sums_;  // [chunk][2 C + 1]: weight, bias, alpha
};

/// weight_grad (+)= dY^T X and bias_grad (+)= column sums of dY.
struct WeightGradJob {
  const FusedLinear* linear = nullptr;
  const float* dy = nullptr;
  std::int64_t ld_dy = 0;
  const float* x = nullptr;  ///< (N, n_in)
};

/// Attention of one sequence and key/value head: where it reads and writes in the forward pass.
FusedAttention fused_attention_task(const FusedBlock& block, std::int64_t sequence, std::int64_t kv_head);

/// All of them, cut into pieces that every thread gets an equal load of. Each element is summed by one thread in one
/// order.
void fused_weight_grads(const std::vector<WeightGradJob>& jobs, std::int64_t n_row, bool accumulate);

}  // namespace variometer
