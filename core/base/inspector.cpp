// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/base/inspector.h"

namespace variometer {

std::span<const float> AttentionMaps::map(std::int64_t layer, std::int64_t head) const {
  const auto cells = static_cast<std::size_t>(rows * columns);
  if (layer < 0 || layer >= n_layer || head < -1 || head >= n_head) return {};
  if (head < 0) return std::span(mean).subspan(static_cast<std::size_t>(layer) * cells, cells);
  return std::span(heads).subspan(static_cast<std::size_t>(layer * n_head + head) * cells, cells);
}

std::span<const float> InspectedPass::layer(std::int64_t l) const {
  const auto cells = static_cast<std::size_t>(hidden.n_token * hidden.n_channel);
  if (l < 0 || l >= hidden.n_layer) return {};
  return std::span(hidden.hidden).subspan(static_cast<std::size_t>(l) * cells, cells);
}

}  // namespace variometer
