// SPDX-License-Identifier: GPL-3.0-or-later
// Causal attention of one key/value head and its query heads, a block of queries at a time: scores exist for one block
// only and are made again in the backward pass from the rows' log-sum-exp. With a KV-bias slot it is key 0 and every
// query sees it. See fused_vector.h for how this file is compiled.
#pragma once

#include "core/kernels/fused_gemm.h"
#include "core/kernels/fused_kernels.h"
#include "core/kernels/fused_rows.h"
#include "core/kernels/fused_vector.h"

namespace variometer::VARIOMETER_ISA {
namespace {

constexpr index kQueryRows = 60;  // a multiple of every tile's rows

inline index padded(index n) { return (n + 15) / 16 * 16; }

// How a task's scratch is cut up.
struct AttentionScratch {
  index n_key, ld_score;
  index size = 0;
  float *keys, *values;                // [n_key, D], slot first
  float *keys_packed, *values_packed;  // D x n_key each, for products with rows of q and of the output's gradient
  float* plain_packed;                 // n_key x D: values forward, keys backward
  float *key_grad, *value_grad;        // [n_key, D]
  float *score, *score_grad;           // [kQueryRows, ld_score]
  float *delta, *product;

  // `base` may be null to ask for the size only.
  AttentionScratch(index n_token, index D, bool slot, float* base)
      : n_key(n_token + (slot ? 1 : 0)), ld_score(padded(n_key)) {
    const auto cut = [&](index n) {
      float* start = base == nullptr ? nullptr : base + size;
      size += padded(n);
      return start;
    };
    keys = cut(n_key * D);
    values = cut(n_key * D);
    keys_packed = cut(packed_size(D, n_key));
    values_packed = cut(packed_size(D, n_key));
    plain_packed = cut(packed_size(n_key, D));
    key_grad = cut(n_key * D);
    value_grad = cut(n_key * D);
    score = cut(kQueryRows * ld_score);
    score_grad = cut(kQueryRows * ld_score);
    delta = cut(kQueryRows);
    product = cut(gemm_tn_scratch(D));
  }
};

index attention_scratch(index n_token, index head_dim) {
  return AttentionScratch(n_token, head_dim, /*slot=*/true, nullptr).size;
}

void gather(index n_token, index D, const float* slot, const float* x, index ld, float* out) {
  if (slot != nullptr) {
    __builtin_memcpy(out, slot, static_cast<std::size_t>(D) * sizeof(float));
    out += D;
  }
  for (index t = 0; t < n_token; ++t)
    __builtin_memcpy(out + t * D, x + t * ld, static_cast<std::size_t>(D) * sizeof(float));
}

void scatter(index n_token, index D, const float* in, float* slot, float* x, index ld) {
  if (slot != nullptr) {
    __builtin_memcpy(slot, in, static_cast<std::size_t>(D) * sizeof(float));
    in += D;
  }
  for (index t = 0; t < n_token; ++t)
    __builtin_memcpy(x + t * ld, in + t * D, static_cast<std::size_t>(D) * sizeof(float));
}

// Scores of one row become e^(scale score - largest); keys from `visible` to `limit` become 0. The sum is left to
// divide by.
struct RowSum {
  float log_sum, inverse;
};

RowSum exponentials_of_row(float* score, index visible, index limit, float scale, float slot_offset) {
  score[0] += slot_offset / scale;
  Vec largest = splat(score[0]);
  for (index j = 0; j < visible; j += kLanes) {
    largest = max(take(score + j, lanes_left(visible - j), score[0]), largest);
  }
  const float top = max_of(largest) * scale;
  Vec sum{};
  for (index j = 0; j < visible; j += kLanes) {
    const index left = lanes_left(visible - j);
    const Vec e = exp(take(score + j, left, -__builtin_inff()) * scale - top);
    sum += e;
    put(score + j, left, e);
  }
  for (index j = visible; j < limit; ++j) score[j] = 0.0F;
  const float total = sum_of(sum);
  return {top + __builtin_logf(total), 1.0F / total};
}

void scale_row(float* x, index n, float factor) {
  for (index i = 0; i < n; i += kLanes) {
    const index left = lanes_left(n - i);
    put(x + i, left, take(x + i, left) * factor);
  }
}

// Keys and values side by side, the slot's first, the keys packed for products with rows of q.
AttentionScratch gather_keys_and_values(const FusedAttention& task, float* scratch) {
  const index T = task.n_token, D = task.head_dim;
  const AttentionScratch s(T, D, task.k_slot != nullptr, scratch);
  gather(T, D, task.k_slot, task.k, task.ld_kv, s.keys);
  gather(T, D, task.v_slot, task.v, task.ld_kv, s.values);
  pack(D, s.n_key, s.keys, D, /*transposed=*/true, s.keys_packed);
  return s;
}

void attention(const FusedAttention& task, float* scratch) {
  const index T = task.n_token, D = task.head_dim;
  const bool slot = task.k_slot != nullptr;
  const AttentionScratch s = gather_keys_and_values(task, scratch);
  pack(s.n_key, D, s.values, D, /*transposed=*/false, s.plain_packed);
  for (index g = 0; g < task.n_group; ++g) {
    for (index first = 0; first < T; first += kQueryRows) {
      const index n = T - first < kQueryRows ? T - first : kQueryRows;
      const index limit = first + n + (slot ? 1 : 0);
      multiply(n, limit, D, task.q + g * D + first * task.ld_q, task.ld_q, s.keys_packed, D, s.score, s.ld_score,
               /*add=*/nullptr, nullptr);
      float* inverse = s.delta;
      for (index i = 0; i < n; ++i) {
        const auto sum = exponentials_of_row(s.score + i * s.ld_score, limit - n + i + 1, limit, task.scale,
                                             slot ? task.slot_offset : 0.0F);
        task.log_sum[g * T + first + i] = sum.log_sum;
        inverse[i] = sum.inverse;
      }
      float* out = task.out + g * D + first * task.ld_out;
      multiply(n, D, limit, s.score, s.ld_score, s.plain_packed, s.n_key, out, task.ld_out, /*add=*/nullptr, nullptr);
      for (index i = 0; i < n; ++i) scale_row(out + i * task.ld_out, D, inverse[i]);
    }
  }
}

// Rows of scores become probabilities again, rows of probability gradients become score gradients (times scale).
void softmax_rows_backward(const FusedAttention& task, const AttentionScratch& s, index n, index limit,
                           const float* log_sum) {
  const float offset = task.k_slot != nullptr ? task.slot_offset : 0.0F;
  for (index i = 0; i < n; ++i) {
    float* score = s.score + i * s.ld_score;
    float* grad = s.score_grad + i * s.ld_score;
    const index visible = limit - n + i + 1;
    score[0] += offset / task.scale;
    for (index j = 0; j < visible; j += kLanes) {
      const index left = lanes_left(visible - j);
      const Vec p = exp(take(score + j, left) * task.scale - log_sum[i]);
      put(score + j, left, p);
      put(grad + j, left, p * (take(grad + j, left) - s.delta[i]) * task.scale);
    }
    for (index j = visible; j < limit; ++j) score[j] = grad[j] = 0.0F;
  }
}

void attention_backward(const FusedAttention& task, float* scratch) {
  const index T = task.n_token, D = task.head_dim;
  const bool slot = task.k_slot != nullptr;
  const AttentionScratch s = gather_keys_and_values(task, scratch);
  pack(D, s.n_key, s.values, D, /*transposed=*/true, s.values_packed);
  pack(s.n_key, D, s.keys, D, /*transposed=*/false, s.plain_packed);
  __builtin_memset(s.key_grad, 0, static_cast<std::size_t>(s.n_key * D) * sizeof(float));
  __builtin_memset(s.value_grad, 0, static_cast<std::size_t>(s.n_key * D) * sizeof(float));
  for (index g = 0; g < task.n_group; ++g) {
    for (index first = 0; first < T; first += kQueryRows) {
      const index n = T - first < kQueryRows ? T - first : kQueryRows;
      const index limit = first + n + (slot ? 1 : 0);
      const float* q = task.q + g * D + first * task.ld_q;
      const float* out = task.out + g * D + first * task.ld_out;
      const float* out_grad = task.out_grad + g * D + first * task.ld_out;
      for (index i = 0; i < n; ++i) {
        Vec dot{};
        for (index d = 0; d < D; d += kLanes) {
          const index left = lanes_left(D - d);
          dot += take(out + i * task.ld_out + d, left) * take(out_grad + i * task.ld_out + d, left);
        }
        s.delta[i] = sum_of(dot);
      }
      multiply(n, limit, D, q, task.ld_q, s.keys_packed, D, s.score, s.ld_score, /*add=*/nullptr, nullptr);
      multiply(n, limit, D, out_grad, task.ld_out, s.values_packed, D, s.score_grad, s.ld_score, /*add=*/nullptr,
               nullptr);
      softmax_rows_backward(task, s, n, limit, task.log_sum + g * T + first);
      multiply(n, D, limit, s.score_grad, s.ld_score, s.plain_packed, s.n_key, task.q_grad + g * D + first * task.ld_q,
               task.ld_q, /*add=*/nullptr, nullptr);
      gemm_tn(limit, D, n, s.score_grad, s.ld_score, q, task.ld_q, s.key_grad, D, /*accumulate=*/true, s.product);
      gemm_tn(limit, D, n, s.score, s.ld_score, out_grad, task.ld_out, s.value_grad, D, /*accumulate=*/true, s.product);
    }
  }
  scatter(T, D, s.key_grad, slot ? task.k_slot_grad : nullptr, task.k_grad, task.ld_kv);
  scatter(T, D, s.value_grad, slot ? task.v_slot_grad : nullptr, task.v_grad, task.ld_kv);
}

}  // namespace
}  // namespace variometer::VARIOMETER_ISA
