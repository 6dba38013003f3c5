// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/model/dyt_alpha.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <string>

#include "core/model/family.h"

namespace variometer {

double dyt_alpha(std::int64_t n_embd, bool attention_site) {
  struct Row {
    double width, attention, other;
  };
  constexpr std::array<Row, 5> kTable{
      {{1024, 1.0, 1.0}, {2048, 1.0, 0.5}, {4096, 0.8, 0.2}, {5120, 0.6, 0.15}, {8192, 0.2, 0.05}}};
  const auto width = static_cast<double>(n_embd);
  const auto value = [&](const Row& row) { return attention_site ? row.attention : row.other; };
  if (width <= kTable.front().width) return value(kTable.front());
  for (std::size_t i = 1; i < kTable.size(); ++i) {
    const auto& low = kTable[i - 1];
    const auto& high = kTable[i];
    if (width > high.width) continue;
    const double t = std::log(width / low.width) / std::log(high.width / low.width);
    return value(low) + t * (value(high) - value(low));
  }
  return value(kTable.back());
}

double dyt_embed_scale(const ModelConfig& config) {
  return family_options(config).scaled_embedding ? 1.0 : std::sqrt(static_cast<double>(config.n_embd));
}

bool is_attention_site(const TensorInfo& info) {
  constexpr std::array<const char*, 4> kNames{"input_layernorm", "ln_1", "ln_attn", "self_attn_layer_norm"};
  return info.layer >= 0 && std::any_of(kNames.begin(), kNames.end(), [&](const std::string& name) {
           return info.name.find("." + name + ".dyt.") != std::string::npos;
         });
}

}  // namespace variometer
