// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/model/layout.h"

#include <utility>

#include "core/model/family.h"

namespace variometer {
namespace {

class Builder {
 public:
  explicit Builder(const ModelConfig& config) : config_(config) { layout_.options = family_options(config); }

  Layout build() {
    const auto& options = layout_.options;
    const auto& names = options.names;
    const auto n_embd = config_.n_embd;
    const auto width = options.embed_width > 0 ? options.embed_width : n_embd;
    layout_.embedding = matrix(names.embedding, "embedding", config_.vocab_size, width);
    if (options.positions == PositionKind::learned) {
      layout_.positions = matrix(names.positions, "position", config_.block_size + options.position_offset, n_embd);
    }
    if (!names.project_in.empty()) {
      layout_.project_in = matrix(names.project_in + ".weight", "project_in", n_embd, width);
      layout_.project_out = matrix(names.project_out + ".weight", "project_out", width, n_embd);
    }
    layout_.embed_scale = extra(names.embed_scale, "embed_scale", {1});
    for (layer_ = 0; layer_ < config_.n_layer; ++layer_) layout_.blocks.push_back(block());
    layer_ = -1;
    site_ = 0;
    if (options.final_norm) layout_.final_norm = norm(names.final_norm);
    layout_.head.weight =
        config_.tie_embeddings ? layout_.embedding : matrix(names.head + ".weight", "head", config_.vocab_size, width);
    if (options.head_bias) layout_.head.bias = add(names.head + ".bias", "bias", {config_.vocab_size});
    return std::move(layout_);
  }

 private:
  int size() const { return static_cast<int>(layout_.parameters.size()); }

  BlockLayout block() {
    const auto& options = layout_.options;
    const auto& names = options.names;
    const auto prefix = names.layers + std::to_string(layer_) + ".";
    BlockLayout b;
    b.first = size();
    site_ = 0;
    if (!names.attention_norm.empty()) b.attention_norm = norm(prefix + names.attention_norm);
    attention(b, prefix);
    if (!names.attention_post_norm.empty()) b.attention_post_norm = norm(prefix + names.attention_post_norm);
    if (!names.ffn_norm.empty()) b.ffn_norm = norm(prefix + names.ffn_norm);
    const auto n_embd = config_.n_embd, n_inner = config_.n_inner;
    const bool bias = options.mlp_bias;
    if (options.mlp == MlpKind::gated_fused) {
      b.gate_up = linear(prefix + names.gate_up, "gate_up_proj", 2 * n_inner, n_embd, bias);
    } else {
      if (options.mlp == MlpKind::gated) b.gate = linear(prefix + names.gate, "gate_proj", n_inner, n_embd, bias);
      b.up = linear(prefix + names.up, "up_proj", n_inner, n_embd, bias);
    }
    b.down = linear(prefix + names.down, "down_proj", n_embd, n_inner, bias);
    if (!names.ffn_post_norm.empty()) b.ffn_post_norm = norm(prefix + names.ffn_post_norm);
    b.last = size();
    return b;
  }

  void attention(BlockLayout& b, const std::string& prefix) {
    const auto& options = layout_.options;
    const auto& names = options.names;
    const auto n_embd = config_.n_embd;
    const auto q_width = config_.n_head * config_.head_dim;
    const auto kv_width = config_.n_kv_head * config_.head_dim;
    if (options.qkv == QkvKind::separate) {
      b.q = linear(prefix + names.q, "q_proj", q_width, n_embd, options.qkv_bias);
      b.k = linear(prefix + names.k, "k_proj", kv_width, n_embd, options.qkv_bias);
      b.v = linear(prefix + names.v, "v_proj", kv_width, n_embd, options.qkv_bias);
    } else {
      b.qkv = linear(prefix + names.qkv, "qkv_proj", q_width + 2 * kv_width, n_embd, options.qkv_bias);
    }
    if (options.qk_norm != QkNorm::none) {
      const bool whole = options.qk_norm == QkNorm::full_width;
      b.q_norm = head_norm(prefix + names.q_norm, "q_norm", whole ? q_width : config_.head_dim);
      b.k_norm = head_norm(prefix + names.k_norm, "k_norm", whole ? kv_width : config_.head_dim);
    }
    b.k_bias = extra(prefix + names.attention + ".k_bias", "k_bias", {1, config_.n_kv_head, 1, config_.head_dim});
    b.v_bias = extra(prefix + names.attention + ".v_bias", "v_bias", {1, config_.n_kv_head, 1, config_.head_dim});
    b.o = linear(prefix + names.o, "o_proj", n_embd, q_width, options.o_bias);
  }

  LinearLayout head_norm(const std::string& name, const std::string& role, std::int64_t width) {
    LinearLayout norm;
    norm.weight = add(name + ".weight", role, {width});
    if (layout_.options.norm == NormKind::layer_norm) norm.bias = add(name + ".bias", "norm_bias", {width});
    return norm;
  }

  NormLayout norm(const std::string& name) {
    NormLayout site;
    site.site = site_++;
    if (layout_.options.norm_affine) {
      site.weight = add(name + ".weight", "norm", {config_.n_embd});
      if (layout_.options.norm == NormKind::layer_norm) site.bias = add(name + ".bias", "norm_bias", {config_.n_embd});
    }
    site.alpha = extra(name + ".dyt.alpha", "dyt_alpha", {1});
    site.dyt_weight = extra(name + ".dyt.weight", "dyt_weight", {config_.n_embd});
    if (layout_.options.dyt_bias) site.dyt_bias = extra(name + ".dyt.bias", "dyt_bias", {config_.n_embd});
    return site;
  }

  LinearLayout linear(const std::string& name, const std::string& role, std::int64_t n_out, std::int64_t n_in,
                      bool bias) {
    LinearLayout linear;
    linear.weight = matrix(name + ".weight", role, n_out, n_in);
    if (bias) linear.bias = add(name + ".bias", "bias", {n_out});
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
  int site_ = 0;
};

}  // namespace

Layout layout_of(const ModelConfig& config) { return Builder(config).build(); }

}  // namespace variometer
