// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/model/family_table.h"

namespace variometer {
namespace {

FamilyOptions gpt_neox_options(const ModelConfig& model, const HfReader& in) {
  require_whole_heads(model, in);
  require_all_kv_heads(model, in);
  FamilyOptions options;
  options.topology = in.flag("use_parallel_residual", true) ? Topology::parallel_two : Topology::pre;
  options.norm = NormKind::layer_norm;
  options.rope = rope_of(in, model, in.number({"rotary_pct"}, 0.25));
  options.qkv = QkvKind::per_head;
  options.mlp = MlpKind::plain;
  options.activation = activation_of(in, "hidden_act", "gelu");
  options.qkv_bias = options.o_bias = in.flag("attention_bias", true);
  options.mlp_bias = true;
  options.dyt_bias = true;
  options.names = {.embedding = "gpt_neox.embed_in.weight",
                   .embed_scale = "gpt_neox.embed_scale",
                   .layers = "gpt_neox.layers.",
                   .attention_norm = "input_layernorm",
                   .ffn_norm = "post_attention_layernorm",
                   .attention = "attention",
                   .qkv = "attention.query_key_value",
                   .o = "attention.dense",
                   .up = "mlp.dense_h_to_4h",
                   .down = "mlp.dense_4h_to_h",
                   .final_norm = "gpt_neox.final_layer_norm",
                   .head = "embed_out"};
  return options;
}

}  // namespace

// Pythia.
const Family& gpt_neox_family() {
  static const Family kFamily{.model_type = "gpt_neox",
                              .architecture = "GPTNeoXForCausalLM",
                              .n_embd = {{"hidden_size"}, 6144},
                              .n_layer = {{"num_hidden_layers"}, 44},
                              .n_head = {{"num_attention_heads"}, 64},
                              .n_inner = {{"intermediate_size"}, 24576},
                              .block_size = {{"max_position_embeddings"}, 2048},
                              .vocab_size = {{"vocab_size"}, 50432},
                              .eps_key = "layer_norm_eps",
                              .theta_key = "rotary_emb_base",
                              .written = nlohmann::json::object(),
                              .options = gpt_neox_options};
  return kFamily;
}

}  // namespace variometer
