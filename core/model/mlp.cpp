// SPDX-License-Identifier: GPL-3.0-or-later
#include <ATen/TensorOperators.h>
#include <ATen/ops/gelu.h>
#include <ATen/ops/relu.h>
#include <ATen/ops/sigmoid.h>
#include <ATen/ops/silu.h>
#include <ATen/ops/tanh.h>

#include <cmath>
#include <numbers>

#include "core/model/block.h"
#include "core/model/fused_cuda_path.h"

namespace variometer {
namespace {

// In Hugging Face's order of operations: each step is rounded to the compute type.
at::Tensor activate(const BlockContext& context, const at::Tensor& x) {
  switch (context.options.activation) {
    case Activation::silu: return at::silu(x);
    case Activation::gelu: return at::gelu(x);
    case Activation::gelu_tanh: return at::gelu(x, "tanh");
    case Activation::gelu_new: {
      if (fuses_on_cuda(context, x)) return fused_cuda_gelu(x);
      const double scale = std::sqrt(2.0 / std::numbers::pi);
      return 0.5 * x * (1.0 + at::tanh(scale * (x + 0.044715 * x.pow(3.0))));
    }
    case Activation::gelu_fast: return 0.5 * x * (1.0 + at::tanh(x * 0.7978845608 * (1.0 + 0.044715 * x * x)));
    case Activation::quick_gelu: return x * at::sigmoid(1.702 * x);
    case Activation::relu: return at::relu(x);
    case Activation::relu_squared: return at::relu(x).pow(2);
  }
  return x;
}

}  // namespace

at::Tensor mlp_forward(const BlockContext& context, const BlockLayout& block, const at::Tensor& x) {
  const auto act = context.options.activation;
  switch (context.options.mlp) {
    case MlpKind::plain:
      return linear_forward(context, block.down, activate(context, linear_forward(context, block.up, x)));
    case MlpKind::gated: {
      const auto gate = linear_forward(context, block.gate, x), up = linear_forward(context, block.up, x);
      const bool fused = act == Activation::silu && fuses_on_cuda(context, gate);
      return linear_forward(context, block.down, fused ? fused_cuda_swiglu(gate, up) : activate(context, gate) * up);
    }
    case MlpKind::gated_fused: break;
  }
  const auto both = linear_forward(context, block.gate_up, x);
  if (act == Activation::silu && fuses_on_cuda(context, both)) {
    return linear_forward(context, block.down, fused_cuda_swiglu(both, {}));
  }
  const auto width = both.size(-1) / 2;
  const auto gate = both.narrow(-1, 0, width), up = both.narrow(-1, width, width);
  return linear_forward(context, block.down, up * activate(context, gate));
}

}  // namespace variometer
