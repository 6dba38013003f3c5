// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/model/decoder.h"

#include <ATen/TensorOperators.h>
#include <ATen/core/grad_mode.h>
#include <ATen/ops/cross_entropy_loss.h>
#include <ATen/ops/embedding.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/linear.h>

#include <utility>

#include "core/base/error.h"
#include "core/kernels/fused_cross_entropy.h"
#include "core/model/block.h"
#include "core/model/dyt_fit.h"
#include "core/model/fused_path.h"
#include "core/model/rotary.h"

namespace variometer {

struct Decoder::State {
  State(const ModelConfig& model, const at::Device& on, at::ScalarType type)
      : config(model),
        layout(layout_of(model)),
        device(on),
        compute_type(type),
        rotary(model.rope_theta, model.head_dim, on) {
    for (const auto& spec : layout.parameters) {
      Parameter parameter;
      parameter.info = spec.info;
      parameter.decays = spec.decays;
      parameter.extra = spec.extra;
      parameter.value = at::empty(spec.info.shape, at::TensorOptions().dtype(at::kFloat).device(device));
      parameter.value.requires_grad_();
      parameters.push_back(std::move(parameter));
    }
  }

  BlockContext context(const Switches& switches, std::int64_t n_token, Tap* tap) {
    BlockContext context{.config = config,
                         .options = layout.options,
                         .parameters = parameters,
                         .switches = switches,
                         .compute_type = compute_type,
                         .cos = {},
                         .sin = {},
                         .tap = tap};
    if (layout.options.positions == PositionKind::rotary) {
      rotary.reserve(n_token);
      context.cos = rotary.cos(n_token).to(compute_type);
      context.sin = rotary.sin(n_token).to(compute_type);
    }
    return context;
  }

  // Token embedding, scaled while DyT is on, plus learned positions: (B, T) -> (B, T, C).
  at::Tensor embed(const BlockContext& context, const at::Tensor& ids) const {
    auto x = at::embedding(context.weight(layout.embedding), ids);
    if (context.switches.dyt) x = x * context.weight(layout.embed_scale);
    if (layout.positions != kAbsent) x = x + context.weight(layout.positions).narrow(0, 0, ids.size(1));
    return x;
  }

  at::Tensor hidden(const Switches& switches, const at::Tensor& ids, Tap* tap) {
    return hidden(context(switches, ids.size(1), tap), ids);
  }

  at::Tensor hidden(const BlockContext& shared, const at::Tensor& ids) const {
    const auto n_token = ids.size(1);
    if (layout.positions != kAbsent && n_token > config.block_size) {
      throw usage_error("a sequence of " + std::to_string(n_token) + " tokens is longer than model.block_size = " +
                        std::to_string(config.block_size) + ", and this family has no positions beyond it");
    }
    auto x = embed(shared, ids);
    const bool fused = !reference && can_fuse(shared);
    if (fused) x = x.contiguous();
    for (std::int64_t layer = 0; layer < config.n_layer; ++layer) {
      const auto& block = layout.blocks[static_cast<std::size_t>(layer)];
      x = fused ? fused_block(shared, block, layer, x) : block_forward(shared, block, layer, x);
    }
    Tap* tap = shared.tap;
    if (tap != nullptr && tap->wants_norm_input()) tap->norm_input(config.n_layer, 0, x.detach());
    return fused ? fused_norm(shared, layout.final_norm, x) : norm_forward(shared, layout.final_norm, x);
  }

  at::Tensor head() const { return parameters[static_cast<std::size_t>(layout.head)].value.to(compute_type); }

  ModelConfig config;
  Layout layout;
  std::vector<Parameter> parameters;
  at::Device device;
  at::ScalarType compute_type;
  RotaryTable rotary;
  bool reference = false;
};

Decoder::Decoder(const ModelConfig& config, const at::Device& device, at::ScalarType compute_type)
    : state_(std::make_unique<State>(config, device, compute_type)) {}
Decoder::~Decoder() = default;
Decoder::Decoder(Decoder&&) noexcept = default;

const ModelConfig& Decoder::config() const { return state_->config; }
std::vector<Parameter>& Decoder::parameters() { return state_->parameters; }
const std::vector<Parameter>& Decoder::parameters() const { return state_->parameters; }

Parameter& Decoder::require(const std::string& name) {
  for (auto& parameter : state_->parameters) {
    if (parameter.info.name == name) return parameter;
  }
  throw run_error("the model has no tensor named " + name);
}

void Decoder::use_reference_path(bool on) { state_->reference = on; }

at::Tensor Decoder::hidden(const at::Tensor& ids, Tap* tap) { return state_->hidden(switches, ids, tap); }

at::Tensor Decoder::logits(const at::Tensor& ids, Tap* tap) {
  return at::linear(state_->hidden(switches, ids, tap), state_->head());
}

at::Tensor Decoder::loss(const at::Tensor& ids, const at::Tensor& targets, Tap* tap) {
  const auto h = state_->hidden(switches, ids, tap);
  if (state_->reference) {
    return at::cross_entropy_loss(at::linear(h, state_->head()).flatten(0, 1).to(at::kFloat), targets.flatten());
  }
  return fused_cross_entropy(h.reshape({-1, h.size(2)}), state_->head(), targets.reshape({-1}));
}

void Decoder::calibrate_dyt(const at::Tensor& ids) {
  const at::NoGradGuard no_grad;
  auto& parameters = state_->parameters;
  const auto value = [&](int index) -> at::Tensor& { return parameters[static_cast<std::size_t>(index)].value; };
  value(state_->layout.embed_scale).fill_(1.0);
  auto with_dyt = switches;
  with_dyt.dyt = true;
  auto shared = state_->context(with_dyt, ids.size(1), nullptr);
  shared.before_dyt = [&](const NormLayout& site, const at::Tensor& x) {
    const auto norm = plain_norm_forward(shared, site, x);
    const auto fit = fit_dyt(x.reshape({-1, x.size(2)}), norm.reshape({-1, x.size(2)}), site.dyt_bias != kAbsent);
    value(site.alpha).fill_(fit.alpha);
    value(site.dyt_weight).copy_(fit.weight);
    if (site.dyt_bias != kAbsent) value(site.dyt_bias).copy_(fit.bias);
  };
  state_->hidden(shared, ids);
}

}  // namespace variometer
