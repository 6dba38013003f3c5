// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/model/dyt_alpha.h"

#include <array>
#include <cmath>

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

bool is_attention_site(const TensorInfo& info) {
  const auto& name = info.name;
  return name.find(".input_layernorm.dyt.") != std::string::npos || name.find(".ln_1.dyt.") != std::string::npos;
}

}  // namespace variometer
