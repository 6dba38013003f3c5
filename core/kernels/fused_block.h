// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>

#include "core/kernels/fused_kernels.h"

// One decoder block, forward and backward, by hand on the CPU: three parallel passes over rows and heads forward, four
// backward, no intermediate that a later pass does not need. float32 raw pointers; no LibTorch in sight. N = B T rows.
namespace variometer {

/// y = x W^T (+ bias); weight [n_out, n_in]. Gradients are written, not added to; null: not wanted.
struct FusedLinear {
  const float* weight = nullptr;
  const float* bias = nullptr;
  std::int64_t n_out = 0, n_in = 0;
  float* weight_grad = nullptr;
  float* bias_grad = nullptr;
};

struct FusedBlock {
  std::int64_t B = 0, T = 0, C = 0;
  std::int64_t n_head = 0, n_kv_head = 0, head_dim = 0, n_inner = 0;

  FusedNormSite attention_norm, ffn_norm;
  FusedLinear qkv[3];  ///< q, k, v; or one of all three widths
  int n_qkv = 0;
  FusedLinear o, gate, up, down;  ///< gate.weight null: the plain MLP with gelu_new
  const float* cos = nullptr;     ///< (T, D); null: no rotary positions
  const float* sin = nullptr;
  const float* k_slot = nullptr;  ///< [n_kv_head, D]; null: no KV bias
  const float* v_slot = nullptr;
  float slot_offset = 0;

  // Made by the forward pass, read (and partly overwritten) by the backward pass.
  const float* x = nullptr;   ///< (N, C) input
  float* qkv_out = nullptr;   ///< (N, (H + 2 K) D), rotated
  float* attended = nullptr;  ///< (N, H D) before o
  float* log_sum = nullptr;   ///< (B, K, group, T)
  float* mid = nullptr;       ///< (N, C) residual stream between attention and MLP
  float* gate_out = nullptr;  ///< (N, I); unused by the plain MLP
  float* up_out = nullptr;    ///< (N, I)
  float* y = nullptr;         ///< (N, C) output

  // Gradients, written.
  FusedNormGrad attention_norm_grad, ffn_norm_grad;
  float* k_slot_grad = nullptr;
  float* v_slot_grad = nullptr;

  std::int64_t n_row() const { return B * T; }
  std::int64_t q_width() const { return n_head * head_dim; }
  std::int64_t kv_width() const { return n_kv_head * head_dim; }
  std::int64_t qkv_width() const { return q_width() + 2 * kv_width(); }
};

void fused_block_forward(const FusedBlock& block);
/// dy, dx (N, C). Once for a forward pass.
void fused_block_backward(const FusedBlock& block, const float* dy, float* dx);

}  // namespace variometer
