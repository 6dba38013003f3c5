// SPDX-License-Identifier: GPL-3.0-or-later
#include <ATen/TensorOperators.h>
#include <ATen/ops/layer_norm.h>
#include <ATen/ops/rsqrt.h>
#include <ATen/ops/tanh.h>

#include "core/model/block.h"
#include "core/model/fused_cuda_path.h"

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

at::Tensor any_norm(const BlockContext& context, int weight_index, int bias_index, const at::Tensor& x) {
  const auto kind = context.options.norm;
  const double eps = context.config.norm_eps;
  if (fuses_on_cuda(context, x)) {
    const CudaNorm norm{.eps = eps,
                        .centred = kind == NormKind::layer_norm || kind == NormKind::layer_norm_wide,
                        .weight_offset = kind == NormKind::rms_plus_one ? 1.0 : 0.0};
    return fused_cuda_norm(norm, x, context.master(weight_index), context.master(bias_index));
  }
  const auto weight = context.weight(weight_index);
  if (kind == NormKind::layer_norm) return at::layer_norm(x, {x.size(-1)}, weight, context.weight(bias_index), eps);
  if (kind == NormKind::layer_norm_wide) {
    return at::layer_norm(x.to(at::kFloat), {x.size(-1)}, {}, {}, eps).to(x.scalar_type());
  }
  return rms_norm(kind, x, weight, eps);
}

}  // namespace

at::Tensor plain_norm_forward(const BlockContext& context, const NormLayout& site, const at::Tensor& x) {
  return any_norm(context, site.weight, site.bias, x);
}

at::Tensor head_norm_forward(const BlockContext& context, const LinearLayout& norm, const at::Tensor& x) {
  // (B, n, T, D) lies in memory as (B, T, n, D): row by row is all the same to a norm, and nothing need be copied.
  if (x.dim() == 4 && fuses_on_cuda(context, x)) {
    return any_norm(context, norm.weight, norm.bias, x.transpose(1, 2)).transpose(1, 2);
  }
  return any_norm(context, norm.weight, norm.bias, x);
}

at::Tensor norm_forward(const BlockContext& context, const NormLayout& site, std::int64_t layer, const at::Tensor& x) {
  if (context.shows_norms()) context.tap->norm_input(layer, site.site, x.detach());
  if (!context.switches.dyt) return plain_norm_forward(context, site, x);
  if (context.before_dyt) context.before_dyt(site, x);
  if (fuses_on_cuda(context, x)) {
    return fused_cuda_dyt(x, context.master(site.alpha), context.master(site.dyt_weight),
                          context.master(site.dyt_bias));
  }
  auto y = context.weight(site.dyt_weight) * at::tanh(context.weight(site.alpha) * x);
  if (site.dyt_bias != kAbsent) y = y + context.weight(site.dyt_bias);
  return y;
}

}  // namespace variometer
