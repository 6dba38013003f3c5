// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/base/error.h"
#include "core/model/family_table.h"

namespace variometer {
namespace {

// The keys say it in three ways: the new architecture counts them, the old one has one or as many as queries.
std::int64_t kv_heads(const HfReader& in, const ModelConfig& model) {
  if (in.flag("new_decoder_architecture", false)) {
    return in.integer({"num_kv_heads", "n_head_kv"}, model.n_kv_head > 0 ? model.n_kv_head : model.n_head);
  }
  return in.flag("multi_query", true) ? 1 : model.n_head;
}

FamilyOptions falcon_options(const ModelConfig& model, const HfReader& in) {
  require_whole_heads(model, in);
  if (model.n_kv_head != kv_heads(in, model)) {
    throw file_error(in.where() + ": model.n_kv_head = " + std::to_string(model.n_kv_head) +
                     " does not agree with Falcon's keys; it must be " + std::to_string(kv_heads(in, model)));
  }
  const bool new_form = in.flag("new_decoder_architecture", false), parallel = in.flag("parallel_attn", true);
  const auto n_norm = in.integer({"num_ln_in_parallel_attn"}, new_form ? 2 : 1);
  FamilyOptions options;
  options.norm = NormKind::layer_norm;
  options.qkv = QkvKind::grouped;
  options.mlp = MlpKind::plain;
  options.activation = activation_of(in, "activation", "gelu");
  options.qkv_bias = options.o_bias = options.mlp_bias = in.flag("bias", false);
  options.bias_apart = true;
  options.scale = ScaleKind::divide_scores;
  options.dyt_bias = options.narrow_softmax = true;
  if (in.flag("alibi", false)) {
    options.positions = PositionKind::alibi;
    options.scale = ScaleKind::multiply_scores;
  } else {
    options.rope = rope_of(in, model);
  }
  options.names = {.embedding = "transformer.word_embeddings.weight",
                   .embed_scale = "transformer.embed_scale",
                   .layers = "transformer.h.",
                   .attention_norm = "input_layernorm",
                   .attention = "self_attention",
                   .qkv = "self_attention.query_key_value",
                   .o = "self_attention.dense",
                   .up = "mlp.dense_h_to_4h",
                   .down = "mlp.dense_4h_to_h",
                   .final_norm = "transformer.ln_f",
                   .head = "lm_head"};
  if (new_form && n_norm == 2) {
    options.topology = Topology::parallel_two;
    options.names.attention_norm = "ln_attn";
    options.names.ffn_norm = "ln_mlp";
  } else if (new_form || parallel) {
    options.topology = Topology::parallel_one;
  } else {
    options.topology = Topology::pre;
    options.names.ffn_norm = "post_attention_layernorm";
  }
  return options;
}

}  // namespace

// Falcon 7B, 11B, 40B, 180B and rw. Files from before Hugging Face adopted the family use other names for the sizes.
const Family& falcon_family() {
  static const Family kFamily{
      .model_type = "falcon",
      .architecture = "FalconForCausalLM",
      .n_embd = {{"hidden_size", "n_embed"}, 4544},
      .n_layer = {{"num_hidden_layers", "n_layer"}, 32},
      .n_head = {{"num_attention_heads", "n_head"}, 71},
      .n_kv_head = {{"num_kv_heads", "n_head_kv"}, 0, 0},
      .n_inner = {{"ffn_hidden_size"}, 0, 0},
      .block_size = {{"max_position_embeddings"}, 2048},
      .vocab_size = {{"vocab_size"}, 65024},
      .eps_key = "layer_norm_epsilon",
      .theta_key = "rope_theta",
      .tie = true,
      .written = nlohmann::json::object(),
      .adjust = [](const HfReader& in, ModelConfig& model) { model.n_kv_head = kv_heads(in, model); },
      .options = falcon_options};
  return kFamily;
}

}  // namespace variometer
