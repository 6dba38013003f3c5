// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>

namespace variometer {

/// cos and sin of rotary positions, half-split form: angle[t, k] = t / theta^(2k / D), k < D/2, the two halves alike.
/// float32 whatever the model computes in. Grows when a longer sequence comes.
class RotaryTable {
 public:
  RotaryTable(double theta, std::int64_t head_dim, const at::Device& device)
      : theta_(theta), head_dim_(head_dim), device_(device) {}

  void reserve(std::int64_t n_token);
  /// (n_token, D) each.
  at::Tensor cos(std::int64_t n_token) const { return cos_.narrow(0, 0, n_token); }
  at::Tensor sin(std::int64_t n_token) const { return sin_.narrow(0, 0, n_token); }
  /// First row of the tables, D floats a row (CPU only).
  const float* cos_data() const { return cos_.const_data_ptr<float>(); }
  const float* sin_data() const { return sin_.const_data_ptr<float>(); }

 private:
  double theta_;
  std::int64_t head_dim_;
  at::Device device_;
  std::int64_t n_token_ = 0;
  at::Tensor cos_, sin_;
};

}  // namespace variometer
