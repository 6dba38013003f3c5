// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/base/inspector.h"

#include <algorithm>
#include <cmath>

namespace variometer {

bool AttentionMaps::has(std::int64_t layer) const {
  return !empty() && layer >= 0 && layer < n_layer && (kept_layer < 0 || layer == kept_layer);
}

std::span<const float> AttentionMaps::map(std::int64_t layer, std::int64_t head) const {
  const auto cells = static_cast<std::size_t>(rows * columns);
  if (!has(layer) || head < -1 || head >= n_head) return {};
  const std::int64_t at = kept_layer < 0 ? layer : 0;
  if (head < 0) return std::span(mean).subspan(static_cast<std::size_t>(at) * cells, cells);
  return std::span(heads).subspan(static_cast<std::size_t>(at * n_head + head) * cells, cells);
}

std::uint64_t AttentionMaps::bytes_of_all() const {
  return static_cast<std::uint64_t>(n_layer * (n_head + 1) * n_query * n_key) * sizeof(float);
}

std::span<const float> InspectedPass::layer(std::int64_t l) const {
  const auto cells = static_cast<std::size_t>(hidden.n_token * hidden.n_channel);
  if (l < 0 || l >= hidden.n_layer) return {};
  return std::span(hidden.hidden).subspan(static_cast<std::size_t>(l) * cells, cells);
}

std::vector<ActivationPlace> massive_places(const InspectedPass& pass, const ProbeConfig& rule,
                                            std::size_t most_per_layer) {
  const MassiveRule massive(rule);
  std::vector<ActivationPlace> all;
  for (std::int64_t l = 0; l < pass.hidden.n_layer; ++l) {
    const LayerActivation& measured = pass.activation.layers.at(static_cast<std::size_t>(l));
    const float threshold = massive.threshold(measured.median);
    const auto h = pass.layer(l);  // (T, C)
    std::vector<ActivationPlace> here;
    for (std::int64_t t = 0; t < pass.hidden.n_token; ++t) {
      // Most tokens have nothing of that size. A maximum leaves out what is not finite.
      if (measured.non_finite == 0 && !(measured.token_max.at(static_cast<std::size_t>(t)) > threshold)) continue;
      for (std::int64_t c = 0; c < pass.hidden.n_channel; ++c) {
        const float value = h[static_cast<std::size_t>(t * pass.hidden.n_channel + c)];
        if (!(std::fabs(value) > threshold)) continue;
        here.push_back({.value = value,
                        .layer = static_cast<std::int32_t>(l),
                        .token = static_cast<std::int32_t>(t),
                        .channel = static_cast<std::int32_t>(c),
                        .ratio = std::fabs(value) / measured.median});
      }
    }
    const auto larger = [](const ActivationPlace& a, const ActivationPlace& b) {
      const float x = std::fabs(a.value), y = std::fabs(b.value);
      return x != y ? x > y : a.token != b.token ? a.token < b.token : a.channel < b.channel;
    };
    if (here.size() > most_per_layer) {
      std::nth_element(here.begin(), here.begin() + static_cast<std::ptrdiff_t>(most_per_layer), here.end(), larger);
      here.resize(most_per_layer);
    }
    std::sort(here.begin(), here.end(), larger);
    all.insert(all.end(), here.begin(), here.end());
  }
  return all;
}

}  // namespace variometer
