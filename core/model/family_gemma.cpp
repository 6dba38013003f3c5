// SPDX-License-Identifier: GPL-3.0-or-later
#include <cmath>

#include "core/model/family_table.h"

namespace variometer {
namespace {

Family gemma_shaped(std::string model_type, std::string architecture) {
  auto family = llama_shaped(std::move(model_type), std::move(architecture));
  family.n_embd.otherwise = 2304;
  family.n_layer.otherwise = 26;
  family.n_head.otherwise = 8;
  family.n_kv_head.otherwise = 4;
  family.head_dim.otherwise = 256;
  family.n_inner.otherwise = 9216;
  family.block_size.otherwise = 8192;
  family.vocab_size.otherwise = 256000;
  family.tie = true;
  return family;
}

FamilyOptions gemma_options(const ModelConfig& model, const HfReader& in) {
  in.require(!in.flag("use_bidirectional_attention", false), "use_bidirectional_attention");
  FamilyOptions options;
  options.norm = NormKind::rms_plus_one;
  options.scaled_embedding = true;
  options.rope = rope_of(in, model, 1, "full_attention");
  options.qkv_bias = options.o_bias = in.flag("attention_bias", false);
  options.names = llama_names();
  return options;
}

// What Gemma 2 and 3 share: four norms a block, a scale of their own.
FamilyOptions sandwich_options(const ModelConfig& model, const HfReader& in) {
  auto options = gemma_options(model, in);
  options.topology = Topology::sandwich;
  options.activation = activation_of(in, "hidden_activation", "gelu_pytorch_tanh");
  const double scalar = in.number({"query_pre_attn_scalar"}, 256);
  if (!(scalar > 0)) in.refuse("query_pre_attn_scalar", "is not positive");
  options.attention_scale = std::pow(scalar, -0.5);
  options.logit_cap = in.number({"final_logit_softcapping"}, 0);
  options.names.attention_post_norm = "post_attention_layernorm";
  options.names.ffn_norm = "pre_feedforward_layernorm";
  options.names.ffn_post_norm = "post_feedforward_layernorm";
  return options;
}

}  // namespace

const Family& gemma_family() {
  static const Family kFamily = [] {
    auto family = gemma_shaped("gemma", "GemmaForCausalLM");
    family.n_embd.otherwise = 3072;
    family.n_layer.otherwise = 28;
    family.n_head.otherwise = family.n_kv_head.otherwise = 16;
    family.n_inner.otherwise = 24576;
    family.options = [](const ModelConfig& model, const HfReader& in) {
      auto options = gemma_options(model, in);
      // The published files say "gelu" and mean its tanh form; so did the transformers of the paper, and so does 5.
      const bool named = in.has("hidden_activation");
      options.activation = activation_of(in, named ? "hidden_activation" : "hidden_act", "gelu_pytorch_tanh");
      if (!named && options.activation == Activation::gelu) options.activation = Activation::gelu_tanh;
      return options;
    };
    return family;
  }();
  return kFamily;
}

const Family& gemma2_family() {
  static const Family kFamily = [] {
    auto family = gemma_shaped("gemma2", "Gemma2ForCausalLM");
    family.options = [](const ModelConfig& model, const HfReader& in) {
      auto options = sandwich_options(model, in);
      options.attention_cap = in.number({"attn_logit_softcapping"}, in.names("attn_logit_softcapping") ? 0 : 50);
      options.logit_cap = in.number({"final_logit_softcapping"}, in.names("final_logit_softcapping") ? 0 : 30);
      const auto window = in.integer({"sliding_window"}, in.names("sliding_window") ? 0 : 4096);
      options.windows = windows_of(in, model, window, [](std::int64_t layer, std::int64_t) { return layer % 2 == 0; });
      return options;
    };
    return family;
  }();
  return kFamily;
}

// Text models, and the text half of the multimodal ones. Layers with a window have rotary frequencies of their own.
// attn_logit_softcapping is in the files, but nothing applies it.
const Family& gemma3_family() {
  static const Family kFamily = [] {
    auto family = gemma_shaped("gemma3_text", "Gemma3ForCausalLM");
    family.block_size.otherwise = 131072;
    family.vocab_size.otherwise = 262208;
    family.theta = 1e6;
    family.options = [](const ModelConfig& model, const HfReader& in) {
      auto options = sandwich_options(model, in);
      options.qk_norm = QkNorm::per_head;
      options.names.q_norm = "self_attn.q_norm";
      options.names.k_norm = "self_attn.k_norm";
      const auto pattern = in.integer({"sliding_window_pattern", "_sliding_window_pattern"}, 6);
      if (pattern < 1) in.refuse("sliding_window_pattern", "is not positive");
      const auto is_local = [](std::int64_t layer, std::int64_t n) { return (layer + 1) % n != 0; };
      const auto locals = windows_of(in, model, 1, is_local, pattern);
      const auto window = in.integer({"sliding_window"}, in.names("sliding_window") ? 0 : 4096);
      options.windows = windows_of(in, model, window, is_local, pattern);
      for (const auto each : locals) options.local_rotation.push_back(each != 0);
      auto local = model;
      local.rope_theta = in.inner("rope_parameters")
                             .inner("sliding_attention")
                             .number({"rope_theta"}, in.number({"rope_local_base_freq"}, 10000));
      options.local_rope = rope_of(in, local, 1, "sliding_attention");
      return options;
    };
    return family;
  }();
  return kFamily;
}

}  // namespace variometer
