// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/model/decoder.h"

#include <ATen/TensorOperators.h>
#include <ATen/core/grad_mode.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/cross_entropy_loss.h>
#include <ATen/ops/embedding.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/linear.h>
#include <ATen/ops/scalar_tensor.h>
#include <ATen/ops/tanh.h>

#include <algorithm>
#include <cmath>
#include <utility>

#include "core/base/error.h"
#include "core/kernels/fused_cross_entropy.h"
#include "core/model/block.h"
#include "core/model/dyt_fit.h"
#include "core/model/fused_path.h"
#include "core/model/partial_taps.h"
#include "core/model/rotary.h"

namespace variometer {

struct Decoder::State {
  State(const ModelConfig& model, const at::Device& on, at::ScalarType type, std::shared_ptr<WeightSource> from)
      : config(model),
        layout(layout_of(model)),
        device(on),
        compute_type(type),
        source(std::move(from)),
        rotary(layout.options.rope, on),
        local_rotary(layout.options.local_rope, on) {
    for (const auto& spec : layout.parameters) {
      Parameter parameter;
      parameter.info = spec.info;
      parameter.decays = spec.decays;
      parameter.extra = spec.extra;
      if (!source) {
        parameter.value = at::empty(spec.info.shape, at::TensorOptions().dtype(at::kFloat).device(device));
        parameter.value.requires_grad_();
      }
      parameters.push_back(std::move(parameter));
    }
  }

  // Parameters first .. last - 1 have values while this lives.
  class Held {
   public:
    Held(State& state, int first, int last) : state_(state), first_(first), last_(last) {
      if (!state.source) return;
      for (int i = first; i < last; ++i) {
        auto& value = state.parameters[static_cast<std::size_t>(i)].value;
        if (value.defined()) continue;
        value = state.source->load(static_cast<std::size_t>(i));
        mine_.push_back(i);
      }
    }
    ~Held() {
      for (const int i : mine_) state_.parameters[static_cast<std::size_t>(i)].value.reset();
      if (!mine_.empty()) state_.source->dropped(static_cast<std::size_t>(first_), static_cast<std::size_t>(last_));
    }
    Held(const Held&) = delete;
    Held& operator=(const Held&) = delete;

   private:
    State& state_;
    int first_, last_;
    std::vector<int> mine_;
  };
  Held hold(int index) { return index == kAbsent ? Held(*this, 0, 0) : Held(*this, index, index + 1); }

  Rotation rotation(RotaryTable& table, const RopeOptions& options, std::int64_t n_token) const {
    table.reserve(n_token);
    const auto type = options.wide ? at::kFloat : compute_type;
    return {table.cos(n_token).to(type), table.sin(n_token).to(type)};
  }

  BlockContext context(const Switches& switches, std::int64_t n_token, Tap* tap) {
    const auto& options = layout.options;
    BlockContext context{.config = config,
                         .options = options,
                         .parameters = parameters,
                         .switches = switches,
                         .compute_type = compute_type,
                         .device = device,
                         .rotation = {},
                         .local_rotation = {},
                         .alibi = {},
                         .tap = tap};
    if (options.positions == PositionKind::rotary) context.rotation = rotation(rotary, options.rope, n_token);
    if (!options.local_rotation.empty()) context.local_rotation = rotation(local_rotary, options.local_rope, n_token);
    if (options.positions == PositionKind::alibi) {
      context.alibi = alibi_bias(config.n_head, n_token).to(compute_type).to(device, at::kFloat);
    }
    return context;
  }

  // Token embedding, scaled where the family does and while DyT is on, plus learned positions: (B, T) -> (B, T, C).
  at::Tensor embed(const BlockContext& context, const at::Tensor& ids) {
    const auto& options = layout.options;
    const auto value = [&](int index) { return parameters[static_cast<std::size_t>(index)].value; };
    at::Tensor x;
    if (in_rows(layout.embedding)) {
      x = rows_at(layout.embedding, ids).to(device, compute_type);
    } else {
      // Rows first, then the type: the table may be large and of another one.
      const auto held = hold(layout.embedding);
      const auto table = value(layout.embedding);
      x = at::embedding(table, ids.to(table.device())).to(device, compute_type);
    }
    if (options.scaled_embedding) {
      const auto root = at::scalar_tensor(std::sqrt(static_cast<double>(config.n_embd)), at::kFloat).to(compute_type);
      x = x * root;  // a number to the kernel, wherever x is
    }
    if (layout.project_in != kAbsent) {
      const auto held = hold(layout.project_in);
      x = at::linear(x, context.weight(layout.project_in));
    }
    if (context.switches.dyt) {
      const auto held = hold(layout.embed_scale);
      x = x * context.weight(layout.embed_scale);
    }
    if (layout.positions != kAbsent) {
      const auto held = hold(layout.positions);
      const auto rows = value(layout.positions).narrow(0, options.position_offset, ids.size(1));
      x = x + rows.to(device, compute_type);
    }
    return x;
  }

  at::Tensor hidden(const Switches& switches, const at::Tensor& ids, Tap* tap) {
    return hidden(context(switches, ids.size(1), tap), ids);
  }

  at::Tensor hidden(const BlockContext& shared, const at::Tensor& ids) {
    const auto n_token = ids.size(1);
    if (layout.positions != kAbsent && n_token > config.block_size) {
      throw usage_error("a sequence of " + std::to_string(n_token) + " tokens is longer than model.block_size = " +
                        std::to_string(config.block_size) + ", and this family has no positions beyond it");
    }
    if (const auto* one = dynamic_cast<const BlockTap*>(shared.tap)) return one_block(shared, *one, ids);
    if (source && config.n_layer > 0) announce(0);
    auto x = embed(shared, ids);
    const bool fused = !reference && can_fuse(shared, n_token);
    if (fused) x = x.contiguous();
    for (std::int64_t layer = 0; layer < config.n_layer; ++layer) {
      const auto& block = layout.blocks[static_cast<std::size_t>(layer)];
      const Held held(*this, block.first, block.last);
      if (source && layer + 1 < config.n_layer) announce(layer + 1);
      x = fused ? fused_block(shared, block, layer, x) : block_forward(shared, block, layer, x);
      if (shared.tap != nullptr && shared.tap->intervenes()) x = shared.tap->intervene(layer, x);
    }
    if (layout.options.final_norm) {
      const auto& site = layout.final_norm;
      const Held held(*this, site.weight == kAbsent ? site.alpha : site.weight,
                      1 + std::max({site.alpha, site.dyt_weight, site.dyt_bias}));
      x = fused ? fused_norm(shared, site, config.n_layer, x) : norm_forward(shared, site, config.n_layer, x);
    }
    if (layout.project_out == kAbsent) return x;
    const auto held = hold(layout.project_out);
    return at::linear(x, shared.weight(layout.project_out));
  }

  at::Tensor one_block(const BlockContext& shared, const BlockTap& tap, const at::Tensor& ids) {
    const auto layer = tap.block();
    const auto x = layer == 0 ? embed(shared, ids) : tap.before().to(device, compute_type);
    const auto& block = layout.blocks.at(static_cast<std::size_t>(layer));
    const Held held(*this, block.first, block.last);
    return block_forward(shared, block, layer, x);
  }

  void announce(std::int64_t layer) const {
    const auto& block = layout.blocks[static_cast<std::size_t>(layer)];
    source->will_need(static_cast<std::size_t>(block.first), static_cast<std::size_t>(block.last));
  }

  // Is this table one that the source gives in parts?
  bool in_rows(int index) const {
    const auto at = static_cast<std::size_t>(index);
    return source && !parameters[at].value.defined() && source->has_rows(at);
  }

  // Of such a table the rows of these ids, (B, T, C).
  at::Tensor rows_at(int index, const at::Tensor& ids) const {
    const auto each = ids.to(at::kCPU).contiguous().flatten();
    std::vector<at::Tensor> rows;
    for (std::int64_t i = 0; i < each.numel(); ++i) {
      rows.push_back(source->rows(static_cast<std::size_t>(index), each.const_data_ptr<std::int64_t>()[i], 1));
    }
    return at::cat(rows).reshape({ids.size(0), ids.size(1), -1});
  }

  // (B, T, width) -> (B, T, V).
  at::Tensor logits(const at::Tensor& h) {
    const bool parts = in_rows(layout.head.weight);
    const auto held = hold(parts ? kAbsent : layout.head.weight), held_bias = hold(layout.head.bias);
    const auto value = [&](int index) {
      return index == kAbsent ? at::Tensor() : parameters[static_cast<std::size_t>(index)].value;
    };
    const auto weight = value(layout.head.weight), bias = value(layout.head.bias);
    const auto all = project(h, bias, [&](std::int64_t first, std::int64_t n) {
      return parts ? source->rows(static_cast<std::size_t>(layout.head.weight), first, n) : weight.narrow(0, first, n);
    });
    const double cap = layout.options.logit_cap;
    return cap > 0 ? at::tanh(all / cap) * cap : all;
  }

  // A large head that is only looked through goes in parts, no more than one of which is ever converted; always the
  // same parts, so that every way a model is opened gives the same bits.
  template <class Rows>
  at::Tensor project(const at::Tensor& h, const at::Tensor& bias, const Rows& rows) const {
    const auto in_type = [&](const at::Tensor& x) { return x.defined() ? x.to(device, compute_type) : x; };
    const auto n_row = config.vocab_size;
    const std::int64_t n_part = source ? 16384 : n_row;
    if (n_row <= n_part) return at::linear(h, in_type(rows(0, n_row)), in_type(bias));
    auto all = at::empty({h.size(0), h.size(1), n_row}, h.options());  // of a long text it must not be there twice
    for (std::int64_t first = 0; first < n_row; first += n_part) {
      const auto n = std::min(n_part, n_row - first);
      all.narrow(2, first, n)
          .copy_(at::linear(h, in_type(rows(first, n)), bias.defined() ? in_type(bias.narrow(0, first, n)) : bias));
    }
    return all;
  }

  ModelConfig config;
  Layout layout;
  std::vector<Parameter> parameters;
  at::Device device;
  at::ScalarType compute_type;
  std::shared_ptr<WeightSource> source;
  RotaryTable rotary, local_rotary;
  bool reference = false;
};

Decoder::Decoder(const ModelConfig& config, const at::Device& device, at::ScalarType compute_type)
    : Decoder(config, device, compute_type, nullptr) {}
Decoder::Decoder(const ModelConfig& config, const at::Device& device, at::ScalarType compute_type,
                 std::shared_ptr<WeightSource> source)
    : state_(std::make_unique<State>(config, device, compute_type, std::move(source))) {}
Decoder::~Decoder() = default;
Decoder::Decoder(Decoder&&) noexcept = default;

const ModelConfig& Decoder::config() const { return state_->config; }
const at::Device& Decoder::device() const { return state_->device; }
at::ScalarType Decoder::compute_type() const { return state_->compute_type; }
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
  return state_->logits(state_->hidden(switches, ids, tap));
}

at::Tensor Decoder::loss(const at::Tensor& ids, const at::Tensor& targets, Tap* tap) {
  const auto h = state_->hidden(switches, ids, tap);
  const auto& head = state_->layout.head;
  if (state_->reference || head.bias != kAbsent || state_->layout.options.logit_cap > 0) {
    return at::cross_entropy_loss(state_->logits(h).flatten(0, 1).to(at::kFloat), targets.flatten());
  }
  const auto held = state_->hold(head.weight);
  const auto weight = state_->parameters[static_cast<std::size_t>(head.weight)].value;
  return fused_cross_entropy(h.reshape({-1, h.size(2)}), weight.to(state_->device), targets.reshape({-1}));
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
