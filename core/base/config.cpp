// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/base/config.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <sstream>
#include <string_view>

#include "core/base/error.h"

namespace variometer {
namespace {

template <class T>
std::string text(const T& value) {
  std::ostringstream stream;
  stream << value;
  return stream.str();
}

void require(bool holds, const std::string& message) {
  if (!holds) throw usage_error(message);
}

void require_at_least(std::int64_t value, std::int64_t least, const char* key) {
  require(value >= least, std::string(key) + " is " + text(value) + "; it must be at least " + text(least));
}

void require_at_most(std::int64_t value, std::int64_t most, const char* key) {
  require(value <= most, std::string(key) + " is " + text(value) + "; it must be at most " + text(most));
}

void require_positive(double value, const char* key) {
  require(std::isfinite(value) && value > 0,
          std::string(key) + " is " + text(value) + "; it must be a positive number");
}

void require_share(double value, const char* key) {
  require(value >= 0 && value < 1, std::string(key) + " is " + text(value) + "; it must be from 0 up to, not with, 1");
}

constexpr std::array<std::string_view, 15> kFamilies{"llama", "gpt2",  "mistral",  "qwen2",  "qwen3",
                                                     "phi3",  "phi",   "gpt_neox", "opt",    "falcon",
                                                     "olmo",  "olmo2", "gemma",    "gemma2", "gemma3_text"};
constexpr std::array<std::string_view, 5> kUngated{"gpt2", "opt", "gpt_neox", "phi", "falcon"};

template <std::size_t n>
bool contains(const std::array<std::string_view, n>& all, std::string_view value) {
  return std::find(all.begin(), all.end(), value) != all.end();
}

std::string known_families() {
  std::string names;
  for (const auto family : kFamilies) names += (names.empty() ? "" : ", ") + std::string(family);
  return names;
}

void resolve_model(ModelConfig& m) {
  require(contains(kFamilies, m.family), "model.family is '" + m.family + "'; use one of " + known_families());
  // The bounds keep every product of sizes far from overflowing 64 bits.
  constexpr std::int64_t kLargest = 1 << 20;
  for (const auto& [value, key] : {std::pair{m.n_layer, "model.n_layer"},
                                   {m.n_head, "model.n_head"},
                                   {m.n_embd, "model.n_embd"},
                                   {m.block_size, "model.block_size"},
                                   {m.vocab_size, "model.vocab_size"}}) {
    require_at_least(value, 1, key);
    require_at_most(value, kLargest, key);
  }
  require_at_least(m.block_size, 2, "model.block_size");
  for (const auto& [value, key] :
       {std::pair{m.n_kv_head, "model.n_kv_head"}, {m.head_dim, "model.head_dim"}, {m.n_inner, "model.n_inner"}}) {
    require_at_least(value, 0, key);
    require_at_most(value, kLargest, key);
  }
  if (m.head_dim == 0) {
    require(m.n_embd % m.n_head == 0, "model.n_embd = " + text(m.n_embd) + " is not a multiple of model.n_head = " +
                                          text(m.n_head) + "; change one, or set model.head_dim");
    m.head_dim = m.n_embd / m.n_head;
  }
  if (m.n_kv_head == 0) m.n_kv_head = m.family == "falcon" ? 1 : m.n_head;
  require(m.n_head % m.n_kv_head == 0,
          "model.n_head = " + text(m.n_head) + " is not a multiple of model.n_kv_head = " + text(m.n_kv_head));
  if (m.n_inner == 0) m.n_inner = contains(kUngated, m.family) ? 4 * m.n_embd : (8 * m.n_embd / 3 + 3) / 4 * 4;
  if (m.family == "llama") {
    require(m.head_dim % 2 == 0, "model.head_dim = " + text(m.head_dim) + " is odd; rotary positions need an even one");
  } else if (m.family == "gpt2") {
    require(m.head_dim * m.n_head == m.n_embd, "model.head_dim x model.n_head must equal model.n_embd for gpt2");
    require(m.n_kv_head == m.n_head, "model.n_kv_head must equal model.n_head for gpt2");
  }
  require_positive(m.rope_theta, "model.rope_theta");
  require_positive(m.norm_eps, "model.norm_eps");
}

void resolve_train(TrainConfig& t) {
  require_at_least(t.steps, 0, "train.steps");
  require_at_least(t.seed, 0, "train.seed");
  require_at_least(t.batch_size, 1, "train.batch_size");
  require_at_most(t.batch_size, 1 << 20, "train.batch_size");
  require_at_least(t.grad_accumulation, 1, "train.grad_accumulation");
  require_at_least(t.threads, 0, "train.threads");
  require_at_most(t.threads, 4096, "train.threads");
  require_at_least(t.warmup_steps, 0, "train.warmup_steps");
  require_at_least(t.lr_decay_steps, 0, "train.lr_decay_steps");
  if (t.lr_decay_steps == 0) t.lr_decay_steps = t.steps;
  require_positive(t.learning_rate, "train.learning_rate");
  require(std::isfinite(t.min_learning_rate) && t.min_learning_rate >= 0,
          "train.min_learning_rate must not be negative");
  require(std::isfinite(t.weight_decay) && t.weight_decay >= 0, "train.weight_decay must not be negative");
  require(std::isfinite(t.grad_clip) && t.grad_clip >= 0, "train.grad_clip must not be negative (0 turns it off)");
  require_share(t.beta1, "train.beta1");
  require_share(t.beta2, "train.beta2");
  require_positive(t.eps, "train.eps");
  require_at_least(t.validation_every, 0, "train.validation_every");
  require_at_least(t.validation_batches, 1, "train.validation_batches");
  require_at_least(t.sample_every, 0, "train.sample_every");
  require_at_least(t.sample_tokens, 1, "train.sample_tokens");
  require(t.dtype == "float32" || t.dtype == "bfloat16", "train.dtype is '" + t.dtype + "'; use float32 or bfloat16");
}

void check_probe(const ProbeConfig& p) {
  require_at_least(p.every, 1, "probe.every");
  require_at_least(p.weights_every, 1, "probe.weights_every");
  require_at_least(p.max_tokens, 1, "probe.max_tokens");
  require_at_least(p.top_k, 1, "probe.top_k");
  require_at_most(p.top_k, 64, "probe.top_k");
  require_positive(p.absolute_threshold, "probe.absolute_threshold");
  require_positive(p.ratio_threshold, "probe.ratio_threshold");
  require_positive(p.small_ratio_threshold, "probe.small_ratio_threshold");
  require_positive(p.budget, "probe.budget");
}

void check_mitigations(const Mitigations& m) {
  require_positive(m.tvr.target_std, "tvr.target_std");
  require_positive(m.tvr.ratio_threshold, "tvr.ratio_threshold");
  require_at_least(m.tvr.step_interval, 1, "tvr.step_interval");
  const auto& log = m.tvr.log_granularity;
  require(log == "layer" || log == "agg" || log == "none",
          "tvr.log_granularity is '" + log + "'; use layer, agg or none");
  require(m.kv_bias.start == "random" || m.kv_bias.start == "neutral",
          "kv_bias.start is '" + m.kv_bias.start + "'; use random or neutral");
  require_at_least(m.kv_bias.anneal_steps, 1, "kv_bias.anneal_steps");
  require_at_least(m.kv_bias.warmup_steps, 0, "kv_bias.warmup_steps");
  require(std::isfinite(m.kv_bias.weight_decay) && m.kv_bias.weight_decay >= 0,
          "kv_bias.weight_decay must not be negative");
  require_at_least(m.dyt.warmup_steps, 0, "dyt.warmup_steps");
  require(m.dyt.start == "paper" || m.dyt.start == "calibrated",
          "dyt.start is '" + m.dyt.start + "'; use paper or calibrated");
  require(std::isfinite(m.dyt.alpha_attention) && m.dyt.alpha_attention >= 0,
          "dyt.alpha_attention must not be negative");
  require(std::isfinite(m.dyt.alpha_other) && m.dyt.alpha_other >= 0, "dyt.alpha_other must not be negative");
}

}  // namespace

RunConfig resolved(RunConfig config) {
  resolve_model(config.model);
  require(std::isfinite(config.init.std) && config.init.std >= 0, "init.std must not be negative");
  require(!(config.init.lir && config.init.special_residual),
          "init.lir and init.special_residual exclude each other; choose one");
  require_share(config.data.validation_fraction, "data.validation_fraction");
  resolve_train(config.train);
  check_probe(config.probe);
  check_mitigations(config.mitigations);
  return config;
}

}  // namespace variometer
