// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/model/family_table.h"

namespace variometer {
namespace {

Family olmo_shaped(std::string model_type, std::string architecture) {
  auto family = llama_shaped(std::move(model_type), std::move(architecture));
  family.vocab_size.otherwise = 50304;
  family.eps = 1e-5;
  return family;
}

FamilyOptions olmo_options(const ModelConfig& model, const HfReader& in) {
  auto options = llama_options(model, in);
  options.qkv_bias = options.o_bias = in.flag("attention_bias", false);
  options.rope.wide = true;
  return options;
}

}  // namespace

// OLMo: LayerNorm without parameters, clipped queries, keys and values.
const Family& olmo_family() {
  static const Family kFamily = [] {
    auto family = olmo_shaped("olmo", "OlmoForCausalLM");
    family.eps_key = "";
    family.options = [](const ModelConfig& model, const HfReader& in) {
      require_eps(model, 1e-5);
      auto options = olmo_options(model, in);
      options.norm = NormKind::layer_norm_wide;
      options.norm_affine = false;
      options.clip_qkv = in.number({"clip_qkv"}, 0);
      if (options.clip_qkv < 0) in.refuse("clip_qkv", "is negative");
      return options;
    };
    return family;
  }();
  return kFamily;
}

// OLMo 2: norms after attention and MLP, and over all queries and keys at once.
const Family& olmo2_family() {
  static const Family kFamily = [] {
    auto family = olmo_shaped("olmo2", "Olmo2ForCausalLM");
    family.options = [](const ModelConfig& model, const HfReader& in) {
      auto options = olmo_options(model, in);
      options.topology = Topology::out_norm;
      options.norm = NormKind::rms_wide;
      options.qk_norm = QkNorm::full_width;
      options.names.attention_norm = "post_attention_layernorm";
      options.names.ffn_norm = "post_feedforward_layernorm";
      options.names.q_norm = "self_attn.q_norm";
      options.names.k_norm = "self_attn.k_norm";
      return options;
    };
    return family;
  }();
  return kFamily;
}

}  // namespace variometer
