// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>

#include "core/model/options.h"

namespace variometer {

/// cos and sin of rotary positions, half-split form: angle[t, k] = t * inverse frequency k, k < dim/2, the two halves
/// alike, times the attention factor. float32 whatever the model computes in. Grows when a longer sequence comes; where
/// the frequencies depend on the sequence's length (dynamic, longrope) they are those of the last one reserved.
class RotaryTable {
 public:
  RotaryTable(RopeOptions options, const at::Device& device) : options_(std::move(options)), device_(device) {}

  void reserve(std::int64_t n_token);
  /// (n_token, dim) each.
  at::Tensor cos(std::int64_t n_token) const { return cos_.narrow(0, 0, n_token); }
  at::Tensor sin(std::int64_t n_token) const { return sin_.narrow(0, 0, n_token); }

 private:
  RopeOptions options_;
  at::Device device_;
  std::int64_t n_token_ = 0;
  std::int64_t length_ = -1;  ///< the sequence length the frequencies are for, where it matters
  at::Tensor cos_, sin_;
};

/// (dim / 2) float32 on the CPU, for a sequence of `n_token`.
at::Tensor inverse_frequencies(const RopeOptions& options, std::int64_t n_token);

}  // namespace variometer
