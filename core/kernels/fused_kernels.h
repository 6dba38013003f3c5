// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>

// The inner loops of training on the CPU: raw float32 pointers, one thread, no LibTorch. Written once over vectors of
// the machine's width and compiled for AVX-512, AVX2 and plain x86-64; `fused_kernels()` picks at run time. Matrices
// are row-major, `ld*` is the distance between rows in floats.
namespace variometer {

enum class FusedNorm { rms, layer_norm, dyt };

/// One norm site: y = weight * normal(x) (+ bias), or weight * tanh(alpha x) (+ bias).
struct FusedNormSite {
  FusedNorm kind = FusedNorm::rms;
  const float* weight = nullptr;
  const float* bias = nullptr;  ///< may be null
  float alpha = 1;              ///< dyt only
  float eps = 1e-5F;
};

/// What a norm's backward adds up, one set per chunk of rows.
struct FusedNormGrad {
  float* weight = nullptr;  ///< [C], added to
  float* bias = nullptr;    ///< [C], added to; may be null
  float* alpha = nullptr;   ///< [1], added to; dyt only
};

/// One (sequence, key/value head) of attention: its group of query heads against its keys. Distances in floats.
struct FusedAttention {
  std::int64_t n_token = 0, head_dim = 0, n_group = 0;  ///< n_group query heads share the key/value head
  const float* q = nullptr;  ///< head g at q + g * head_dim, token t at + t * ld_q; likewise everything below
  const float* k = nullptr;
  const float* v = nullptr;
  std::int64_t ld_q = 0, ld_kv = 0;
  const float* k_slot = nullptr;  ///< [D] the KV-bias slot in front of the keys; null: none
  const float* v_slot = nullptr;
  float slot_offset = 0;  ///< added to the slot's logit
  float scale = 1;
  float* out = nullptr;  ///< (T, n_group D), distance ld_out
  std::int64_t ld_out = 0;
  float* log_sum = nullptr;  ///< [n_group, T] log-sum-exp of each row's logits; forward writes, backward reads
  // Backward only.
  const float* out_grad = nullptr;  ///< as out
  float* q_grad = nullptr;          ///< as q, distance ld_q
  float* k_grad = nullptr;          ///< as k, distance ld_kv
  float* v_grad = nullptr;
  float* k_slot_grad = nullptr;  ///< [D], written
  float* v_slot_grad = nullptr;
};

struct FusedKernels {
  const char* name;

  /// Floats that a packed matrix of K x N takes.
  std::int64_t (*packed_size)(std::int64_t K, std::int64_t N);
  /// Packs B (K x N) for `gemm`: from B[k * ld + n], or with `transposed` from B[n * ld + k].
  void (*pack)(std::int64_t K, std::int64_t N, const float* B, std::int64_t ld, bool transposed, float* packed);
  /// C (M x N) = A (M x K) * packed B (+ `add`: M x N, rows ldc apart, C itself or another) (+ bias [N]); both may be
  /// null.
  void (*gemm)(std::int64_t M, std::int64_t N, std::int64_t K, const float* A, std::int64_t lda, const float* packed,
               float* C, std::int64_t ldc, const float* add, const float* bias);
  /// C (M x N) = A^T B, A (K x M), B (K x N), both read as they lie; scratch: gemm_tn_scratch(N) floats.
  void (*gemm_tn)(std::int64_t M, std::int64_t N, std::int64_t K, const float* A, std::int64_t lda, const float* B,
                  std::int64_t ldb, float* C, std::int64_t ldc, bool accumulate, float* scratch);
  std::int64_t (*gemm_tn_scratch)(std::int64_t N);

  /// (n, C) -> (n, C).
  void (*norm)(const FusedNormSite& site, std::int64_t n, std::int64_t C, const float* x, float* y);
  /// dx += d norm / dx applied to dy; weight, bias, alpha gradients are added to `grad`.
  void (*norm_backward)(const FusedNormSite& site, std::int64_t n, std::int64_t C, const float* x, const float* dy,
                        float* dx, const FusedNormGrad& grad);

  /// Rotates n rows of `n_head` heads in place; cos, sin: row t at + t * D, halves alike. `inverse`: the backward
  /// rotation.
  void (*rotate)(std::int64_t n, std::int64_t n_head, std::int64_t D, const float* cos, const float* sin, float* x,
                 std::int64_t ldx, bool inverse);

  /// y = silu(gate) * up, n floats.
  void (*swiglu)(std::int64_t n, const float* gate, const float* up, float* y);
  /// From dy: gate and up become their gradients, in place, and y the forward value again.
  void (*swiglu_backward)(std::int64_t n, float* gate, float* up, const float* dy, float* y);
  /// y = gelu_new(x).
  void (*gelu)(std::int64_t n, const float* x, float* y);
  /// From dy: x becomes its gradient, in place, and y the forward value again.
  void (*gelu_backward)(std::int64_t n, float* x, const float* dy, float* y);

  /// sum[c] += sum over rows of x (n, C).
  void (*add_columns)(std::int64_t n, std::int64_t C, const float* x, std::int64_t ldx, float* sum);

  /// Floats of scratch for one attention task (forward and backward).
  std::int64_t (*attention_scratch)(std::int64_t n_token, std::int64_t head_dim);
  void (*attention)(const FusedAttention& task, float* scratch);
  void (*attention_backward)(const FusedAttention& task, float* scratch);

  /// Rows of logits (n, V) become (softmax - one-hot) * scale in place; returns the sum of -log p(target). A target
  /// outside [0, V) is the caller's mistake.
  double (*cross_entropy)(std::int64_t n, std::int64_t V, float* logits, const std::int64_t* targets, float scale);
};

const FusedKernels& fused_kernels();

// One per instruction set; null where this build or machine lacks it. For tests.
const FusedKernels* fused_kernels_avx512();
const FusedKernels* fused_kernels_avx2();
const FusedKernels* fused_kernels_generic();

}  // namespace variometer
