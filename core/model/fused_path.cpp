// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/model/fused_path.h"

#include <ATen/core/grad_mode.h>
#include <ATen/core/ivalue.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/empty_like.h>
#include <torch/csrc/autograd/custom_function.h>

#include <algorithm>
#include <utility>
#include <vector>

#include "core/kernels/fused_block.h"
#include "core/kernels/fused_passes.h"

namespace variometer {
namespace {

using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

// A fused operator's arguments between forward and backward: the tensors keep alive what the raw pointers point at.
// Parameters are collected with the place where their gradient's address belongs.
class Collected : public torch::CustomClassHolder {
 public:
  // The address of a parameter's values; null for kAbsent.
  const float* value(const BlockContext& context, int index, float** grad) {
    if (index == kAbsent) return nullptr;
    const auto tensor = context.weight(index).contiguous();
    parameters.push_back(tensor);
    grads.push_back(grad);
    return tensor.const_data_ptr<float>();
  }

  FusedNormSite site(const BlockContext& context, const NormLayout& layout, FusedNormGrad& grad) {
    FusedNormSite site;
    site.eps = static_cast<float>(context.config.norm_eps);
    if (context.switches.dyt) {
      site.kind = FusedNorm::dyt;
      site.alpha = *value(context, layout.alpha, &grad.alpha);
      site.weight = value(context, layout.dyt_weight, &grad.weight);
      site.bias = value(context, layout.dyt_bias, &grad.bias);
    } else {
      site.kind = context.options.norm == NormKind::rms ? FusedNorm::rms : FusedNorm::layer_norm;
      site.weight = value(context, layout.weight, &grad.weight);
      site.bias = value(context, layout.bias, &grad.bias);
    }
    return site;
  }

  void linear(const BlockContext& context, const LinearLayout& layout, FusedLinear& linear) {
    if (layout.weight == kAbsent) return;
    linear.weight = value(context, layout.weight, &linear.weight_grad);
    linear.n_out = parameters.back().size(0);
    linear.n_in = parameters.back().size(1);
    linear.bias = value(context, layout.bias, &linear.bias_grad);
  }

  float* buffer(at::IntArrayRef shape) {
    buffers.push_back(at::empty(shape, at::kFloat));
    return buffers.back().mutable_data_ptr<float>();
  }

  // New gradients, their addresses filled in where they belong; once.
  variable_list new_grads() {
    TORCH_CHECK(!std::exchange(spent, true), "a fused operator's backward pass runs once for each forward pass");
    variable_list out;
    for (std::size_t i = 0; i < parameters.size(); ++i) {
      out.push_back(at::empty_like(parameters[i]));
      *grads[i] = out.back().mutable_data_ptr<float>();
    }
    return out;
  }

  std::vector<at::Tensor> parameters;  // without gradient history of their own: inputs of the operator
  std::vector<float**> grads;
  std::vector<at::Tensor> buffers;
  at::Tensor x;
  at::Tensor mid;  // of a block: (B, T, C) between attention and MLP
  FusedBlock block;
  FusedNormSite norm;  // of a lone norm
  FusedNormGrad norm_grad;
  bool spent = false;
};

using CollectedPtr = c10::intrusive_ptr<Collected>;

constexpr const char* kKey = "collected";

Collected& collected(AutogradContext* context) {
  return static_cast<Collected&>(*context->saved_data[kKey].toCapsule());
}

class BlockFunction : public torch::autograd::Function<BlockFunction> {
 public:
  static at::Tensor forward(AutogradContext* context, const at::Tensor& x, at::TensorList /*parameters*/,
                            const CollectedPtr& saved) {
    auto y = at::empty_like(x);
    saved->block.y = y.mutable_data_ptr<float>();
    fused_block_forward(saved->block);
    if (context != nullptr) context->saved_data[kKey] = c10::IValue::make_capsule(saved);
    return y;
  }

  static variable_list backward(AutogradContext* context, variable_list gradient) {
    auto& saved = collected(context);
    auto grads = saved.new_grads();
    auto x_grad = at::empty_like(saved.x);
    const auto y_grad = gradient[0].contiguous();
    fused_block_backward(saved.block, y_grad.const_data_ptr<float>(), x_grad.mutable_data_ptr<float>());
    saved.buffers.clear();  // the graph may outlive the pass
    saved.mid.reset();
    grads.insert(grads.begin(), std::move(x_grad));
    grads.emplace_back();  // for the third argument
    return grads;
  }
};

void norm_rows(const Collected& saved, float* y) {
  const auto C = saved.x.size(-1);
  const RowChunks chunks(saved.x.numel() / C);
  const float* x = saved.x.const_data_ptr<float>();
  fused_parallel(chunks.count, [&](std::int64_t chunk) {
    const auto offset = chunks.first(chunk) * C;
    fused_kernels().norm(saved.norm, chunks.rows(chunk), C, x + offset, y + offset);
  });
}

class NormFunction : public torch::autograd::Function<NormFunction> {
 public:
  static at::Tensor forward(AutogradContext* context, const at::Tensor& x, at::TensorList /*parameters*/,
                            const CollectedPtr& saved) {
    auto y = at::empty_like(x);
    norm_rows(*saved, y.mutable_data_ptr<float>());
    context->saved_data[kKey] = c10::IValue::make_capsule(saved);
    return y;
  }

  static variable_list backward(AutogradContext* context, variable_list gradient) {
    auto& saved = collected(context);
    auto grads = saved.new_grads();
    auto x_grad = at::empty_like(saved.x).zero_();
    const auto y_grad = gradient[0].contiguous();
    const auto C = saved.x.size(-1);
    const RowChunks chunks(saved.x.numel() / C);
    NormGradSums sums(chunks.count, C);
    const float* x = saved.x.const_data_ptr<float>();
    const float* dy = y_grad.const_data_ptr<float>();
    float* dx = x_grad.mutable_data_ptr<float>();
    fused_parallel(chunks.count, [&](std::int64_t chunk) {
      const auto offset = chunks.first(chunk) * C;
      fused_kernels().norm_backward(saved.norm, chunks.rows(chunk), C, x + offset, dy + offset, dx + offset,
                                    sums.of(chunk, saved.norm_grad));
    });
    sums.finish(saved.norm_grad);
    grads.insert(grads.begin(), std::move(x_grad));
    grads.emplace_back();
    return grads;
  }
};

CollectedPtr collect_block(const BlockContext& context, const BlockLayout& layout, const at::Tensor& x) {
  auto saved = c10::make_intrusive<Collected>();
  const auto& config = context.config;
  auto& block = saved->block;
  block.B = x.size(0);
  block.T = x.size(1);
  block.C = x.size(2);
  block.n_head = config.n_head;
  block.n_kv_head = config.n_kv_head;
  block.head_dim = config.head_dim;
  block.n_inner = config.n_inner;
  block.attention_norm = saved->site(context, layout.attention_norm, block.attention_norm_grad);
  if (context.options.qkv == QkvKind::concatenated) {
    saved->linear(context, layout.qkv, block.qkv[0]);
    block.n_qkv = 1;
  } else {
    saved->linear(context, layout.q, block.qkv[0]);
    saved->linear(context, layout.k, block.qkv[1]);
    saved->linear(context, layout.v, block.qkv[2]);
    block.n_qkv = 3;
  }
  if (context.switches.kv_bias) {
    block.k_slot = saved->value(context, layout.k_bias, &block.k_slot_grad);
    block.v_slot = saved->value(context, layout.v_bias, &block.v_slot_grad);
    block.slot_offset = static_cast<float>(context.switches.kv_logit_offset);
  }
  saved->linear(context, layout.o, block.o);
  block.ffn_norm = saved->site(context, layout.ffn_norm, block.ffn_norm_grad);
  saved->linear(context, layout.gate, block.gate);
  saved->linear(context, layout.up, block.up);
  saved->linear(context, layout.down, block.down);
  if (const auto& [cos, sin] = context.rotation; cos.defined()) {
    block.cos = cos.const_data_ptr<float>();
    block.sin = sin.const_data_ptr<float>();
    saved->buffers = {cos, sin};
  }
  saved->x = x.detach();
  block.x = saved->x.const_data_ptr<float>();
  const auto n_row = block.n_row();
  block.qkv_out = saved->buffer({n_row, block.qkv_width()});
  block.attended = saved->buffer({n_row, block.q_width()});
  block.log_sum = saved->buffer({n_row, block.n_head});
  saved->mid = at::empty_like(saved->x);
  block.mid = saved->mid.mutable_data_ptr<float>();
  if (block.gate.weight != nullptr) block.gate_out = saved->buffer({n_row, block.n_inner});
  block.up_out = saved->buffer({n_row, block.n_inner});
  return saved;
}

}  // namespace

namespace {

// The operators the fused blocks have: LLaMA's and GPT-2's, any bias present or not.
bool has_operators(const FamilyOptions& o, const ModelConfig& config, std::int64_t n_token) {
  const bool norm = (o.norm == NormKind::rms || o.norm == NormKind::layer_norm) && o.norm_affine;
  const bool qkv = o.qkv == QkvKind::separate || o.qkv == QkvKind::concatenated;
  const bool mlp = (o.mlp == MlpKind::gated && o.activation == Activation::silu) ||
                   (o.mlp == MlpKind::plain && o.activation == Activation::gelu_new);
  const bool positions = o.positions == PositionKind::learned ||
                         (o.positions == PositionKind::rotary && o.rope.dim == config.head_dim && !o.rope.wide);
  const bool scale = o.attention_scale == 0 && !o.scale_by_layer && o.attention_cap == 0 && o.clip_qkv == 0;
  const bool window =
      std::all_of(o.windows.begin(), o.windows.end(), [&](std::int64_t each) { return each == 0 || each >= n_token; });
  return o.topology == Topology::pre && o.final_norm && norm && qkv && mlp && positions && scale && window &&
         o.qk_norm == QkNorm::none && o.scale != ScaleKind::multiply_queries && o.local_rotation.empty();
}

}  // namespace

bool can_fuse(const BlockContext& context, std::int64_t n_token) {
  if (context.compute_type != at::kFloat || !context.device.is_cpu() || context.before_dyt) return false;
  if (!has_operators(context.options, context.config, n_token)) return false;
  const auto* tap = context.tap;
  return tap == nullptr || (!tap->wants_attention() && !tap->wants_module_outputs());
}

at::Tensor fused_block(const BlockContext& context, const BlockLayout& layout, std::int64_t layer,
                       const at::Tensor& x) {
  const auto saved = collect_block(context, layout, x);
  Tap* tap = context.tap;
  const bool shows_norms = tap != nullptr && tap->wants_norm_input();
  if (shows_norms) tap->norm_input(layer, 0, saved->x);
  const auto y = at::GradMode::is_enabled() ? BlockFunction::apply(x, at::TensorList(saved->parameters), saved)
                                            : BlockFunction::forward(nullptr, x, saved->parameters, saved);
  if (shows_norms) tap->norm_input(layer, 1, saved->mid);
  if (tap != nullptr) tap->block_output(layer, y.detach());
  return y;
}

at::Tensor fused_norm(const BlockContext& context, const NormLayout& site, std::int64_t layer, const at::Tensor& x) {
  const auto saved = c10::make_intrusive<Collected>();
  saved->norm = saved->site(context, site, saved->norm_grad);
  saved->x = x.detach();
  if (context.shows_norms()) context.tap->norm_input(layer, site.site, saved->x);
  if (at::GradMode::is_enabled()) return NormFunction::apply(x, at::TensorList(saved->parameters), saved);
  auto y = at::empty_like(x);
  norm_rows(*saved, y.mutable_data_ptr<float>());
  return y;
}

}  // namespace variometer
