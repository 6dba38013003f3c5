// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/model/options.h"

namespace variometer {

// Hugging Face stores GPT-2's projections transposed, [in, out]. Ours are [out, in] like everyone's; core/checkpoint
// turns them.
FamilyOptions gpt2_family() {
  return {.norm = NormKind::layer_norm,
          .positions = PositionKind::learned,
          .qkv = QkvKind::concatenated,
          .mlp = MlpKind::plain_gelu_new,
          .bias = true,
          .dyt_bias = true,
          .names = {.embedding = "transformer.wte.weight",
                    .positions = "transformer.wpe.weight",
                    .embed_scale = "transformer.embed_scale",
                    .layers = "transformer.h.",
                    .attention_norm = "ln_1",
                    .ffn_norm = "ln_2",
                    .attention = "attn",
                    .q = "",
                    .k = "",
                    .v = "",
                    .qkv = "attn.c_attn",
                    .o = "attn.c_proj",
                    .gate = "",
                    .up = "mlp.c_fc",
                    .down = "mlp.c_proj",
                    .final_norm = "transformer.ln_f",
                    .head = "lm_head.weight"}};
}

}  // namespace variometer
