// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/model/family_table.h"

namespace variometer {
namespace {

FamilyOptions phi_options(const ModelConfig& model, const HfReader& in) {
  require_whole_heads(model, in);
  FamilyOptions options;
  options.topology = Topology::parallel_one;
  options.norm = NormKind::layer_norm;
  options.rope = rope_of(in, model, in.number({"partial_rotary_factor"}, 0.5));
  options.mlp = MlpKind::plain;
  options.activation = activation_of(in, "hidden_act", "gelu_new");
  options.qkv_bias = options.o_bias = options.mlp_bias = options.head_bias = true;
  options.dyt_bias = true;
  options.names = {.embedding = "model.embed_tokens.weight",
                   .embed_scale = "model.embed_scale",
                   .layers = "model.layers.",
                   .attention_norm = "input_layernorm",
                   .attention = "self_attn",
                   .q = "self_attn.q_proj",
                   .k = "self_attn.k_proj",
                   .v = "self_attn.v_proj",
                   .o = "self_attn.dense",
                   .up = "mlp.fc1",
                   .down = "mlp.fc2",
                   .final_norm = "model.final_layernorm",
                   .head = "lm_head"};
  if (in.flag("qk_layernorm", false)) {
    options.qk_norm = QkNorm::per_head;
    options.names.q_norm = "self_attn.q_layernorm";
    options.names.k_norm = "self_attn.k_layernorm";
  }
  return options;
}

}  // namespace

// Phi-1, 1.5 and 2.
const Family& phi_family() {
  static const Family kFamily{.model_type = "phi",
                              .architecture = "PhiForCausalLM",
                              .n_embd = {{"hidden_size"}, 2048},
                              .n_layer = {{"num_hidden_layers"}, 24},
                              .n_head = {{"num_attention_heads"}, 32},
                              .n_kv_head = {{"num_key_value_heads"}, 0, 0},
                              .n_inner = {{"intermediate_size"}, 8192},
                              .block_size = {{"max_position_embeddings"}, 2048},
                              .vocab_size = {{"vocab_size"}, 51200},
                              .eps_key = "layer_norm_eps",
                              .theta_key = "rope_theta",
                              .written = nlohmann::json::object(),
                              .options = phi_options};
  return kFamily;
}

}  // namespace variometer
