// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/config.h"

namespace variometer {

/// Calls visit(key, field, help) for every field of a RunConfig, in the order people read them. The one place where
/// keys are spelled: JSON, presets, `--set`, `--help` and the window's panels are all made from it.
template <class Config, class Visitor>
void visit_fields(Config& c, Visitor&& visit) {
  visit("model.family", c.model.family,
        "shape of the decoder: llama, gpt2, mistral, qwen2, gemma2, ... (Hugging Face's model_type)");
  visit("model.n_layer", c.model.n_layer, "number of blocks");
  visit("model.n_head", c.model.n_head, "query heads per block");
  visit("model.n_kv_head", c.model.n_kv_head, "key/value heads; 0: as many as query heads");
  visit("model.n_embd", c.model.n_embd, "width of the residual stream");
  visit("model.head_dim", c.model.head_dim, "width of one head; 0: n_embd / n_head");
  visit("model.n_inner", c.model.n_inner, "FFN width; 0: 8/3 n_embd with a gate (llama), 4 n_embd without (gpt2)");
  visit("model.block_size", c.model.block_size, "context, tokens");
  visit("model.vocab_size", c.model.vocab_size, "vocabulary; at least the tokenizer's");
  visit("model.tie_embeddings", c.model.tie_embeddings, "output head shares the embedding matrix");
  visit("model.rope_theta", c.model.rope_theta, "base of the rotary frequencies");
  visit("model.norm_eps", c.model.norm_eps, "epsilon inside RMSNorm and LayerNorm");
  visit("model.details", c.model.details, "what else a loaded model's config.json says, as JSON");
  visit("init.std", c.init.std, "standard deviation of the initial weights");
  visit("init.lir", c.init.lir, "layer index rescaling: std / sqrt(layer), layer from 1 (arXiv 2503.17500)");
  visit("init.special_residual", c.init.special_residual, "GPT-2's std / sqrt(2 n_layer) on residual projections");
  visit("data.corpus", c.data.corpus, "text file to train on; empty: the built-in sentence generator");
  visit("data.sha256", c.data.sha256, "checksum of the corpus, filled in when the run starts");
  visit("data.validation_fraction", c.data.validation_fraction, "last part of the text, kept for validation");
  visit("train.steps", c.train.steps, "optimizer updates in all");
  visit("train.seed", c.train.seed, "seed of initial weights and batches");
  visit("train.device", c.train.device, "auto, cpu, cuda or cuda:i");
  visit("train.dtype", c.train.dtype, "compute type: float32, or bfloat16 on CUDA");
  visit("train.deterministic", c.train.deterministic,
        "CUDA: only operators that repeat bit for bit; false: any, for models that have others");
  visit("train.threads", c.train.threads, "CPU threads; 0: all cores");
  visit("train.batch_size", c.train.batch_size, "sequences per micro-batch");
  visit("train.grad_accumulation", c.train.grad_accumulation, "micro-batches per update");
  visit("train.learning_rate", c.train.learning_rate, "peak learning rate");
  visit("train.min_learning_rate", c.train.min_learning_rate, "learning rate at the end of the cosine");
  visit("train.warmup_steps", c.train.warmup_steps, "linear warm-up, updates");
  visit("train.lr_decay_steps", c.train.lr_decay_steps, "length of warm-up and cosine; 0: train.steps");
  visit("train.weight_decay", c.train.weight_decay, "AdamW decay, matrices only");
  visit("train.beta1", c.train.beta1, "AdamW first-moment decay");
  visit("train.beta2", c.train.beta2, "AdamW second-moment decay");
  visit("train.eps", c.train.eps, "AdamW epsilon");
  visit("train.grad_clip", c.train.grad_clip, "largest global gradient norm; 0: no clipping");
  visit("train.validation_every", c.train.validation_every, "updates between validation losses; 0: never");
  visit("train.validation_batches", c.train.validation_batches, "batches per validation loss");
  visit("train.sample_every", c.train.sample_every, "updates between text samples; 0: on demand");
  visit("train.sample_tokens", c.train.sample_tokens, "length of a text sample, tokens");
  visit("train.sample_prompt", c.train.sample_prompt, "text a sample starts with");
  visit("probe.enabled", c.probe.enabled, "measure activations and weights");
  visit("probe.every", c.probe.every, "updates between activation measurements");
  visit("probe.weights_every", c.probe.weights_every, "updates between weight measurements");
  visit("probe.dense_start", c.probe.dense_start, "measure at updates 0, 1, 2, 4, 8, ... too");
  visit("probe.batch", c.probe.batch, "measure the training batch as well as the prompt");
  visit("probe.attention", c.probe.attention, "first-token share, KV-slot share and entropy of attention");
  visit("probe.prompt", c.probe.prompt, "the text that is measured");
  visit("probe.max_tokens", c.probe.max_tokens, "token places in recorded maps");
  visit("probe.top_k", c.probe.top_k, "largest |h| kept per layer");
  visit("probe.absolute_threshold", c.probe.absolute_threshold, "massive: |h| above this");
  visit("probe.ratio_threshold", c.probe.ratio_threshold, "and |h| above this many medians");
  visit("probe.ratio_only", c.probe.ratio_only, "drop the absolute rule (small models)");
  visit("probe.small_ratio_threshold", c.probe.small_ratio_threshold, "medians, when ratio_only is on");
  visit("probe.budget", c.probe.budget, "share of a step observing may cost before it thins itself");
  auto& m = c.mitigations;
  visit("tvr.enabled", m.tvr.enabled, "Target Variance Rescaling (arXiv 2503.17500)");
  visit("tvr.target_std", m.tvr.target_std, "target standard deviation of each matrix");
  visit("tvr.ratio_threshold", m.tvr.ratio_threshold, "rescale when std / target exceeds this");
  visit("tvr.step_interval", m.tvr.step_interval, "updates between checks");
  visit("tvr.scale_with_depth", m.tvr.scale_with_depth, "target / sqrt(layer), layer from 1");
  visit("tvr.blacklist", m.tvr.blacklist, "parts of tensor names to leave alone, comma separated");
  visit("tvr.log_granularity", m.tvr.log_granularity, "events per rescaling: layer, agg or none");
  visit("kv_bias.enabled", m.kv_bias.enabled, "attention KV bias (arXiv 2503.22329, eq. 3)");
  visit("kv_bias.start", m.kv_bias.start, "random: N(0, 0.02); neutral: logit offset -20 annealed to 0");
  visit("kv_bias.anneal_steps", m.kv_bias.anneal_steps, "updates the neutral start takes");
  visit("kv_bias.warmup_steps", m.kv_bias.warmup_steps,
        "updates over which the learning rate of k_bias and v_bias rises after a switch; 0: none");
  visit("kv_bias.weight_decay", m.kv_bias.weight_decay, "AdamW decay of k_bias and v_bias");
  visit("dyt.enabled", m.dyt.enabled, "Dynamic Tanh in place of the norms (arXiv 2503.10622)");
  visit("dyt.start", m.dyt.start, "paper: alpha by width, embeddings x sqrt(n_embd); calibrated: least squares");
  visit("dyt.alpha_attention", m.dyt.alpha_attention, "alpha_0 before attention; 0: by width");
  visit("dyt.alpha_other", m.dyt.alpha_other, "alpha_0 before FFN and head; 0: by width");
  visit("dyt.warmup_steps", m.dyt.warmup_steps,
        "updates over which the learning rate of DyT's parameters rises after a switch (200 where calibrated, else "
        "none); 0: by start");
}

struct FieldHelp {
  std::string key;
  std::string help;
  std::string default_value;
};

/// Every key with its help and its default, for --help and tooltips.
std::vector<FieldHelp> field_help();

/// Sets one field from text ("true", "0.05", "a,b"). Throws Error(usage): unknown key (names the nearest), or a value
/// of the wrong kind. Does not check that the whole fits together: `resolved` does.
void set_field(RunConfig& config, std::string_view key, std::string_view value);

/// The field as text that set_field would take. Throws Error(usage) on an unknown key.
std::string get_field(const RunConfig& config, std::string_view key);

/// True for what a running model can change between two steps: tvr.*, kv_bias.*, dyt.*, probe.* and the train.* keys
/// that shape neither weights nor data (learning rates, decay, betas, clip, validation, samples).
bool is_live_field(std::string_view key);

/// set_field for a run that is under way. Throws Error(usage) as it does, and for a field that is not live.
void set_live_field(RunConfig& config, std::string_view key, std::string_view value);

/// The key closest to a mistyped one, for error messages.
std::string nearest_key(std::string_view key);

/// {"model": {"n_layer": 4, ...}, "tvr": {...}, ...}
nlohmann::json to_json(const RunConfig& config);

/// Defaults overlaid with what `json` names. Unknown keys are refused by name: Error(usage).
RunConfig config_from_json(const nlohmann::json& json);

/// The same from what a run of any version stored in a record or a checkpoint. A key that version did not have yet is
/// as that version trained, which is not always today's default.
RunConfig stored_config_from_json(const nlohmann::json& json);

/// The same from a TOML preset (tables [model], [train], ...). `where` names the file in errors.
RunConfig config_from_toml(std::string_view text, const std::string& where);

}  // namespace variometer
