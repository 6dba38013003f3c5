// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/model/family_table.h"

namespace variometer {

// Phi-3 and Phi-4: LLaMA's shape with q, k, v in one matrix and gate, up in another.
const Family& phi3_family() {
  static const Family kFamily = [] {
    auto family = llama_shaped("phi3", "Phi3ForCausalLM");
    family.n_embd.otherwise = 3072;
    family.n_inner.otherwise = 8192;
    family.block_size.otherwise = 4096;
    family.vocab_size.otherwise = 32064;
    family.eps = 1e-5;
    family.written["pad_token_id"] = nullptr;  // the class's own, 32000, is beyond any small vocabulary
    family.options = [](const ModelConfig& model, const HfReader& in) {
      auto options = llama_options(model, in);
      options.qkv = QkvKind::concatenated;
      options.mlp = MlpKind::gated_fused;
      options.windows =
          windows_of(in, model, in.integer({"sliding_window"}, 0), [](std::int64_t, std::int64_t) { return true; });
      options.names.qkv = "self_attn.qkv_proj";
      options.names.gate_up = "mlp.gate_up_proj";
      return options;
    };
    return family;
  }();
  return kFamily;
}

}  // namespace variometer
