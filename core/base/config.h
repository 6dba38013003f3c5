// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace variometer {

/// Everything that decides a run. Plain aggregates, every field defaulted; 0 in a size means "derive it" where said.
/// The defaults are the first demo: a four-layer LLaMA-shaped model in which weights and activations grow in minutes.
/// Keys for presets, `--set` and `--at` are `<group>.<field>`; core/base/config_fields.h lists them with their help.

struct ModelConfig {
  std::string family = "llama";  // Hugging Face's model_type: llama, gpt2, mistral, ...
  std::int64_t n_layer = 4;
  std::int64_t n_head = 2;
  std::int64_t n_kv_head = 0;  // 0: n_head
  std::int64_t n_embd = 64;
  std::int64_t head_dim = 0;      // 0: n_embd / n_head
  std::int64_t n_inner = 0;       // FFN width; 0: 4 n_embd where the MLP has no gate, else 8/3, up to a multiple of 4
  std::int64_t block_size = 32;   // context, in tokens
  std::int64_t vocab_size = 257;  // at least the tokenizer's
  bool tie_embeddings = false;
  double rope_theta = 10000.0;
  double norm_eps = 1e-5;
  /// What else config.json says (JSON), for the options a family has beyond these: windows, caps, rotary scaling, ...
  /// Filled in from a loaded model. Empty: the family's own defaults.
  std::string details;
  bool operator==(const ModelConfig&) const = default;
};

struct InitConfig {
  double std = 0.02;
  bool lir = false;               // std / sqrt(layer), layer from 1, on 2-D block weights (2503.17500)
  bool special_residual = false;  // GPT-2: std / sqrt(2 n_layer) on the projections into the residual stream
  bool operator==(const InitConfig&) const = default;
};

struct DataConfig {
  std::string corpus;  // a text file; empty: the built-in generator of simple sentences
  std::string sha256;  // of the corpus; filled in when a run starts, checked on resume and replay
  double validation_fraction = 0.05;  // the last part of the text, never trained on
  bool operator==(const DataConfig&) const = default;
};

struct TrainConfig {
  std::int64_t steps = 2000;
  std::int64_t seed = 1;
  std::string device = "auto";    // auto | cpu | cuda[:i]
  std::string dtype = "float32";  // compute: float32 | bfloat16 (CUDA; master weights stay float32)
  bool deterministic = true;      // CUDA: only operators that give the same bits every time
  std::int64_t threads = 0;       // 0: all cores
  std::int64_t batch_size = 32;
  std::int64_t grad_accumulation = 1;
  double learning_rate = 1e-2;
  double min_learning_rate = 1e-3;
  std::int64_t warmup_steps = 100;
  std::int64_t lr_decay_steps = 0;  // 0: steps
  double weight_decay = 0.0;        // on matrices only
  double beta1 = 0.9;
  double beta2 = 0.95;
  double eps = 1e-8;
  double grad_clip = 1.0;               // 0: off
  std::int64_t validation_every = 100;  // 0: never
  std::int64_t validation_batches = 4;
  std::int64_t sample_every = 250;  // text drawn from the model; 0: only on demand
  std::int64_t sample_tokens = 120;
  std::string sample_prompt;  // empty: from BOS alone
  bool operator==(const TrainConfig&) const = default;
};

struct ProbeConfig {
  bool enabled = true;
  std::int64_t every = 10;         // probe prompt and training-batch activations
  std::int64_t weights_every = 10;
  bool dense_start = true;         // also at steps 0, 1, 2, 4, 8, ... below `every`
  bool batch = true;               // measure the training batch too
  bool attention = true;           // first-token share, KV-slot share, entropy on the probe prompt
  std::string prompt = "Summer is warm. Winter is cold.";
  std::int64_t max_tokens = 64;    // token places of the maps
  std::int64_t top_k = 3;
  double absolute_threshold = 100.0;  // massive: |h| > this ...
  double ratio_threshold = 1000.0;    // ... and |h| > this x the layer's median
  bool ratio_only = false;            // small models: drop the absolute rule, use small_ratio_threshold
  double small_ratio_threshold = 20.0;
  double budget = 0.05;  // share of a step observing may cost before it thins itself
  bool operator==(const ProbeConfig&) const = default;
};

/// Target Variance Rescaling (2503.17500): every `step_interval` updates each listed matrix whose std / target exceeds
/// `ratio_threshold` is rescaled about its mean to the target; its bias becomes zero in that step.
struct TvrConfig {
  bool enabled = false;
  double target_std = 0.01;
  double ratio_threshold = 1.2;
  std::int64_t step_interval = 50;
  bool scale_with_depth = false;       // target / sqrt(layer), layer from 1
  std::vector<std::string> blacklist;  // parts of tensor names that are left alone, e.g. self_attn.q_proj
  std::string log_granularity = "layer";  // layer: one entry per rescaled tensor | agg: one per check | none
  bool operator==(const TvrConfig&) const = default;
};

/// Attention KV bias (2503.22329, eq. 3): one learnable key and value per layer and KV head, visible to every query.
struct KvBiasConfig {
  bool enabled = false;
  std::string start = "random";  // random: N(0, 0.02) | neutral: a logit offset of -20 annealed to 0
  std::int64_t anneal_steps = 100;
  std::int64_t warmup_steps = 0;  // of k_bias and v_bias, since the switch; 0: none
  double weight_decay = 0.0;
  bool operator==(const KvBiasConfig&) const = default;
};

/// Dynamic Tanh (2503.10622) in place of every block norm and the final norm.
struct DytConfig {
  bool enabled = false;
  std::string start = "paper";  // paper: alpha by width, embedding scale sqrt(n_embd) | calibrated: least squares
  double alpha_attention = 0.0;  // 0: by width
  double alpha_other = 0.0;      // 0: by width
  std::int64_t warmup_steps = 0;  // of DyT's parameters, or of the norms that return, since the switch; 0: by start
  bool operator==(const DytConfig&) const = default;
};

/// The three switches, alone or combined.
struct Mitigations {
  TvrConfig tvr;
  KvBiasConfig kv_bias;
  DytConfig dyt;
  bool operator==(const Mitigations&) const = default;
};

struct RunConfig {
  ModelConfig model;
  InitConfig init;
  DataConfig data;
  TrainConfig train;
  ProbeConfig probe;
  Mitigations mitigations;
  bool operator==(const RunConfig&) const = default;
};

/// Fills in every derived size (head_dim, n_kv_head, n_inner, lr_decay_steps) and checks that all fit together.
/// Throws Error(usage) that names the key, its value and what would do.
RunConfig resolved(RunConfig config);

}  // namespace variometer
