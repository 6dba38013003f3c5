// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/model/block.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/full.h>
#include <ATen/ops/layer_norm.h>
#include <ATen/ops/linear.h>
#include <ATen/ops/matmul.h>
#include <ATen/ops/rsqrt.h>
#include <ATen/ops/scaled_dot_product_attention.h>
#include <ATen/ops/silu.h>
#include <ATen/ops/softmax.h>
#include <ATen/ops/tanh.h>
#include <ATen/ops/zeros.h>

#include <cmath>
#include <limits>
#include <numbers>

namespace variometer {
namespace {

at::Tensor linear(const BlockContext& context, const LinearLayout& layout, const at::Tensor& x) {
  return at::linear(x, context.weight(layout.weight), context.weight(layout.bias));
}

// (B, T, n D) -> (B, n, T, D)
at::Tensor split_heads(const at::Tensor& x, std::int64_t head_dim) {
  return x.view({x.size(0), x.size(1), -1, head_dim}).transpose(1, 2);
}

// x cos + rot(x) sin with rot(x) = (-second half, first half); x is (B, n, T, D).
at::Tensor rotate(const at::Tensor& x, const at::Tensor& cos, const at::Tensor& sin) {
  const auto half = x.size(-1) / 2;
  const auto rotated = at::cat({-x.narrow(-1, half, half), x.narrow(-1, 0, half)}, -1);
  return x * cos + rotated * sin;
}

// Each key/value head serves n_head / n_kv_head consecutive query heads: (B, K, T, D) -> (B, H, T, D).
at::Tensor repeat_heads(const at::Tensor& x, std::int64_t n_head) {
  const auto n_kv_head = x.size(1);
  if (n_kv_head == n_head) return x;
  return x.unsqueeze(2)
      .expand({x.size(0), n_kv_head, n_head / n_kv_head, x.size(2), x.size(3)})
      .reshape({x.size(0), n_head, x.size(2), x.size(3)});
}

// 0 where query i may look at a key, -infinity elsewhere: (T, T), or (T, 1 + T) with the slot's logit offset in column
// 0.
at::Tensor causal_mask(std::int64_t n_token, bool slot, double offset, const at::Tensor& like) {
  auto mask = at::full({n_token, n_token}, -std::numeric_limits<double>::infinity(), like.options()).triu(1);
  if (slot) mask = at::cat({at::full({n_token, 1}, offset, like.options()), mask}, 1);
  return mask;
}

// q (B, H, T, D); k, v (B, H, T or 1 + T, D) -> (B, H, T, D).
at::Tensor attend(const BlockContext& context, std::int64_t layer, const at::Tensor& q, const at::Tensor& k,
                  const at::Tensor& v) {
  const bool slot = context.switches.kv_bias;
  const double offset = context.switches.kv_logit_offset;
  const auto n_token = q.size(2);
  if (context.tap != nullptr && context.tap->wants_attention()) {
    const double scale = 1.0 / std::sqrt(static_cast<double>(q.size(3)));
    const auto scores = at::matmul(q, k.transpose(2, 3)) * scale + causal_mask(n_token, slot, offset, q);
    const auto probabilities = at::softmax(scores, -1, at::kFloat).to(q.scalar_type());
    context.tap->attention(layer, probabilities.detach());
    return at::matmul(probabilities, v);
  }
  if (!slot) return at::scaled_dot_product_attention(q, k, v, {}, 0.0, /*is_causal=*/true);
  if (offset != 0) {
    return at::scaled_dot_product_attention(q, k, v, causal_mask(n_token, slot, offset, q), 0.0, /*is_causal=*/false);
  }
  // Rectangular causal masks align top-left and would hide each query's own key. A dummy query in front makes the
  // square causal kernel see slot and keys as it should; its row is dropped.
  const auto dummy = at::zeros({q.size(0), q.size(1), 1, q.size(3)}, q.options());
  const auto out = at::scaled_dot_product_attention(at::cat({dummy, q}, 2), k, v, {}, 0.0, /*is_causal=*/true);
  return out.narrow(2, 1, n_token);
}

at::Tensor attention_forward(const BlockContext& context, const BlockLayout& block, std::int64_t layer,
                             const at::Tensor& x) {
  const auto& config = context.config;
  const auto n_batch = x.size(0);
  const auto n_token = x.size(1);
  at::Tensor q, k, v;
  if (context.options.qkv == QkvKind::concatenated) {
    const auto q_width = config.n_head * config.head_dim;
    const auto kv_width = config.n_kv_head * config.head_dim;
    const auto qkv = linear(context, block.qkv, x);
    q = qkv.narrow(2, 0, q_width);
    k = qkv.narrow(2, q_width, kv_width);
    v = qkv.narrow(2, q_width + kv_width, kv_width);
  } else {
    q = linear(context, block.q, x);
    k = linear(context, block.k, x);
    v = linear(context, block.v, x);
  }
  q = split_heads(q, config.head_dim);
  k = split_heads(k, config.head_dim);
  v = split_heads(v, config.head_dim);
  if (context.options.positions == PositionKind::rotary) {
    q = rotate(q, context.cos, context.sin);
    k = rotate(k, context.cos, context.sin);
  }
  if (context.switches.kv_bias) {  // 2503.22329, eq. 3: after the rotation, no position of its own
    const auto k_bias = context.weight(block.k_bias).expand({n_batch, -1, -1, -1});
    const auto v_bias = context.weight(block.v_bias).expand({n_batch, -1, -1, -1});
    k = at::cat({k_bias, k}, 2);
    v = at::cat({v_bias, v}, 2);
  }
  const auto out = attend(context, layer, q, repeat_heads(k, config.n_head), repeat_heads(v, config.n_head));
  return linear(context, block.o, out.transpose(1, 2).reshape({n_batch, n_token, -1}));
}

// 0.5 x (1 + tanh(sqrt(2/pi) (x + 0.044715 x^3))), in Hugging Face's order of operations.
at::Tensor gelu_new(const at::Tensor& x) {
  const double scale = std::sqrt(2.0 / std::numbers::pi);
  return 0.5 * x * (1.0 + at::tanh(scale * (x + 0.044715 * x.pow(3.0))));
}

at::Tensor mlp_forward(const BlockContext& context, const BlockLayout& block, const at::Tensor& x) {
  if (context.options.mlp == MlpKind::gated_silu) {
    return linear(context, block.down, at::silu(linear(context, block.gate, x)) * linear(context, block.up, x));
  }
  return linear(context, block.down, gelu_new(linear(context, block.up, x)));
}

}  // namespace

at::Tensor BlockContext::weight(int index) const {
  if (index == kAbsent) return {};
  return parameters[static_cast<std::size_t>(index)].value.to(compute_type);
}

at::Tensor norm_forward(const BlockContext& context, const NormLayout& site, const at::Tensor& x) {
  if (context.switches.dyt) {
    if (context.before_dyt) context.before_dyt(site, x);
    auto y = context.weight(site.dyt_weight) * at::tanh(context.weight(site.alpha) * x);
    if (site.dyt_bias != kAbsent) y = y + context.weight(site.dyt_bias);
    return y;
  }
  return plain_norm_forward(context, site, x);
}

at::Tensor plain_norm_forward(const BlockContext& context, const NormLayout& site, const at::Tensor& x) {
  const double eps = context.config.norm_eps;
  if (context.options.norm == NormKind::layer_norm) {
    return at::layer_norm(x, {x.size(-1)}, context.weight(site.weight), context.weight(site.bias), eps);
  }
  const auto wide = x.to(at::kFloat);
  const auto normal = wide * at::rsqrt(wide.pow(2).mean(-1, /*keepdim=*/true) + eps);
  return context.weight(site.weight) * normal.to(x.scalar_type());
}

at::Tensor block_forward(const BlockContext& context, const BlockLayout& block, std::int64_t layer, at::Tensor x) {
  Tap* tap = context.tap;
  const bool shows_norms = tap != nullptr && tap->wants_norm_input();
  const bool shows_modules = tap != nullptr && tap->wants_module_outputs();
  if (shows_norms) tap->norm_input(layer, 0, x.detach());
  const auto attention = attention_forward(context, block, layer, norm_forward(context, block.attention_norm, x));
  if (shows_modules) tap->attention_output(layer, attention.detach());
  x = x + attention;
  if (shows_norms) tap->norm_input(layer, 1, x.detach());
  const auto mlp = mlp_forward(context, block, norm_forward(context, block.ffn_norm, x));
  if (shows_modules) tap->mlp_output(layer, mlp.detach());
  x = x + mlp;
  if (tap != nullptr) tap->block_output(layer, x.detach());
  return x;
}

}  // namespace variometer
