// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/model/block.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/linear.h>
#include <ATen/ops/matmul.h>

namespace variometer {

at::Tensor BlockContext::weight(int index) const {
  if (index == kAbsent) return {};
  return parameters[static_cast<std::size_t>(index)].value.to(device, compute_type);
}

at::Tensor BlockContext::master(int index) const {
  if (index == kAbsent) return {};
  return parameters[static_cast<std::size_t>(index)].value.to(device, at::kFloat);
}

bool BlockContext::keeps_rounding_points() const {
  const auto& first = parameters.front().value;
  return compute_type != at::kFloat && !(first.defined() && first.requires_grad());
}

std::int64_t BlockContext::window(std::int64_t layer) const {
  return options.windows.empty() ? 0 : options.windows[static_cast<std::size_t>(layer)];
}

const Rotation& BlockContext::rotation_of(std::int64_t layer) const {
  const auto index = static_cast<std::size_t>(layer);
  return !options.local_rotation.empty() && options.local_rotation[index] != 0 ? local_rotation : rotation;
}

at::Tensor linear_forward(const BlockContext& context, const LinearLayout& layout, const at::Tensor& x) {
  const auto weight = context.weight(layout.weight), bias = context.weight(layout.bias);
  if (context.options.bias_apart && bias.defined()) return at::matmul(x, weight.t()) + bias;
  return at::linear(x, weight, bias);
}

at::Tensor block_forward(const BlockContext& context, const BlockLayout& block, std::int64_t layer, at::Tensor x) {
  Tap* tap = context.tap;
  const auto norm = [&](const NormLayout& site, const at::Tensor& h) { return norm_forward(context, site, layer, h); };
  const auto attention = [&](const at::Tensor& h) {
    auto out = attention_forward(context, block, layer, h);
    if (context.shows_modules()) tap->attention_output(layer, out.detach());
    return out;
  };
  const auto mlp = [&](const at::Tensor& h) {
    auto out = mlp_forward(context, block, h);
    if (context.shows_modules()) tap->mlp_output(layer, out.detach());
    return out;
  };
  switch (context.options.topology) {
    case Topology::pre:
      x = x + attention(norm(block.attention_norm, x));
      x = x + mlp(norm(block.ffn_norm, x));
      break;
    case Topology::post:
      x = norm(block.attention_norm, x + attention(x));
      x = norm(block.ffn_norm, x + mlp(x));
      break;
    case Topology::out_norm:
      x = x + norm(block.attention_norm, attention(x));
      x = x + norm(block.ffn_norm, mlp(x));
      break;
    case Topology::sandwich:
      x = x + norm(block.attention_post_norm, attention(norm(block.attention_norm, x)));
      x = x + norm(block.ffn_post_norm, mlp(norm(block.ffn_norm, x)));
      break;
    case Topology::parallel_one: {
      const auto h = norm(block.attention_norm, x);
      const auto attended = attention(h);
      x = x + (mlp(h) + attended);
      break;
    }
    case Topology::parallel_two: {
      const auto attended = attention(norm(block.attention_norm, x));
      x = x + (mlp(norm(block.ffn_norm, x)) + attended);
      break;
    }
  }
  if (tap != nullptr) tap->block_output(layer, x.detach());
  return x;
}

}  // namespace variometer
