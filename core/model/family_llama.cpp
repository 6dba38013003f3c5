// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/model/family_table.h"

namespace variometer {

FamilyNames llama_names() {
  return {.embedding = "model.embed_tokens.weight",
          .embed_scale = "model.embed_scale",
          .layers = "model.layers.",
          .attention_norm = "input_layernorm",
          .ffn_norm = "post_attention_layernorm",
          .attention = "self_attn",
          .q = "self_attn.q_proj",
          .k = "self_attn.k_proj",
          .v = "self_attn.v_proj",
          .o = "self_attn.o_proj",
          .gate = "mlp.gate_proj",
          .up = "mlp.up_proj",
          .down = "mlp.down_proj",
          .final_norm = "model.norm",
          .head = "lm_head"};
}

FamilyOptions llama_options(const ModelConfig& model, const HfReader& in) {
  FamilyOptions options;
  options.rope = rope_of(in, model, in.number({"partial_rotary_factor"}, 1));  // Phi-3 has it
  options.activation = activation_of(in, "hidden_act", "silu");
  options.names = llama_names();
  return options;
}

Family llama_shaped(std::string model_type, std::string architecture) {
  return {.model_type = std::move(model_type),
          .architecture = std::move(architecture),
          .n_embd = {{"hidden_size"}, 4096},
          .n_layer = {{"num_hidden_layers"}, 32},
          .n_head = {{"num_attention_heads"}, 32},
          .n_kv_head = {{"num_key_value_heads"}, 0, 0},
          .head_dim = {{"head_dim"}, 0, 0},
          .n_inner = {{"intermediate_size"}, 11008},
          .block_size = {{"max_position_embeddings"}, 2048},
          .vocab_size = {{"vocab_size"}, 32000},
          .eps_key = "rms_norm_eps",
          .eps = 1e-6,
          .theta_key = "rope_theta",
          .written = nlohmann::json::object(),
          .options = llama_options};
}

// LLaMA-2, LLaMA-3.x, SmolLM2.
const Family& llama_family() {
  static const Family kFamily = [] {
    auto family = llama_shaped("llama", "LlamaForCausalLM");
    family.written = {
        {"hidden_act", "silu"}, {"attention_bias", false}, {"attention_dropout", 0.0}, {"mlp_bias", false}};
    family.options = [](const ModelConfig& model, const HfReader& in) {
      auto options = llama_options(model, in);
      options.qkv_bias = options.o_bias = in.flag("attention_bias", false);
      options.mlp_bias = in.flag("mlp_bias", false);
      return options;
    };
    return family;
  }();
  return kFamily;
}

}  // namespace variometer
