// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/mitigation/mitigation.h"

#include <ATen/core/grad_mode.h>

#include <algorithm>

#include "core/model/dyt_alpha.h"
#include "core/model/init.h"

namespace variometer {
namespace {

constexpr double kNeutralOffset = -20;  // e^-20 of a typical logit: below the rounding of float32 probabilities

double logit_offset(std::int64_t anneal_left, const KvBiasConfig& config) {
  if (!config.enabled || anneal_left <= 0) return 0;
  const auto steps = static_cast<double>(std::max<std::int64_t>(config.anneal_steps, 1));
  return kNeutralOffset * std::min(1.0, static_cast<double>(anneal_left) / steps);
}

/// The share of the learning rate in the `age`-th update since a switch, as in scheduled_learning_rate.
double warmup_share(std::int64_t age, std::int64_t warmup_steps) {
  if (age < 0 || age >= warmup_steps) return 1;
  return static_cast<double>(age) / static_cast<double>(warmup_steps);
}

/// Measured on the demo recipe (README, "A switch's second step, measured"). DyT's published start is far from what the
/// model had learned, and all the faster it learns, the better; KV bias does no harm at once.
constexpr std::int64_t kCalibratedWarmup = 200;

std::int64_t dyt_warmup(const DytConfig& config) {
  if (config.warmup_steps > 0) return config.warmup_steps;
  return config.start == "calibrated" ? kCalibratedWarmup : 0;
}

bool is_of_kv_bias(const TensorInfo& info) { return info.role == "k_bias" || info.role == "v_bias"; }
bool is_of_dyt(const TensorInfo& info) { return info.role.starts_with("dyt_") || info.role == "embed_scale"; }
bool is_replaced_by_dyt(const TensorInfo& info) { return info.role == "norm" || info.role == "norm_bias"; }

void start_dyt_as_published(Decoder& decoder, const DytConfig& config) {
  const at::NoGradGuard no_grad;
  const auto n_embd = decoder.config().n_embd;
  for (auto& parameter : decoder.parameters()) {
    const auto& info = parameter.info;
    if (info.role == "dyt_alpha") {
      const bool attention = is_attention_site(info);
      const double chosen = attention ? config.alpha_attention : config.alpha_other;
      parameter.value.fill_(chosen > 0 ? chosen : dyt_alpha(n_embd, attention));
    } else if (info.role == "dyt_weight") {
      parameter.value.fill_(1.0);
    } else if (info.role == "dyt_bias") {
      parameter.value.zero_();
    } else if (info.role == "embed_scale") {
      parameter.value.fill_(dyt_embed_scale(decoder.config()));
    }
  }
}

}  // namespace

void MitigationState::change(Decoder& decoder, const Mitigations& before, const Mitigations& now,
                             const at::Tensor& batch, std::uint64_t seed, std::int64_t step) {
  const std::int64_t age = step > 0 ? 0 : kFromTheStart;
  if (now.dyt.enabled != before.dyt.enabled) dyt_age = age;
  if (now.kv_bias.enabled && !before.kv_bias.enabled) {
    if (!kv_bias_started) draw_kv_bias(decoder, seed);
    kv_bias_started = true;
    kv_bias_age = age;
    kv_anneal_left = now.kv_bias.start == "neutral" ? now.kv_bias.anneal_steps : 0;
  }
  if (!now.kv_bias.enabled) kv_anneal_left = 0;
  restore(decoder, now);  // DyT is fitted in the model it will work in, slot and all
  if (now.dyt.enabled && !before.dyt.enabled && !dyt_started) {
    if (now.dyt.start == "calibrated") {
      decoder.calibrate_dyt(batch);
    } else {
      start_dyt_as_published(decoder, now.dyt);
    }
    dyt_started = true;
  }
}

void MitigationState::restore(Decoder& decoder, const Mitigations& now) const {
  decoder.switches.kv_bias = now.kv_bias.enabled;
  decoder.switches.kv_logit_offset = logit_offset(kv_anneal_left, now.kv_bias);
  decoder.switches.dyt = now.dyt.enabled;
}

void MitigationState::advance(Decoder& decoder, const Mitigations& now) {
  decoder.switches.kv_logit_offset = logit_offset(kv_anneal_left, now.kv_bias);
  if (kv_anneal_left > 0) --kv_anneal_left;
  if (kv_bias_age >= 0) ++kv_bias_age;
  if (dyt_age >= 0) ++dyt_age;
}

std::vector<double> MitigationState::rate_shares(const Decoder& decoder, const Mitigations& now) const {
  const double kv_bias = warmup_share(kv_bias_age, now.kv_bias.warmup_steps);
  const double dyt = warmup_share(dyt_age, dyt_warmup(now.dyt));
  std::vector<double> shares;
  shares.reserve(decoder.parameters().size());
  for (const auto& parameter : decoder.parameters()) {
    const TensorInfo& info = parameter.info;
    // DyT's parameters while it is off, and the norms while it is on, get no gradient: their share says nothing.
    shares.push_back(is_of_kv_bias(info) ? kv_bias : is_of_dyt(info) || is_replaced_by_dyt(info) ? dyt : 1.0);
  }
  return shares;
}

}  // namespace variometer
