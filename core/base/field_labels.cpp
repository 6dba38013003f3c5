// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/base/field_labels.h"

#include <algorithm>
#include <array>
#include <utility>

namespace variometer {
namespace {

using Label = std::pair<std::string_view, std::string_view>;

constexpr auto kLabels = std::to_array<Label>({
    {"model.family", "Family"},
    {"model.n_layer", "Layers (n_layer)"},
    {"model.n_head", "Query heads (n_head)"},
    {"model.n_kv_head", "Key/value heads (n_kv_head)"},
    {"model.n_embd", "Width (n_embd)"},
    {"model.head_dim", "Width of a head (head_dim)"},
    {"model.n_inner", "FFN width (n_inner)"},
    {"model.block_size", "Context, tokens (block_size)"},
    {"model.vocab_size", "Vocabulary (vocab_size)"},
    {"model.tie_embeddings", "Head shares the embeddings"},
    {"model.rope_theta", "Rotary base (rope_theta)"},
    {"model.norm_eps", "Norm epsilon"},
    {"model.details", "Details of a loaded model"},
    {"init.std", "Standard deviation (std)"},
    {"init.lir", "Layer-index rescaling (LIR)"},
    {"init.special_residual", "GPT-2's residual scaling"},
    {"data.corpus", "Text"},
    {"data.sha256", "Checksum of the text"},
    {"data.validation_fraction", "Part for validation"},
    {"train.steps", "Updates (steps)"},
    {"train.seed", "Seed"},
    {"train.device", "Device"},
    {"train.dtype", "Compute type (dtype)"},
    {"train.threads", "CPU threads"},
    {"train.batch_size", "Batch, sequences"},
    {"train.grad_accumulation", "Batches per update"},
    {"train.learning_rate", "Learning rate, peak"},
    {"train.min_learning_rate", "Learning rate at the end"},
    {"train.warmup_steps", "Warm-up, updates"},
    {"train.lr_decay_steps", "Length of the schedule"},
    {"train.weight_decay", "Weight decay"},
    {"train.beta1", "AdamW beta 1"},
    {"train.beta2", "AdamW beta 2"},
    {"train.eps", "AdamW epsilon"},
    {"train.grad_clip", "Gradient clipping"},
    {"train.validation_every", "Validation every"},
    {"train.validation_batches", "Batches per validation"},
    {"train.sample_every", "Text sample every"},
    {"train.sample_tokens", "Tokens of a sample"},
    {"train.sample_prompt", "Prompt of a sample"},
    {"train.deterministic", "Repeatable bit for bit"},
    {"probe.enabled", "Measure"},
    {"probe.every", "Activations every"},
    {"probe.weights_every", "Weights every"},
    {"probe.dense_start", "More often at the start"},
    {"probe.batch", "Training batch too"},
    {"probe.attention", "Attention figures"},
    {"probe.prompt", "Probe prompt"},
    {"probe.max_tokens", "Token places of maps"},
    {"probe.top_k", "Largest |h| per layer (top_k)"},
    {"probe.absolute_threshold", "Massive: |h| above"},
    {"probe.ratio_threshold", "Massive: × median above"},
    {"probe.ratio_only", "Ratio only (small models)"},
    {"probe.small_ratio_threshold", "Ratio only: × median above"},
    {"probe.budget", "Budget, share of a step"},
    {"tvr.enabled", "TVR on"},
    {"tvr.target_std", "Target std"},
    {"tvr.ratio_threshold", "Ratio threshold"},
    {"tvr.step_interval", "Updates per check"},
    {"tvr.scale_with_depth", "Scale with depth"},
    {"tvr.blacklist", "Tensors left alone"},
    {"tvr.log_granularity", "Events per check"},
    {"kv_bias.enabled", "KV bias on"},
    {"kv_bias.start", "Start"},
    {"kv_bias.anneal_steps", "Anneal over, updates"},
    {"kv_bias.weight_decay", "Decay of k′, v′"},
    {"kv_bias.warmup_steps", "Warm-up, updates"},
    {"dyt.enabled", "DyT on"},
    {"dyt.start", "Start"},
    {"dyt.alpha_attention", "Alpha, attention"},
    {"dyt.alpha_other", "Alpha elsewhere"},
    {"dyt.warmup_steps", "Warm-up, updates"},
});

}  // namespace

std::string field_label(std::string_view key) {
  const auto* found = std::ranges::find(kLabels, key, &Label::first);
  return found == kLabels.end() ? std::string() : std::string(found->second);
}

}  // namespace variometer
