// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/model/family_table.h"

namespace variometer {
namespace {

FamilyOptions opt_options(const ModelConfig& model, const HfReader& in) {
  require_whole_heads(model, in);
  require_all_kv_heads(model, in);
  require_eps(model, 1e-5);
  const bool pre = in.flag("do_layer_norm_before", true), bias = in.flag("enable_bias", true);
  FamilyOptions options;
  options.topology = pre ? Topology::pre : Topology::post;
  options.norm = NormKind::layer_norm;
  options.norm_affine = in.flag("layer_norm_elementwise_affine", true);
  options.final_norm = pre && !in.flag("_remove_final_layer_norm", false);
  options.positions = PositionKind::learned;
  options.position_offset = 2;
  options.mlp = MlpKind::plain;
  options.activation = activation_of(in, "activation_function", "relu");
  options.qkv_bias = options.o_bias = options.mlp_bias = bias;
  options.dyt_bias = true;
  options.scale = ScaleKind::multiply_queries;
  options.embed_width = in.integer({"word_embed_proj_dim"}, model.n_embd);
  if (options.embed_width < 1 || options.embed_width > (1 << 20)) in.refuse("word_embed_proj_dim", "is out of range");
  options.names = {.embedding = "model.decoder.embed_tokens.weight",
                   .positions = "model.decoder.embed_positions.weight",
                   .embed_scale = "model.decoder.embed_scale",
                   .layers = "model.decoder.layers.",
                   .attention_norm = "self_attn_layer_norm",
                   .ffn_norm = "final_layer_norm",
                   .attention = "self_attn",
                   .q = "self_attn.q_proj",
                   .k = "self_attn.k_proj",
                   .v = "self_attn.v_proj",
                   .o = "self_attn.out_proj",
                   .up = "fc1",
                   .down = "fc2",
                   .final_norm = "model.decoder.final_layer_norm",
                   .head = "lm_head"};
  if (options.embed_width != model.n_embd) {
    options.names.project_in = "model.decoder.project_in";
    options.names.project_out = "model.decoder.project_out";
  }
  return options;
}

}  // namespace

const Family& opt_family() {
  static const Family kFamily{.model_type = "opt",
                              .architecture = "OPTForCausalLM",
                              .n_embd = {{"hidden_size"}, 768},
                              .n_layer = {{"num_hidden_layers"}, 12},
                              .n_head = {{"num_attention_heads"}, 12},
                              .n_inner = {{"ffn_dim"}, 3072},
                              .block_size = {{"max_position_embeddings"}, 2048},
                              .vocab_size = {{"vocab_size"}, 50272},
                              .tie = true,
                              .written = nlohmann::json::object(),
                              .options = opt_options};
  return kFamily;
}

}  // namespace variometer
