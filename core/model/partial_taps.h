// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/model/decoder.h"

// What a tap may want beside the whole of a pass. The decoder asks each tap once a pass or layer whether it is one of
// these.
namespace variometer {

/// Takes attention of a long sequence some queries after others, without gradients: it is never there as a whole, and
/// keys that none of the queries sees are left out.
class RowTap : public Tap {
 public:
  /// Queries first_query .. first_query + n - 1 of n_query, of a layer in order: (B, H, n, first_query + n), one key
  /// more with the KV-bias slot. A short sequence comes to `attention` as ever.
  virtual void attention_rows(std::int64_t layer, std::int64_t first_query, std::int64_t n_query,
                              const at::Tensor& probabilities) = 0;
};

/// Wants one block alone, of what the block before it gave out. Decoder::hidden then gives what this block gives out.
class BlockTap : public RowTap {
 public:
  virtual std::int64_t block() const = 0;
  /// (B, T, C); not asked for of block 0, which begins with the embedding.
  virtual at::Tensor before() const = 0;
};

}  // namespace variometer
