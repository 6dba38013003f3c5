// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <sstream>
#include <string>

#include "core/base/config_fields.h"
#include "core/base/snapshot.h"

namespace variometer {

/// Every field a record holds, as text: two snapshots are the same when these are. Floats by their bits' value, NaN is
/// NaN.
inline std::string describe(const ActivationSnapshot* a) {
  if (a == nullptr) return "none\n";
  std::ostringstream out;
  out << std::hexfloat << "loss " << a->loss << " tokens";
  for (std::size_t i = 0; i < a->tokens.size(); ++i) out << ' ' << a->tokens[i] << '=' << a->token_texts.at(i);
  const auto place = [&](const ActivationPlace& p) {
    out << " (" << p.value << ' ' << p.layer << ' ' << p.token << ' ' << p.channel << ' ' << p.sequence << ' '
        << p.ratio << ')';
  };
  out << "\nmassive";
  for (const auto& p : a->massive) place(p);
  for (const auto& l : a->layers) {
    out << "\nlayer";
    for (const auto& p : l.top) place(p);
    out << ' ' << l.median << ' ' << l.ratio << ' ' << l.mean << ' ' << l.variance << ' ' << l.kurtosis << ' '
        << l.non_finite << ' ' << l.first_token_share << ' ' << l.kv_slot_share << ' ' << l.attention_entropy << ' '
        << l.dyt_saturation << " token_max";
    for (const float v : l.token_max) out << ' ' << v;
    out << " channel_max";
    for (const float v : l.channel_max) out << ' ' << v;
  }
  out << '\n';
  return out.str();
}

inline std::string describe(const Snapshot& s) {
  std::ostringstream out;
  out << std::hexfloat << "step " << s.step << ' ' << to_string(s.state) << (s.is_update ? " update " : " ")
      << s.message << '\n';
  if (s.is_update) {
    out << s.loss << ' ' << s.validation_loss << ' ' << s.learning_rate << ' ' << s.grad_norm << ' '
        << s.tokens_per_second << ' ' << s.observe_fraction << ' ' << s.seconds << '\n';
  }
  if (s.weights) {
    for (const auto& w : s.weights->tensors) {
      out << w.std << ' ' << w.mean << ' ' << w.abs_max << ' ' << w.grad_norm << ' ' << w.update_ratio << ' '
          << w.tvr_ratio << ' ' << w.rescaled << '\n';
    }
  }
  out << "probe " << describe(s.probe.get()) << "batch " << describe(s.batch.get());
  for (const auto& e : s.events) out << "event " << e.step << ' ' << e.kind << ' ' << e.detail << '\n';
  if (s.sample) out << "sample " << s.sample->prompt << '|' << s.sample->text << '\n';
  RunConfig config;
  config.mitigations = s.mitigations;
  config.probe = s.probe_config;
  out << to_json(config).dump() << '\n';
  return out.str();
}

}  // namespace variometer
