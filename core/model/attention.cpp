// SPDX-License-Identifier: GPL-3.0-or-later
#include <ATen/TensorOperators.h>
#include <ATen/core/grad_mode.h>
#include <ATen/ops/arange.h>
#include <ATen/ops/baddbmm.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/clamp.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/full.h>
#include <ATen/ops/matmul.h>
#include <ATen/ops/pow.h>
#include <ATen/ops/scaled_dot_product_attention.h>
#include <ATen/ops/softmax.h>
#include <ATen/ops/tanh.h>
#include <ATen/ops/zeros.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <vector>

#include "core/model/block.h"
#include "core/model/fused_cuda_path.h"
#include "core/model/partial_taps.h"

namespace variometer {
namespace {

// (B, T, n D) -> (B, n, T, D)
at::Tensor split_heads(const at::Tensor& x, std::int64_t head_dim) {
  return x.reshape({x.size(0), x.size(1), -1, head_dim}).transpose(1, 2);
}

// x cos + rot(x) sin with rot(x) = (-second half, first half), over the first dimensions; x is (B, n, T, D).
at::Tensor rotate(const BlockContext& context, const at::Tensor& x, const Rotation& rotation) {
  if (fuses_on_cuda(context, x))
    return fused_cuda_rotate(x.transpose(1, 2), rotation.cos, rotation.sin).transpose(1, 2);
  const auto dim = rotation.cos.size(-1);
  const bool partial = dim < x.size(-1);
  const auto turned = partial ? x.narrow(-1, 0, dim) : x;
  const auto half = dim / 2;
  const auto other = at::cat({-turned.narrow(-1, half, half), turned.narrow(-1, 0, half)}, -1);
  const auto y = (turned * rotation.cos + other * rotation.sin).to(x.scalar_type());
  return partial ? at::cat({y, x.narrow(-1, dim, x.size(-1) - dim)}, -1) : y;
}

// Each key/value head serves n_head / n_kv_head consecutive query heads: (B, K, T, D) -> (B, H, T, D).
at::Tensor repeat_heads(const at::Tensor& x, std::int64_t n_head) {
  const auto n_kv_head = x.size(1);
  if (n_kv_head == n_head) return x;
  return x.unsqueeze(2)
      .expand({x.size(0), n_kv_head, n_head / n_kv_head, x.size(2), x.size(3)})
      .reshape({x.size(0), n_head, x.size(2), x.size(3)});
}

// 0 where query first + i may look at a key, -infinity elsewhere: (n, first + n), or one column more with the slot's
// logit offset in column 0, which every query sees.
at::Tensor causal_mask(std::int64_t first, std::int64_t n, std::int64_t window, bool slot, double offset,
                       at::TensorOptions like) {
  constexpr double kNever = -std::numeric_limits<double>::infinity();
  const auto n_key = first + n;
  auto mask = at::full({n, n_key}, kNever, like).triu(1 + first);
  if (window > 0 && window < n_key) mask = mask + at::full({n, n_key}, kNever, like).tril(first - window);
  if (slot) mask = at::cat({at::full({n, 1}, offset, like), mask}, 1);
  return mask;
}

struct Heads {
  at::Tensor q, k, v;  // (B, n, T, D), still unrotated
};

Heads split_one_projection(const BlockContext& context, const at::Tensor& qkv) {
  const auto& config = context.config;
  const auto B = qkv.size(0), T = qkv.size(1), D = config.head_dim;
  if (context.options.qkv == QkvKind::concatenated) {
    const auto q_width = config.n_head * D, kv_width = config.n_kv_head * D;
    return {split_heads(qkv.narrow(2, 0, q_width), D), split_heads(qkv.narrow(2, q_width, kv_width), D),
            split_heads(qkv.narrow(2, q_width + kv_width, kv_width), D)};
  }
  if (context.options.qkv == QkvKind::per_head) {
    const auto heads = qkv.view({B, T, config.n_head, 3 * D}).transpose(1, 2);
    return {heads.narrow(-1, 0, D), heads.narrow(-1, D, D), heads.narrow(-1, 2 * D, D)};
  }
  const auto group = config.n_head / config.n_kv_head;
  const auto groups = qkv.view({B, T, config.n_kv_head, group + 2, D});
  return {groups.narrow(3, 0, group).reshape({B, T, config.n_head, D}).transpose(1, 2),
          groups.select(3, group).transpose(1, 2), groups.select(3, group + 1).transpose(1, 2)};
}

Heads heads_of(const BlockContext& context, const BlockLayout& block, const at::Tensor& x) {
  const auto& options = context.options;
  const auto D = context.config.head_dim;
  if (options.qkv != QkvKind::separate) {
    auto qkv = linear_forward(context, block.qkv, x);
    if (options.clip_qkv > 0) qkv = at::clamp(qkv, -options.clip_qkv, options.clip_qkv);
    return split_one_projection(context, qkv);
  }
  std::array<at::Tensor, 3> all{linear_forward(context, block.q, x), linear_forward(context, block.k, x),
                                linear_forward(context, block.v, x)};
  for (auto& each : all) {
    if (options.clip_qkv > 0) each = at::clamp(each, -options.clip_qkv, options.clip_qkv);
  }
  if (options.qk_norm == QkNorm::full_width) {
    all[0] = head_norm_forward(context, block.q_norm, all[0]);
    all[1] = head_norm_forward(context, block.k_norm, all[1]);
  }
  return {split_heads(all[0], D), split_heads(all[1], D), split_heads(all[2], D)};
}

double scale_of(const BlockContext& context, std::int64_t layer) {
  const auto& options = context.options;
  double scale = options.attention_scale > 0 ? options.attention_scale
                                             : std::pow(static_cast<double>(context.config.head_dim), -0.5);
  if (options.scale_by_layer) scale /= static_cast<double>(layer) + 1;
  return scale;
}

// A number as a tensor of this type would hold it.
double rounded(double value, at::ScalarType type) {
  if (type == at::kBFloat16) return static_cast<float>(at::BFloat16(static_cast<float>(value)));
  if (type == at::kHalf) return static_cast<float>(at::Half(static_cast<float>(value)));
  return value;
}

// q k^T with its scale, before mask and softmax: (B, H, T, K).
at::Tensor scores_of(const BlockContext& context, std::int64_t layer, const at::Tensor& q, const at::Tensor& k) {
  const double scale = scale_of(context, layer);
  const auto keys = k.transpose(2, 3);
  switch (context.options.scale) {
    case ScaleKind::multiply_queries: return at::matmul(q, keys);
    case ScaleKind::divide_scores: return at::matmul(q, keys) / (1 / scale);
    case ScaleKind::divide_rounded: {
      // The layer's number is divided by on its own: each step rounds.
      const double number = context.options.scale_by_layer ? static_cast<double>(layer) + 1 : 1;
      const auto scores = at::matmul(q, keys) / rounded(1 / (scale * number), q.scalar_type());
      return context.options.scale_by_layer ? scores / number : scores;
    }
    case ScaleKind::inside_product: {
      const auto flat = q.to(at::kFloat).flatten(0, 1), flat_keys = keys.to(at::kFloat).flatten(0, 1);
      const auto empty = at::zeros({flat.size(0), flat.size(1), flat_keys.size(2)}, flat.options());
      return at::baddbmm(empty, flat, flat_keys, /*beta=*/0, /*alpha=*/scale)
          .view({q.size(0), q.size(1), q.size(2), k.size(2)});
    }
    case ScaleKind::multiply_scores: break;
  }
  return at::matmul(q, keys) * scale;
}

// Falcon's bias, in front of which the slot has none: (H, 1, K).
at::Tensor alibi_of(const BlockContext& context) {
  if (!context.switches.kv_bias) return context.alibi;
  return at::cat({at::zeros({context.alibi.size(0), 1, 1}, context.alibi.options()), context.alibi}, 2);
}

// What queries first .. first + n - 1 give to the keys they see, as Hugging Face's eager attention does it:
// q (B, H, n, D), k (B, H, first + n [+ 1], D) -> (B, H, n, first + n [+ 1]).
at::Tensor probabilities_of(const BlockContext& context, std::int64_t layer, std::int64_t first, const at::Tensor& q,
                            const at::Tensor& k) {
  const auto& options = context.options;
  at::Tensor scores;
  if (context.alibi.defined()) {
    const auto bias = alibi_of(context).narrow(2, 0, k.size(2));
    scores = (at::matmul(q, k.transpose(2, 3)).to(at::kFloat) + bias) * scale_of(context, layer);
    if (options.alibi_twice) {
      const double root = std::sqrt(static_cast<double>(context.config.head_dim));
      scores = scores + bias.to(q.scalar_type()) / root;
    }
    scores = scores.to(q.scalar_type());
  } else {
    scores = scores_of(context, layer, q, k);
  }
  if (options.attention_cap > 0) {
    scores = at::tanh(scores / options.attention_cap) * options.attention_cap;
  }
  scores = scores + causal_mask(first, q.size(2), context.window(layer), context.switches.kv_bias,
                                context.switches.kv_logit_offset, q.options());
  return options.narrow_softmax ? at::softmax(scores, -1).to(q.scalar_type())
                                : at::softmax(scores, -1, at::kFloat).to(q.scalar_type());
}

// Queries done at a time where nothing has to be kept for gradients: their scores stay in the caches, and keys that none
// of them sees are never looked at.
constexpr std::int64_t kRowsAtOnce = 256;

// The same, some queries after others.
at::Tensor attend_in_rows(const BlockContext& context, std::int64_t layer, const at::Tensor& q, const at::Tensor& k,
                          const at::Tensor& v) {
  const auto n_query = q.size(2), more = k.size(2) - n_query;
  const bool shown = context.tap != nullptr && context.tap->wants_attention();
  auto* row_tap = shown ? dynamic_cast<RowTap*>(context.tap) : nullptr;
  at::Tensor whole;
  if (shown && row_tap == nullptr) whole = at::zeros({q.size(0), q.size(1), n_query, k.size(2)}, q.options());
  std::vector<at::Tensor> out;
  for (std::int64_t first = 0; first < n_query; first += kRowsAtOnce) {
    const auto n = std::min(kRowsAtOnce, n_query - first), n_key = more + first + n;
    const auto p = probabilities_of(context, layer, first, q.narrow(2, first, n), k.narrow(2, 0, n_key));
    if (row_tap != nullptr) row_tap->attention_rows(layer, first, n_query, p);
    if (whole.defined()) whole.narrow(2, first, n).narrow(3, 0, n_key).copy_(p);
    out.push_back(at::matmul(p, v.narrow(2, 0, n_key)));
  }
  if (whole.defined()) context.tap->attention(layer, whole);
  return at::cat(out, 2);
}

// q (B, H, T, D); k, v (B, H, T or 1 + T, D) -> (B, H, T, D).
at::Tensor attend_eagerly(const BlockContext& context, std::int64_t layer, const at::Tensor& q, const at::Tensor& k,
                          const at::Tensor& v) {
  if (!at::GradMode::is_enabled() && q.size(2) > kRowsAtOnce) return attend_in_rows(context, layer, q, k, v);
  const auto probabilities = probabilities_of(context, layer, 0, q, k);
  if (context.tap != nullptr && context.tap->wants_attention()) context.tap->attention(layer, probabilities.detach());
  return at::matmul(probabilities, v);
}

// Whether LibTorch's fused attention says the same up to rounding: plain causal scores at the usual scale.
bool is_plain(const BlockContext& context, std::int64_t layer, std::int64_t n_token) {
  const auto& options = context.options;
  const auto window = context.window(layer);
  return !context.alibi.defined() && options.attention_cap == 0 && options.attention_scale == 0 &&
         !options.scale_by_layer && options.scale != ScaleKind::multiply_queries && (window == 0 || window >= n_token);
}

at::Tensor attend(const BlockContext& context, std::int64_t layer, const at::Tensor& q, const at::Tensor& k,
                  const at::Tensor& v) {
  const auto n_token = q.size(2);
  const bool shown = context.tap != nullptr && context.tap->wants_attention();
  if (shown || context.keeps_rounding_points() || !is_plain(context, layer, n_token))
    return attend_eagerly(context, layer, q, k, v);
  const double offset = context.switches.kv_logit_offset;
  if (!context.switches.kv_bias) return at::scaled_dot_product_attention(q, k, v, {}, 0.0, /*is_causal=*/true);
  if (offset != 0) {
    return at::scaled_dot_product_attention(q, k, v, causal_mask(0, n_token, 0, true, offset, q.options()), 0.0,
                                            /*is_causal=*/false);
  }
  // Rectangular causal masks align top-left and would hide each query's own key. A dummy query in front makes the
  // square causal kernel see slot and keys as it should; its row is dropped.
  const auto dummy = at::zeros({q.size(0), q.size(1), 1, q.size(3)}, q.options());
  const auto out = at::scaled_dot_product_attention(at::cat({dummy, q}, 2), k, v, {}, 0.0, /*is_causal=*/true);
  return out.narrow(2, 1, n_token);
}

}  // namespace

at::Tensor alibi_bias(std::int64_t n_head, std::int64_t n_token) {
  std::int64_t power = 1;
  while (2 * power <= n_head) power *= 2;
  const auto slopes_from = [](double exponent, std::int64_t first, std::int64_t last, std::int64_t step) {
    const auto base = at::full({}, std::pow(2.0, exponent), at::kFloat);
    return at::pow(base, at::arange(first, last, step, at::kInt));
  };
  const auto p = static_cast<double>(power);
  auto slopes = slopes_from(-8 / p, 1, power + 1, 1);
  if (power < n_head) {
    const auto rest = std::min(power, n_head - power);
    slopes = at::cat({slopes, slopes_from(-4 / p, 1, 1 + 2 * rest, 2)}, 0);
  }
  const auto position = at::arange(n_token, at::kLong);
  return (slopes.unsqueeze(1).to(at::kBFloat16) * position).unsqueeze(1).to(at::kFloat);
}

at::Tensor attention_forward(const BlockContext& context, const BlockLayout& block, std::int64_t layer,
                             const at::Tensor& x) {
  const auto& config = context.config;
  auto [q, k, v] = heads_of(context, block, x);
  if (context.options.qk_norm == QkNorm::per_head) {
    q = head_norm_forward(context, block.q_norm, q);
    k = head_norm_forward(context, block.k_norm, k);
  }
  const auto& rotation = context.rotation_of(layer);
  if (rotation.cos.defined()) {
    q = rotate(context, q, rotation);
    k = rotate(context, k, rotation);
  }
  if (context.options.scale == ScaleKind::multiply_queries) q = q * scale_of(context, layer);
  if (context.switches.kv_bias) {  // 2503.22329, eq. 3: after the rotation, no position of its own
    const auto n_batch = x.size(0);
    k = at::cat({context.weight(block.k_bias).expand({n_batch, -1, -1, -1}), k}, 2);
    v = at::cat({context.weight(block.v_bias).expand({n_batch, -1, -1, -1}), v}, 2);
  }
  const auto out = attend(context, layer, q, repeat_heads(k, config.n_head), repeat_heads(v, config.n_head));
  return linear_forward(context, block.o, out.transpose(1, 2).reshape({x.size(0), x.size(1), -1}));
}

}  // namespace variometer
