// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/checkpoint/gguf_architecture.h"

#include <algorithm>

#include "core/base/error.h"
#include "core/checkpoint/mapped_file.h"

namespace variometer {
namespace {

constexpr auto kPairs = GgufRows::rotary_pairs;

constexpr std::array<GgufName, 20> llama_names(GgufRows rotary) {
  return {{{"token_embd", "model.embed_tokens"},
           {"output_norm", "model.norm"},
           {"output", "lm_head"},
           {"attn_norm", "input_layernorm"},
           {"attn_q", "self_attn.q_proj", rotary},
           {"attn_k", "self_attn.k_proj", rotary},
           {"attn_v", "self_attn.v_proj"},
           {"attn_output", "self_attn.o_proj"},
           {"attn_q_norm", "self_attn.q_norm"},
           {"attn_k_norm", "self_attn.k_norm"},
           {"ffn_norm", "post_attention_layernorm"},
           {"ffn_gate", "mlp.gate_proj"},
           {"ffn_up", "mlp.up_proj"},
           {"ffn_down", "mlp.down_proj"}}};
}

/// LLaMA's names with those of the norms around attention and MLP as given.
constexpr std::array<GgufName, 20> normed_names(std::string_view ffn_norm) {
  auto names = llama_names(GgufRows::in_order);
  for (auto& name : names) {
    if (name.file == "ffn_norm") name.hf = ffn_norm;
  }
  names[14] = {"post_attention_norm", "post_attention_layernorm"};
  names[15] = {"post_ffw_norm", "post_feedforward_layernorm"};
  return names;
}

constexpr std::array<GgufArchitecture, 13> kArchitectures{{
    {"llama", "llama", "model.layers.", llama_names(kPairs)},
    {"olmo", "olmo", "model.layers.", llama_names(kPairs)},
    {"qwen2", "qwen2", "model.layers.", llama_names(GgufRows::in_order)},
    {"qwen3", "qwen3", "model.layers.", llama_names(GgufRows::in_order)},
    {"gemma", "gemma", "model.layers.", llama_names(GgufRows::in_order), true},
    {"gemma2", "gemma2", "model.layers.", normed_names("pre_feedforward_layernorm"), true},
    {"gemma3", "gemma3_text", "model.layers.", normed_names("pre_feedforward_layernorm"), true},
    {"olmo2", "olmo2", "model.layers.", normed_names("")},
    {"phi3",
     "phi3",
     "model.layers.",
     {{{"token_embd", "model.embed_tokens"},
       {"output_norm", "model.norm"},
       {"output", "lm_head"},
       {"attn_norm", "input_layernorm"},
       {"attn_qkv", "self_attn.qkv_proj"},
       {"attn_output", "self_attn.o_proj"},
       {"ffn_norm", "post_attention_layernorm"},
       {"ffn_up", "mlp.gate_up_proj"},
       {"ffn_down", "mlp.down_proj"}}}},
    {"phi2",
     "phi",
     "model.layers.",
     {{{"token_embd", "model.embed_tokens"},
       {"output_norm", "model.final_layernorm"},
       {"output", "lm_head"},
       {"attn_norm", "input_layernorm"},
       {"attn_q", "self_attn.q_proj"},
       {"attn_k", "self_attn.k_proj"},
       {"attn_v", "self_attn.v_proj"},
       {"attn_output", "self_attn.dense"},
       {"ffn_up", "mlp.fc1"},
       {"ffn_down", "mlp.fc2"}}}},
    {"gpt2",
     "gpt2",
     "transformer.h.",
     {{{"token_embd", "transformer.wte"},
       {"position_embd", "transformer.wpe"},
       {"output_norm", "transformer.ln_f"},
       {"output", "lm_head"},
       {"attn_norm", "ln_1"},
       {"attn_qkv", "attn.c_attn", GgufRows::in_order, true},
       {"attn_output", "attn.c_proj", GgufRows::in_order, true},
       {"ffn_norm", "ln_2"},
       {"ffn_up", "mlp.c_fc", GgufRows::in_order, true},
       {"ffn_down", "mlp.c_proj", GgufRows::in_order, true}}}},
    {"gptneox",
     "gpt_neox",
     "gpt_neox.layers.",
     {{{"token_embd", "gpt_neox.embed_in"},
       {"output_norm", "gpt_neox.final_layer_norm"},
       {"output", "embed_out"},
       {"attn_norm", "input_layernorm"},
       {"attn_qkv", "attention.query_key_value", GgufRows::q_k_v_per_head},
       {"attn_output", "attention.dense"},
       {"ffn_norm", "post_attention_layernorm"},
       {"ffn_up", "mlp.dense_h_to_4h"},
       {"ffn_down", "mlp.dense_4h_to_h"}}}},
    {"falcon",
     "falcon",
     "transformer.h.",
     {{{"token_embd", "transformer.word_embeddings"},
       {"output_norm", "transformer.ln_f"},
       {"output", "lm_head"},
       {"attn_norm", "input_layernorm"},  // beside an attn_norm_2: ln_mlp and ln_attn
       {"attn_norm_2", "ln_attn"},
       {"attn_qkv", "self_attention.query_key_value", GgufRows::q_k_v_grouped},
       {"attn_output", "self_attention.dense"},
       {"ffn_up", "mlp.dense_h_to_4h"},
       {"ffn_down", "mlp.dense_4h_to_h"}}}},
}};

/// A size that may be a list with an entry for every layer: all must be equal.
std::int64_t size_of(const GgufFile& file, const std::string& key, std::int64_t otherwise) {
  const auto values = file.integers(key);
  if (!values) {
    if (otherwise > 0) return otherwise;
    throw file_error(file.path().string() + ": the metadata " + in_quotes(key) + " is missing");
  }
  if (values->empty() || std::ranges::count(*values, values->front()) != std::ssize(*values)) {
    throw file_error(file.path().string() + ": " + in_quotes(key) + " differs between layers, which is not supported");
  }
  constexpr std::int64_t kLargest = 1 << 24;
  if (values->front() < 1 || values->front() > kLargest) {
    throw file_error(file.path().string() + ": " + in_quotes(key) + " = " + std::to_string(values->front()) +
                     " is no size of a model; the file is damaged");
  }
  return values->front();
}

}  // namespace

const GgufArchitecture& gguf_architecture(const GgufFile& file) {
  // The first part names the architecture, the others hold tensors only.
  if (const auto n = file.integer("split.count"); n && *n > 1) {
    const auto number = file.integer("split.no");
    throw file_error(file.path().string() + ": " + (number ? "part " + std::to_string(*number + 1) : "one") + " of " +
                     std::to_string(*n) + " parts of a split model; merge them into one file first " +
                     "(llama-gguf-split --merge)");
  }
  const auto name = file.text("general.architecture");
  if (!name) {
    throw file_error(file.path().string() + ": it names no architecture (general.architecture); is it a model?");
  }
  for (const auto& architecture : kArchitectures) {
    if (architecture.name == *name) return architecture;
  }
  throw file_error(file.path().string() + ": the architecture " + in_quotes(std::string(*name)) + " is not supported");
}

GgufSizes gguf_sizes(const GgufFile& file) {
  const std::string a = std::string(gguf_architecture(file).name) + ".";
  GgufSizes sizes;
  sizes.n_layer = size_of(file, a + "block_count", 0);
  if (sizes.n_layer > std::ssize(file.tensors())) {
    throw file_error(file.path().string() + ": " + std::to_string(sizes.n_layer) + " layers, but only " +
                     std::to_string(file.tensors().size()) + " tensors; the file is damaged");
  }
  sizes.n_embd = size_of(file, a + "embedding_length", 0);
  sizes.n_head = size_of(file, a + "attention.head_count", 0);
  sizes.n_kv_head = size_of(file, a + "attention.head_count_kv", sizes.n_head);
  sizes.head_dim = size_of(file, a + "attention.key_length", std::max<std::int64_t>(1, sizes.n_embd / sizes.n_head));
  return sizes;
}

}  // namespace variometer
