// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/model/family_table.h"

namespace variometer {
namespace {

// Windows only where asked for, and then only in the upper layers.
std::vector<std::int64_t> qwen_windows(const ModelConfig& model, const HfReader& in) {
  const bool used = in.flag("use_sliding_window", false);
  const auto window = used ? in.integer({"sliding_window"}, in.names("sliding_window") ? 0 : 4096) : 0;
  const auto first = in.integer({"max_window_layers"}, 28);
  return windows_of(
      in, model, window, [](std::int64_t layer, std::int64_t n) { return layer >= n; }, first);
}

Family qwen_shaped(std::string model_type, std::string architecture) {
  auto family = llama_shaped(std::move(model_type), std::move(architecture));
  family.n_kv_head.otherwise = 32;
  family.n_inner.otherwise = 22016;
  family.block_size.otherwise = 32768;
  family.vocab_size.otherwise = 151936;
  return family;
}

}  // namespace

// Qwen2 and 2.5: biases on queries, keys and values.
const Family& qwen2_family() {
  static const Family kFamily = [] {
    auto family = qwen_shaped("qwen2", "Qwen2ForCausalLM");
    family.options = [](const ModelConfig& model, const HfReader& in) {
      auto options = llama_options(model, in);
      options.qkv_bias = true;
      options.windows = qwen_windows(model, in);
      return options;
    };
    return family;
  }();
  return kFamily;
}

// Qwen3: RMSNorm on every head's queries and keys, heads of their own width.
const Family& qwen3_family() {
  static const Family kFamily = [] {
    auto family = qwen_shaped("qwen3", "Qwen3ForCausalLM");
    family.head_dim.otherwise = 128;
    family.options = [](const ModelConfig& model, const HfReader& in) {
      auto options = llama_options(model, in);
      options.qkv_bias = options.o_bias = in.flag("attention_bias", false);
      options.windows = qwen_windows(model, in);
      options.qk_norm = QkNorm::per_head;
      options.names.q_norm = "self_attn.q_norm";
      options.names.k_norm = "self_attn.k_norm";
      return options;
    };
    return family;
  }();
  return kFamily;
}

}  // namespace variometer
