// SPDX-License-Identifier: GPL-3.0-or-later
#include <ATen/TensorOperators.h>
#include <ATen/ops/layer_norm.h>
#include <ATen/ops/rsqrt.h>
#include <ATen/ops/tanh.h>

#include "core/model/block.h"

namespace variometer {
namespace {

// The mean of squares and the division by its root are float32 in every form; they differ in where the weight comes in.
at::Tensor rms_norm(NormKind kind, const at::Tensor& x, const at::Tensor& weight, double eps) {
  const auto wide = x.to(at::kFloat);
  const auto normal = wide * at::rsqrt(wide.pow(2).mean(-1, /*keepdim=*/true) + eps);
  if (kind == NormKind::rms_plus_one) return (normal * (1.0 + weight.to(at::kFloat))).to(x.scalar_type());
  if (kind == NormKind::rms_wide) return (weight * normal).to(x.scalar_type());
  return weight * normal.to(x.scalar_type());
}

at::Tensor any_norm(NormKind kind, const at::Tensor& x, const at::Tensor& weight, const at::Tensor& bias, double eps) {
  if (kind == NormKind::layer_norm) return at::layer_norm(x, {x.size(-1)}, weight, bias, eps);
  if (kind == NormKind::layer_norm_wide) {
    return at::layer_norm(x.to(at::kFloat), {x.size(-1)}, {}, {}, eps).to(x.scalar_type());
  }
  return rms_norm(kind, x, weight, eps);
}

}  // namespace

at::Tensor plain_norm_forward(const BlockContext& context, const NormLayout& site, const at::Tensor& x) {
  return any_norm(context.options.norm, x, context.weight(site.weight), context.weight(site.bias),
                  context.config.norm_eps);
}

at::Tensor head_norm_forward(const BlockContext& context, const LinearLayout& norm, const at::Tensor& x) {
  return any_norm(context.options.norm, x, context.weight(norm.weight), context.weight(norm.bias),
                  context.config.norm_eps);
}

at::Tensor norm_forward(const BlockContext& context, const NormLayout& site, std::int64_t layer, const at::Tensor& x) {
  if (context.shows_norms()) context.tap->norm_input(layer, site.site, x.detach());
  if (!context.switches.dyt) return plain_norm_forward(context, site, x);
  if (context.before_dyt) context.before_dyt(site, x);
  auto y = context.weight(site.dyt_weight) * at::tanh(context.weight(site.alpha) * x);
  if (site.dyt_bias != kAbsent) y = y + context.weight(site.dyt_bias);
  return y;
}

}  // namespace variometer
