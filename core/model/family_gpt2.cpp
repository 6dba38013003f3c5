// SPDX-License-Identifier: GPL-3.0-or-later
#include <cmath>

#include "core/model/family_table.h"

namespace variometer {
namespace {

FamilyOptions gpt2_options(const ModelConfig& model, const HfReader& in) {
  require_whole_heads(model, in);
  require_all_kv_heads(model, in);
  in.require(!in.flag("add_cross_attention", false), "add_cross_attention");
  FamilyOptions options;
  options.norm = NormKind::layer_norm;
  options.positions = PositionKind::learned;
  options.qkv = QkvKind::concatenated;
  options.mlp = MlpKind::plain;
  options.activation = activation_of(in, "activation_function", "gelu_new");
  options.qkv_bias = options.o_bias = options.mlp_bias = true;
  options.dyt_bias = options.narrow_softmax = true;
  if (!in.flag("scale_attn_weights", true)) options.attention_scale = 1;
  options.scale_by_layer = in.flag("scale_attn_by_inverse_layer_idx", false);
  // transformers 4 divides by the root, rounded to the compute type; 5 multiplies.
  if (!in.text("transformers_version", "4").starts_with("5.")) options.scale = ScaleKind::divide_rounded;
  if (in.flag("reorder_and_upcast_attn", false)) options.scale = ScaleKind::inside_product;
  options.names = {.embedding = "transformer.wte.weight",
                   .positions = "transformer.wpe.weight",
                   .embed_scale = "transformer.embed_scale",
                   .layers = "transformer.h.",
                   .attention_norm = "ln_1",
                   .ffn_norm = "ln_2",
                   .attention = "attn",
                   .qkv = "attn.c_attn",
                   .o = "attn.c_proj",
                   .up = "mlp.c_fc",
                   .down = "mlp.c_proj",
                   .final_norm = "transformer.ln_f",
                   .head = "lm_head"};
  return options;
}

}  // namespace

// Hugging Face stores GPT-2's projections transposed, [in, out]. Ours are [out, in] like everyone's; core/checkpoint
// turns them.
const Family& gpt2_family() {
  static const Family kFamily{
      .model_type = "gpt2",
      .architecture = "GPT2LMHeadModel",
      .n_embd = {{"n_embd", "hidden_size"}, 768},
      .n_layer = {{"n_layer", "num_hidden_layers"}, 12},
      .n_head = {{"n_head", "num_attention_heads"}, 12},
      .n_inner = {{"n_inner"}, 0, 0},
      .block_size = {{"n_positions", "max_position_embeddings", "n_ctx"}, 1024},
      .vocab_size = {{"vocab_size"}, 50257},
      .eps_key = "layer_norm_epsilon",
      .tie = true,
      .written = {{"activation_function", "gelu_new"}, {"attn_pdrop", 0.0}, {"embd_pdrop", 0.0}, {"resid_pdrop", 0.0}},
      .options = gpt2_options};
  return kFamily;
}

}  // namespace variometer
