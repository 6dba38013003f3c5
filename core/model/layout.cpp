// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/model/layout.h"

#include <utility>

#include "core/base/error.h"

namespace variometer {
namespace {

class Builder {
 public:
  explicit Builder(const ModelConfig& config) : config_(config) { layout_.options = family_options(config); }

  Layout build() {
    const auto& options = layout_.options;
    const auto& names = options.names;
    const auto n_embd = config_.n_embd;
    layout_.embedding = matrix(names.embedding, "embedding", config_.vocab_size, n_embd);
    if (options.positions == PositionKind::learned) {
      layout_.positions = matrix(names.positions, "position", config_.block_size, n_embd);
    }
    layout_.embed_scale = extra(names.embed_scale, "embed_scale", {1});
    for (layer_ = 0; layer_ < config_.n_layer; ++layer_) layout_.blocks.push_back(block());
    layer_ = -1;
    layout_.final_norm = norm(names.final_norm);
    layout_.head = config_.tie_embeddings ? layout_.embedding : matrix(names.head, "head", config_.vocab_size, n_embd);
    return std::move(layout_);
  }

 private:
  BlockLayout block() {
    const auto& options = layout_.options;
    const auto& names = options.names;
    const auto prefix = names.layers + std::to_string(layer_) + ".";
    const auto n_embd = config_.n_embd;
    const auto q_width = config_.n_head * config_.head_dim;
    const auto kv_width = config_.n_kv_head * config_.head_dim;
    BlockLayout b;
    b.attention_norm = norm(prefix + names.attention_norm);
    if (options.qkv == QkvKind::concatenated) {
      b.qkv = linear(prefix + names.qkv, "qkv_proj", q_width + 2 * kv_width, n_embd);
    } else {
      b.q = linear(prefix + names.q, "q_proj", q_width, n_embd);
      b.k = linear(prefix + names.k, "k_proj", kv_width, n_embd);
      b.v = linear(prefix + names.v, "v_proj", kv_width, n_embd);
    }
    b.k_bias = extra(prefix + names.attention + ".k_bias", "k_bias", {1, config_.n_kv_head, 1, config_.head_dim});
    b.v_bias = extra(prefix + names.attention + ".v_bias", "v_bias", {1, config_.n_kv_head, 1, config_.head_dim});
    b.o = linear(prefix + names.o, "o_proj", n_embd, q_width);
    b.ffn_norm = norm(prefix + names.ffn_norm);
    if (options.mlp == MlpKind::gated_silu) b.gate = linear(prefix + names.gate, "gate_proj", config_.n_inner, n_embd);
    b.up = linear(prefix + names.up, "up_proj", config_.n_inner, n_embd);
    b.down = linear(prefix + names.down, "down_proj", n_embd, config_.n_inner);
    return b;
  }

  NormLayout norm(const std::string& name) {
    NormLayout site;
    site.weight = add(name + ".weight", "norm", {config_.n_embd});
    if (layout_.options.norm == NormKind::layer_norm) site.bias = add(name + ".bias", "norm_bias", {config_.n_embd});
    site.alpha = extra(name + ".dyt.alpha", "dyt_alpha", {1});
    site.dyt_weight = extra(name + ".dyt.weight", "dyt_weight", {config_.n_embd});
    if (layout_.options.dyt_bias) site.dyt_bias = extra(name + ".dyt.bias", "dyt_bias", {config_.n_embd});
    return site;
  }

  LinearLayout linear(const std::string& name, const std::string& role, std::int64_t n_out, std::int64_t n_in) {
    LinearLayout linear;
    linear.weight = matrix(name + ".weight", role, n_out, n_in);
    if (layout_.options.bias) linear.bias = add(name + ".bias", "bias", {n_out});
    return linear;
  }

  int matrix(const std::string& name, const std::string& role, std::int64_t n_out, std::int64_t n_in) {
    const int index = add(name, role, {n_out, n_in});
    auto& spec = layout_.parameters.back();
    spec.decays = true;
    spec.info.tvr_target = layer_ >= 0;
    return index;
  }

  int extra(const std::string& name, const std::string& role, std::vector<std::int64_t> shape) {
    const int index = add(name, role, std::move(shape));
    layout_.parameters.back().extra = true;
    return index;
  }

  int add(const std::string& name, const std::string& role, std::vector<std::int64_t> shape) {
    ParameterSpec spec;
    spec.info = {.name = name, .layer = layer_, .role = role, .shape = std::move(shape), .tvr_target = false};
    layout_.parameters.push_back(std::move(spec));
    return static_cast<int>(layout_.parameters.size()) - 1;
  }

  const ModelConfig& config_;
  Layout layout_;
  std::int32_t layer_ = -1;
};

}  // namespace

FamilyOptions family_options(const ModelConfig& config) {
  if (config.family == "llama") return llama_family();
  if (config.family == "gpt2") return gpt2_family();
  throw usage_error("model.family is '" + config.family + "'; use llama or gpt2");
}

Layout layout_of(const ModelConfig& config) { return Builder(config).build(); }

}  // namespace variometer
