// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/model/options.h"

namespace variometer {

FamilyOptions llama_family() {
  return {.norm = NormKind::rms,
          .positions = PositionKind::rotary,
          .qkv = QkvKind::separate,
          .mlp = MlpKind::gated_silu,
          .bias = false,
          .dyt_bias = false,
          .names = {.embedding = "model.embed_tokens.weight",
                    .positions = "",
                    .embed_scale = "model.embed_scale",
                    .layers = "model.layers.",
                    .attention_norm = "input_layernorm",
                    .ffn_norm = "post_attention_layernorm",
                    .attention = "self_attn",
                    .q = "self_attn.q_proj",
                    .k = "self_attn.k_proj",
                    .v = "self_attn.v_proj",
                    .qkv = "",
                    .o = "self_attn.o_proj",
                    .gate = "mlp.gate_proj",
                    .up = "mlp.up_proj",
                    .down = "mlp.down_proj",
                    .final_norm = "model.norm",
                    .head = "lm_head.weight"}};
}

}  // namespace variometer
